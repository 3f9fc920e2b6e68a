/** The smallest site that signs people in at a provider, by the book: a code, PKCE, state and nonce. */
import { createHash, randomBytes } from "node:crypto";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { address } from "./apps";
import { type Answer, request } from "./client";
import { TestAuthority } from "../../oidc/certificates";
import type { Client } from "../../oidc/identity-provider";

/** What the provider's token endpoint gives. */
export interface Tokens {
  access_token: string;
  id_token: string;
  refresh_token: string;
  expires_in: number;
}

/** What every page of the site says, as JSON. */
export interface SessionPage extends Tokens {
  nonce: string;
  url: string;
}

/** One that wants to sign in, or has. */
interface Attempt {
  url: string;
  nonce: string;
  verifier: string;
  tokens?: Tokens;
}

const host = "rp.test";

/** The site. It is started before the provider, which must know its URLs. */
export class RelyingParty {
  private readonly authority = new TestAuthority();
  private readonly server: https.Server;
  private readonly attempts = new Map<string, Attempt>();
  /** Where the provider is, and the paths of its endpoints. */
  provider = { host: "", port: 0, ca: "", authorization: "/auth", token: "/token" };

  /** What it asks the provider for. */
  scope = "openid profile email groups";

  private constructor() {
    const { certificate, privateKey } = this.authority.issue(host);
    this.server = https.createServer({ cert: certificate, key: privateKey }, (incoming, response) => {
      this.serve(incoming, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
  }

  /** Start it on a port that is free. */
  static async start(): Promise<RelyingParty> {
    const site = new RelyingParty();
    await new Promise<void>((resolve) => site.server.listen(0, address, resolve));
    return site;
  }

  /** Stop it. */
  async stop(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }

  get ca(): string {
    return this.authority.certificate;
  }
  get origin(): string {
    return `https://${host}:${String((this.server.address() as AddressInfo).port)}`;
  }
  get client(): Client {
    return {
      id: "site",
      secret: "the secret of the site",
      redirectUris: [`${this.origin}/callback`],
      postLogoutRedirectUris: [`${this.origin}/goodbye`],
    };
  }

  /** The path at which a code is asked for; `undefined` leaves a parameter out. */
  authorization(parameters: Record<string, string | undefined>): string {
    const all = {
      client_id: this.client.id,
      redirect_uri: `${this.origin}/callback`,
      response_type: "code",
      scope: this.scope,
      ...parameters,
    };
    const given = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined);
    return `${this.provider.authorization}?${new URLSearchParams(given).toString()}`;
  }

  /** Ask the token endpoint. */
  token(form: Record<string, string>, { id, secret }: Client = this.client): Promise<Answer> {
    return request(this.provider, this.provider.token, {
      method: "POST",
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        Authorization: `Basic ${Buffer.from([id, secret].map(encodeURIComponent).join(":")).toString("base64")}`,
      },
      body: new URLSearchParams(form).toString(),
    });
  }

  private async serve(incoming: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? "", this.origin);
    const cookie = (name: string): string =>
      new RegExp(`(?:^|; )${name}=([^;]*)`).exec(incoming.headers.cookie ?? "")?.[1] ?? "";
    if (url.pathname === "/goodbye") {
      response.setHeader("Set-Cookie", "__Host-session=; Path=/; Secure; Max-Age=0");
      response.end("Goodbye");
    } else if (url.pathname === "/broken") {
      response.setHeader("Set-Cookie", "__Host-broken=1; Path=/broken; Secure");
      response.end();
    } else if (url.pathname === "/callback") {
      await this.callback(url, cookie("__Host-state"), response);
    } else {
      const session = this.attempts.get(cookie("__Host-session"));
      if (session?.tokens)
        response.end(JSON.stringify({ ...session.tokens, nonce: session.nonce, url: incoming.url }));
      else this.challenge(incoming.url ?? "", response);
    }
  }

  private challenge(url: string, response: http.ServerResponse): void {
    const [state = "", nonce = "", verifier = ""] = [1, 2, 3].map(() =>
      randomBytes(32).toString("base64url"),
    );
    this.attempts.set(state, { url, nonce, verifier });
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    const path = this.authorization({
      state,
      nonce,
      code_challenge: challenge,
      code_challenge_method: "S256",
    });
    response.writeHead(302, {
      Location: `https://${this.provider.host}:${String(this.provider.port)}${path}`,
      "Set-Cookie": setCookie("__Host-state", state),
    });
    response.end();
  }

  private async callback(url: URL, state: string, response: http.ServerResponse): Promise<void> {
    const attempt = this.attempts.get(state);
    const code = url.searchParams.get("code");
    if (!attempt || url.searchParams.get("state") !== state || code === null) {
      response.writeHead(403).end(url.search);
      return;
    }
    const answer = await this.token({
      grant_type: "authorization_code",
      code,
      redirect_uri: `${this.origin}/callback`,
      code_verifier: attempt.verifier,
    });
    if (answer.status !== 200) throw new Error(answer.body.toString("utf8"));
    attempt.tokens = JSON.parse(answer.body.toString("utf8")) as Tokens;
    response.writeHead(302, { Location: attempt.url, "Set-Cookie": setCookie("__Host-session", state) });
    response.end();
  }
}

const setCookie = (name: string, value: string): string =>
  `${name}=${value}; Path=/; Secure; HttpOnly; SameSite=Lax`;

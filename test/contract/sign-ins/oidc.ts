/** `auth.oidc` for the gateway contract, with an identity provider of the tests. */
import { randomBytes } from "node:crypto";
import type { SessionsArgs } from "../../../components/spec/args";
import type { TestProvider } from "../../oidc/provider/provider";
import type { CookieJar } from "tough-cookie";
import { cookieHeader, type Page, type SignedIn, signIn, Visitor } from "../../oidc/sign-in";
import { host, portals, ports } from "../support/apps";
import type { ContractTarget, TargetProvider } from "../target";
import type { ContractSignIn, Hidden, RunningSite, SignInTerms } from "./sign-in";

/** Groups that nobody is in, named as Entra ID names them. */
const otherGroups = Array.from(
  { length: 999 },
  (_, index) => `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
);

/** Sign-in at an OpenID Connect provider. */
export class OidcSignIn implements ContractSignIn {
  readonly statusOfPageWithoutSignIn = 302;
  readonly sameSite: "Lax" | "None";
  readonly bob = { email: "bob@example.com", groups: '["staff"]' };
  readonly parts: string[];
  readonly clientSecret = randomBytes(20).toString("hex");
  private readonly cookies = new Map<string, string>();
  private identity?: TargetProvider;
  private site?: RunningSite;

  /**
   * @param sessions where the sessions are kept; if in the cookie, another site may show an app in a frame, too, so that both
   * kinds of cookies are tried
   */
  constructor(private readonly sessions: SessionsArgs) {
    this.sameSite = sessions.cookie ? "None" : "Lax";
    this.parts = ["oauth2-proxy", ...(sessions.cookie ? [] : ["redis"])];
  }

  /** The provider, from {@link prepare} on. */
  get provider(): TestProvider {
    return this.prepared.provider;
  }

  get terms(): SignInTerms {
    const { issuer, ca } = this.provider;
    return {
      auth: {
        oidc: {
          provider: "oidc",
          issuer,
          clientId: "site",
          clientSecret: this.clientSecret,
          allow: { emailDomains: ["example.com"] },
          caCertificate: ca,
          bearer: true,
          ...this.prepared.oidc,
          ...(this.sessions.redis && { endSessionEndpoint: `${issuer}/session/end` }),
        },
      },
      sessions: this.sessions,
      // As many groups as a large company may list: more than nginx takes in one piece.
      onlyAlice: { groups: [...otherGroups, "finance"], emails: ["jose@example.com"] },
      framedBy: [portals.sameSite, ...(this.sessions.cookie ? [portals.crossSite] : [])],
    };
  }

  async prepare(target: ContractTarget): Promise<void> {
    const origin = `https://${host}:${String(ports.https)}`;
    this.identity = await target.identityProvider([
      {
        id: "site",
        secret: this.clientSecret,
        redirectUris: [`${origin}/oauth2/callback`],
        postLogoutRedirectUris: [`${origin}/oauth2/signed_out`],
      },
    ]);
  }

  async begin(site: RunningSite): Promise<void> {
    this.site = site;
    for (const user of ["alice", "bob"]) await this.remember(user);
  }

  async end(): Promise<void> {
    await this.identity?.stop();
  }

  /** Sign in anew, as in a browser of its own. */
  signInAs(user: string, path = "/"): Promise<SignedIn> {
    const { origin, ca } = this.running.client;
    return signIn({ site: { origin, ca }, provider: this.provider, user, path });
  }

  /** Sign in, and use that session for the user's requests from now on. */
  async remember(user: string): Promise<void> {
    const { jar, last } = await this.signInAs(user);
    if (last.status !== 200) throw new Error(`${user} came to ${last.url}: ${String(last.status)}`);
    this.cookies.set(user, cookieHeader(jar, this.running.client.origin));
  }

  signedIn(user: string): Record<string, string> {
    const cookie = this.cookies.get(user);
    if (cookie === undefined) throw new Error(`${user} has not signed in`);
    return { Cookie: cookie };
  }

  async signedInAt(origin: string, user: string): Promise<Record<string, string>> {
    const { jar } = await this.signInAs(user);
    await this.visitor(jar, origin).open(`${origin}/`);
    return { Cookie: cookieHeader(jar, origin) };
  }

  /** One that knows the site, the provider, and hosts of apps' own. */
  visitor(jar: CookieJar | undefined, ...origins: string[]): Visitor {
    const { origin, ca } = this.running.client;
    const { issuer, ca: providerCa } = this.provider;
    const servers = [origin, ...origins].map((known) => ({ origin: known, ca }));
    return new Visitor([...servers, { origin: new URL(issuer).origin, ca: providerCa }], jar);
  }

  /** Fill in the provider's form, if that is the page. */
  async typeIn(visitor: Visitor, page: Page, user: string): Promise<Page> {
    const { form, password } = this.provider;
    return visitor.submit(page, { [form.user]: user, [form.password]: password });
  }

  async hidden(): Promise<Hidden[]> {
    const proxy = await this.running.target.readFiles("oauth2-proxy", "/etc/oauth2-proxy");
    const password = /redis_password = "(.*)"/.exec(proxy["oauth2-proxy.toml"] ?? "")?.[1];
    expect(password === undefined).toBe(this.sessions.cookie !== undefined);
    return [
      ["the client's secret", this.clientSecret],
      ["the cookies' secret", proxy["cookie-secret"] ?? ""],
      ...["alice", "bob"].map((user): Hidden => [
        `${user}'s session`,
        this.cookies.get(user)?.replace(/^[^=]*=/, "") ?? "",
      ]),
      ...(password === undefined ? [] : [["Redis's password", password] satisfies Hidden]),
    ];
  }

  private get prepared(): TargetProvider {
    if (!this.identity) throw new Error("the provider is not up");
    return this.identity;
  }

  private get running(): RunningSite {
    if (!this.site) throw new Error("the site is not up");
    return this.site;
  }
}

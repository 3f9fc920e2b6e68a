/** The site that the gateway contract is held against: a target and a kind of sign-in, composed. */
import type { AllowArgs, SiteArgs } from "../../../components/spec/args";
import type { ContractSignIn, SignInTerms } from "../sign-ins/sign-in";
import type { ContractTarget, Exec, Ran } from "../target";
import { contractApps, host, ownHostApps, ports, type TestApp } from "./apps";
import { SiteClient } from "./client";

/** The apps of a site. */
export interface SiteApps {
  /** A test app that needs its image built. */
  image: TestApp;
  /**
   * The apps' spec.
   *
   * @param image the name of that image
   * @param onlyAlice a guest list with alice and not bob on it
   * @param framedBy the origins whose pages may show an app in a frame
   */
  of: (image: string, onlyAlice: AllowArgs, framedBy: string[]) => SiteArgs["apps"];
}

/** The apps of the contract, and two that have hosts of their own. */
export const appsWithOwnHosts: SiteApps = {
  image: "echo",
  of: (image, onlyAlice, framedBy) => ({
    ...contractApps(image, onlyAlice, framedBy),
    ...ownHostApps(image, onlyAlice),
  }),
};

/** A site for the gateway contract. */
export class ContractSite<SignIn extends ContractSignIn = ContractSignIn> {
  private image?: string;
  private connected?: SiteClient;

  constructor(
    readonly target: ContractTarget,
    readonly signIn: SignIn,
    private readonly apps: SiteApps = { image: "echo", of: contractApps },
  ) {}

  /** A client that trusts the site's certificate authority and signs in as anybody; from {@link up} on. */
  get client(): SiteClient {
    if (!this.connected) throw new Error("the site is not up");
    return this.connected;
  }

  /** The spec of the site, with this kind of sign-in or with other terms; from {@link up} on. */
  spec(terms: SignInTerms = this.signIn.terms): SiteArgs {
    return this.specWith(this.apps.of, terms);
  }

  /** The spec of the site with other apps that have the same image; from {@link up} on. */
  specWith(
    apps: SiteApps["of"],
    { onlyAlice, framedBy, ...rest }: SignInTerms = this.signIn.terms,
  ): SiteArgs {
    if (this.image === undefined) throw new Error("the site is not up");
    return { host, apps: apps(this.image, onlyAlice, framedBy), ...rest };
  }

  /** Have apps of the site hosts of their own? */
  get hasOwnHosts(): boolean {
    return this.apps === appsWithOwnHosts;
  }

  /**
   * A client for a host of an app's own.
   *
   * @param users those whom it signs in as
   */
  async clientAt(ownHost: string, ...users: string[]): Promise<SiteClient> {
    const headers = new Map<string, Record<string, string>>();
    const signedIn = (user: string): Record<string, string> => headers.get(user) ?? {};
    const client = new SiteClient(ownHost, ports, this.client.ca, signedIn);
    for (const user of users) headers.set(user, await this.signIn.signedInAt(client.origin, user));
    return client;
  }

  /** Runs commands in a part. */
  inside(part: string): Exec {
    return (...command) => this.target.exec(part, ...command);
  }

  /** Run Python in a part. */
  python(part: string, ...lines: string[]): Promise<Ran> {
    return this.target.exec(part, "python3", "-c", lines.join("\n"));
  }

  /** Bring it up. */
  async up(): Promise<void> {
    try {
      this.image = await this.target.image(this.apps.image);
      await this.signIn.prepare(this.target);
      await this.target.up(this.spec());
      const { caCertificate } = this.target.outputs;
      this.connected = new SiteClient(host, ports, caCertificate, (user) => this.signIn.signedIn(user));
      await this.signIn.begin({ target: this.target, client: this.connected });
    } catch (error) {
      await this.down();
      throw error;
    }
  }

  /** Remove it. */
  async down(): Promise<void> {
    await this.target.down();
    await this.signIn.end();
  }
}

/** The site that the gateway contract is held against: a target and a kind of sign-in, composed. */
import type { SiteArgs } from "../../../components/spec/args";
import type { ContractSignIn, SignInTerms } from "../sign-ins/sign-in";
import type { ContractTarget, Exec, Ran } from "../target";
import { contractApps, host, ports } from "./apps";
import { SiteClient } from "./client";

/** A site for the gateway contract. */
export class ContractSite<SignIn extends ContractSignIn = ContractSignIn> {
  private echoImage?: string;
  private connected?: SiteClient;

  constructor(
    readonly target: ContractTarget,
    readonly signIn: SignIn,
  ) {}

  /** A client that trusts the site's certificate authority and signs in as anybody; from {@link up} on. */
  get client(): SiteClient {
    if (!this.connected) throw new Error("the site is not up");
    return this.connected;
  }

  /** The spec of the site, with this kind of sign-in or with other terms; from {@link up} on. */
  spec({ onlyAlice, ...rest }: SignInTerms = this.signIn.terms): SiteArgs {
    if (this.echoImage === undefined) throw new Error("the site is not up");
    return { host, apps: contractApps(this.echoImage, onlyAlice), ...rest };
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
      this.echoImage = await this.target.image("echo");
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

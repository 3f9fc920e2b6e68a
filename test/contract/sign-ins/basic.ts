/** `auth.basic` for the gateway contract. */
import { portals } from "../support/apps";
import type { ContractSignIn, Hidden, RunningSite, SignInTerms } from "./sign-in";

/** The passwords that the spec gives in plain text. */
export const givenPasswords = { alice: "alice's long: password", bob: "bob's long password äöü" };

/**
 * What the spec says about `auth.basic`: carol's password is generated.
 *
 * @param users with their passwords
 */
export const basicTerms = (users: Record<string, string> = givenPasswords): SignInTerms => ({
  auth: { basic: { realm: "Contract tests", users, generatedUsers: ["carol"] } },
  onlyAlice: { users: ["alice"] },
  framedBy: [portals.sameSite],
});

/** The value of `Authorization` for a user and a password. */
export const basicCredentials = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

/** Sign-in by a user name and a password with every request. */
export class BasicSignIn implements ContractSignIn {
  readonly statusOfPageWithoutSignIn = 401;
  readonly sameSite = "Lax";
  readonly bob = { email: null, groups: null };
  readonly parts: string[] = [];
  readonly terms = basicTerms();
  private site?: RunningSite;

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  begin(site: RunningSite): Promise<void> {
    this.site = site;
    return Promise.resolve();
  }

  end(): Promise<void> {
    return Promise.resolve();
  }

  /** The password of a user. */
  readonly password = (user: string): string => this.passwords[user] ?? "";

  /** The value of `Authorization` for a user. */
  readonly credentials = (user: string, password = this.password(user)): string =>
    basicCredentials(user, password);

  signedIn(user: string): Record<string, string> {
    return { Authorization: this.credentials(user) };
  }

  signedInAt(_origin: string, user: string): Promise<Record<string, string>> {
    return Promise.resolve(this.signedIn(user));
  }

  async hidden(): Promise<Hidden[]> {
    const { target } = this.running;
    const htpasswd = await target.readFile("gateway", `${target.gatewayFolders.config}/htpasswd`);
    // Nobody's, with which names are checked that nobody has, is no secret.
    const hashes = htpasswd
      .trim()
      .split("\n")
      .filter((line) => !line.startsWith("*:"));
    expect(hashes).toHaveLength(Object.keys(this.passwords).length);
    return [
      ...Object.entries(this.passwords).flatMap(([user, password]): Hidden[] => [
        [`${user}'s password`, password],
        [`${user}'s credentials`, this.credentials(user).slice("Basic ".length)],
      ]),
      ...hashes.map((line): Hidden => ["a password's hash", line.replace(/^[^:]*:/, "")]),
    ];
  }

  private get passwords(): Record<string, string> {
    return { ...givenPasswords, ...this.running.target.outputs.passwords };
  }

  private get running(): RunningSite {
    if (!this.site) throw new Error("the site is not up");
    return this.site;
  }
}

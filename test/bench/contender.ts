/** What is measured: one of several ways to one and the same app. */
import type { Address } from "./line";

/** The names of the contenders, in the order in which they are shown. */
export const contenderNames = ["direct", "recipe", "tls", "gateway", "sso-recipe", "sso"] as const;

/** One of them. */
export type ContenderName = (typeof contenderNames)[number];

/** Where an app is, and how one gets in. */
export interface Way {
  /** What a browser shows, with the slash at the end. */
  url: string;
  /** Where that is on this machine. */
  address: Address;
  /** User name and password, for the one that asks. */
  credentials?: Credentials;
  /** The cookies of somebody who has signed in, as a request has them, for those with single sign-on. */
  session?: string;
  /** The authority to trust, PEM. */
  caCertificate?: string;
}

/** One way to the app that is measured beside others. */
export interface Contender extends Way {
  name: ContenderName;
  /** Sign in once more; the cookies of that session. */
  newSession?: () => Promise<string>;
  /** The ids of its containers by what they do. */
  containers: Record<string, string>;
}

/** What somebody signs in with at the one that asks for a password. */
export interface Credentials {
  username: string;
  password: string;
}

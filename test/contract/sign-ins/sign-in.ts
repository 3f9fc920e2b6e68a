/** A kind of sign-in, as the gateway contract needs it: composed with a target it makes a site. */
import type { AllowArgs, SiteArgs } from "../../../components/spec/args";
import type { SiteClient } from "../support/client";
import type { ContractTarget } from "../target";

/** What a kind of sign-in puts into the spec. */
export interface SignInTerms extends Pick<SiteArgs, "auth" | "sessions"> {
  /** A guest list with alice and not bob on it. */
  onlyAlice: AllowArgs;
  /** The origins whose pages may show an app in a frame. */
  framedBy: string[];
}

/** A site that is up. */
export interface RunningSite {
  target: ContractTarget;
  /** Trusts the site's certificate authority and signs in as anybody. */
  client: SiteClient;
}

/** Words that must be found nowhere but where they are needed. */
export type Hidden = [what: string, text: string];

/** A kind of sign-in. */
export interface ContractSignIn {
  /** The status of the answer to a page request without a sign-in. */
  readonly statusOfPageWithoutSignIn: number;
  /** `SameSite` of the cookies that a frame needs. */
  readonly sameSite: "Lax" | "None";
  /** What is known of bob beside his name. */
  readonly bob: { email: string | null; groups: string | null };
  /** The parts that run beside the gateway and the apps. */
  readonly parts: string[];
  /** What it puts into the spec; after {@link prepare}. */
  readonly terms: SignInTerms;

  /** Make what has to be there before the site. */
  prepare(target: ContractTarget): Promise<void>;
  /** Begin, when the site is up. */
  begin(site: RunningSite): Promise<void>;
  /** The headers by which a request is a user's. */
  signedIn(user: string): Record<string, string>;
  /** The same at a host of an app's own, given by its origin; a new sign-in where that makes a difference. */
  signedInAt(origin: string, user: string): Promise<Record<string, string>>;
  /** The secrets of the sign-in and of its users. */
  hidden(): Promise<Hidden[]>;
  /** Remove what {@link prepare} made, when the site is gone. */
  end(): Promise<void>;
}

/** What the tests need to know of an identity provider, whichever it is. */
export interface IdentityProvider {
  /** Its issuer URL, the same for browsers on this machine and for containers on its networks. */
  readonly issuer: string;
  /** The certificate authority of its HTTPS, PEM. */
  readonly ca: string;
  /** Everybody's password. */
  readonly password: string;
  /** The names of the inputs of its sign-in form. */
  readonly form: { readonly user: string; readonly password: string };
  /** Remove it from the machine. */
  stop(): Promise<void>;
}

/** A relying party that a provider knows. */
export interface Client {
  id: string;
  secret: string;
  /** Where it may ask to be sent to with a code; full URLs. */
  redirectUris: string[];
  /** Where it may ask to be sent to after sign-out; full URLs. @default none */
  postLogoutRedirectUris?: string[];
}

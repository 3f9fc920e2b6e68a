/** Where the identity providers of the tests run: TestProvider and Keycloak say what is run, each target runs it. */

/** An identity provider as a program in a plain Debian. */
export interface ProviderProgram {
  /** Its host name for the parts of a site. */
  host: string;
  /** On 127.0.0.1 of this machine and where it runs alike. */
  port: number;
  entrypoint: string[];
  env: Record<string, string>;
  /** Files and folders of this machine that it may read, by their path where it runs. */
  binds: Record<string, string>;
  /** Folders that it may write to. @default none */
  scratch?: string[];
  /** The limit of its memory. */
  megabytes: number;
  /** Sends it a request; fails as long as it is not ready. */
  ask: () => Promise<unknown>;
  /** How long that may take. */
  seconds: number;
}

/** Runs an identity provider where the parts of a target's sites, and this machine, reach it. */
export interface ProviderRunner {
  /**
   * Start the program and wait until it is ready.
   *
   * @throws Error with its log, when it is not ready in time
   */
  start(program: ProviderProgram): Promise<void>;
  /** Remove it, and what a killed run of the same test left behind. */
  stop(): Promise<void>;
}

/** What the gateway contract needs of a place where sites run: to bring one up, and to look at its parts. */
import type { OidcArgs, SiteArgs } from "../../components/spec/args";
import type { Client } from "../oidc/identity-provider";
import type { TestProvider } from "../oidc/provider/provider";
import type { TestApp } from "./support/apps";

/** How a command ended, and what it wrote to standard output and standard error. */
export interface Ran {
  code: number;
  output: string;
}

/** Runs a command somewhere, to its end. */
export type Exec = (...command: string[]) => Promise<Ran>;

/** A host and a port at which something listens. */
export interface Endpoint {
  /** An IP address or a name. */
  host: string;
  port: number;
  /** Whether it speaks TLS. */
  tls: boolean;
}

/** The outputs of a site, the same on every target. */
export interface TargetOutputs {
  url: string;
  /** The URL of each app. */
  apps: Record<string, string>;
  /** The certificate authority of the site, PEM. */
  caCertificate: string;
  /** The generated passwords of `auth.basic`. */
  passwords: Record<string, string>;
}

/** A replica of an app. */
export interface Replica {
  /** The name of the part. While an app changes, an old replica and its new one share it. */
  part: string;
  /** The host name that its processes have, by which the probe tells where a session is. */
  hostName: string;
}

/** What the engine keeps of a site between two runs. */
export interface TargetState {
  /** The state as the engine exports it, without decrypting its secrets. */
  exported: string;
  /** The text of every file in the folder of the state and the project, by its path. */
  files: Record<string, string>;
}

/** An identity provider that the parts of the target's sites reach. */
export interface TargetProvider {
  provider: TestProvider;
  /** What the spec's `auth.oidc` has to say so that they reach it. */
  oidc: Pick<OidcArgs, "network">;
  /** Remove it. */
  stop(): Promise<void>;
}

/** A server in place of the internet: it is no part of any site. */
export interface OutsideServer {
  /** Every endpoint at which it is reached by an app that has a way out. */
  endpoints: Endpoint[];
  /** What it answers, to anything. */
  answer: string;
  close(): Promise<void>;
}

/**
 * A place where one site at a time runs for the gateway contract: Docker, a Kubernetes cluster, a stand-in for a cloud.
 *
 * A part is named as in the outputs and logs of the components: `gateway`, `oauth2-proxy`, `redis`, an app's name for its
 * first replica, `<app>.2` for the second. The site has to be reached on this machine at `ports` of `support/apps.ts`.
 */
export interface ContractTarget {
  /** The Pulumi project: distinguishes what this test makes on the machine from everything else. */
  readonly project: string;
  /** The folders of the gateway's nginx, as in `GatewayPlatform`. */
  readonly gatewayFolders: { readonly config: string; readonly scratch: string };
  /** Whether an app without egress can look no names up, so that only IP addresses lead anywhere. */
  readonly namesNeedEgress: boolean;

  /**
   * Bring a site up.
   *
   * @param spec without what the target adds by itself: `ports`
   */
  up(spec: SiteArgs): Promise<void>;
  /** Bring the site that is up to another spec. */
  change(spec: SiteArgs): Promise<void>;
  /** Remove the site, if one is up, and the images of the test apps. */
  down(): Promise<void>;
  /** The outputs of the site that is up. */
  readonly outputs: TargetOutputs;
  /** Everything that the engine has printed. */
  readonly said: string;
  /** What the engine keeps of the site. */
  state(): Promise<TargetState>;

  /** The names of all parts that run, those among them that only serve the target itself. */
  parts(): Promise<string[]>;
  /** Run a command in a part. */
  exec(part: string, ...command: string[]): Promise<Ran>;
  /** The text of a file in a part, whether the part has a shell or not. */
  readFile(part: string, path: string): Promise<string>;
  /** The text of all files in a folder of a part, by their paths below it. */
  readFiles(part: string, folder: string): Promise<Record<string, string>>;
  /** The whole log of a part. */
  log(part: string): Promise<string>;
  /** An opaque id that changes when the part is replaced, and not when it is restarted. */
  identityOf(part: string): Promise<string>;
  /** The replicas of an app that run, the old ones that are drained among them. */
  replicasOf(app: string): Promise<Replica[]>;
  /**
   * When the target last began to wait until nobody has the replaced replicas of an app open any more, in milliseconds since 1970.
   *
   * @param since when nothing of it had begun
   */
  drainBegan(app: string, since: number): Promise<number>;
  /** Every endpoint at which a part listens for others, by every host name and IP address that it has inside. */
  endpointsOf(part: string): Promise<Endpoint[]>;
  /**
   * All that access to the target shows of the site without reading its secrets: for Docker what `docker inspect` and
   * `docker history` print, for Kubernetes all objects but Secrets; one text for each object, by its name.
   */
  describeParts(): Promise<Record<string, string>>;

  /** Kill a part without a warning. It stays down until {@link start}, if the target does not replace it. */
  kill(part: string): Promise<void>;
  /** Stop a part in good order. It stays down until {@link start}. */
  stop(part: string): Promise<void>;
  /** Start a part that was stopped or killed; it may not be ready yet. */
  start(part: string): Promise<void>;
  /** Restart a part and wait until it is healthy. */
  restart(part: string): Promise<void>;

  /** Build the image of a test app, where the target finds it; its name for the spec. */
  image(app: TestApp): Promise<string>;
  /** Run something in a throw-away container or pod with Python that belongs to another project. */
  fromOutside<Result>(use: (exec: Exec) => Promise<Result>): Promise<Result>;
  /** Start a server in place of the internet. */
  outsideServer(): Promise<OutsideServer>;
  /** Start an identity provider that the parts of the site and this machine reach by the same URL. */
  identityProvider(clients: [Client, ...Client[]]): Promise<TargetProvider>;
}

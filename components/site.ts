/**
 * The spec of a site: plain data that every target (Docker, Kubernetes, AWS) takes alike.
 *
 * A choice (how to sign in, where the certificate comes from) is an object with exactly one key set, so that the
 * same spec can be TypeScript arguments, Pulumi configuration in YAML, or the inputs of a component in another
 * language. `checkSite` in `site-check.ts` refuses a wrong spec with one message that lists every fault.
 *
 * @module
 */
import type { Input } from "@pulumi/pulumi";

/**
 * One host name with one or more Streamlit apps behind one gateway.
 *
 * @example
 * ```ts
 * const site: SiteArgs = {
 *   host: "analytics.example.com",
 *   apps: { sales: { source: "apps/sales" } },
 *   auth: { basic: { users: { demo: config.requireSecret("demoPassword") } } },
 * };
 * ```
 */
export interface SiteArgs {
  /** The one host name (or IPv4 address) that the site answers to, as browsers show it. Lower case, no port. */
  host: string;
  /** The ports that browsers use. @default see {@link PortsArgs} */
  ports?: PortsArgs;
  /**
   * The Streamlit apps by name. A name is 1–32 lower-case letters, digits and inner hyphens, starting with a letter;
   * it becomes part of container, network and log names.
   */
  apps: Record<string, AppArgs>;
  /** How people sign in: exactly one key set. */
  auth: AuthArgs;
  /** Where sessions are kept; only for `auth.oidc`. Not available on docker yet. */
  sessions?: SessionsArgs;
  /** Where the certificate comes from: exactly one key set. @default `{ selfSigned: {} }` */
  tls?: TlsArgs;
  /** Other images than the default ones, for instance from a mirror. @default see {@link ImagesArgs} */
  images?: ImagesArgs;
}

/** The public ports of the gateway. */
export interface PortsArgs {
  /** HTTPS port, 1–65535. @default 8443 on Docker */
  https?: number;
  /** Plain HTTP port, 1–65535; it only redirects to HTTPS and answers `/healthz`. @default 8080 on Docker */
  http?: number;
  /**
   * The address of this machine that the ports are bound to (IPv4).
   * @default `127.0.0.1` when `host` is `localhost`, `*.localhost` or a 127.x address, else `0.0.0.0`
   */
  address?: string;
}

/** One Streamlit app. Exactly one of `source` and `image` is set. */
export interface AppArgs {
  /**
   * A folder, relative to the program's working directory, with the app's script (see `entry`) and a
   * `requirements.txt` or a `pyproject.toml` (and `uv.lock`) that asks for `streamlit>=1.61`. A `Dockerfile` in the
   * folder is used instead of the package's own; what is asked of an `image` goes for it, too. `.streamlit/config.toml` in
   * the folder is merged under the `streamlit` settings; what the gateway needs, and `server.maxUploadSize`, which the
   * gateway enforces, come from the spec alone.
   */
  source?: string;
  /**
   * A ready image instead of `source`, best by digest (`registry/name@sha256:…`). Its command must start Streamlit
   * ≥ 1.61 from `workingDir`, must not set the options that the gateway needs, and must run as user 10001 on a
   * read-only root file system.
   */
  image?: Input<string>;
  /** The script that Streamlit runs, relative to a `source` without a Dockerfile. @default `streamlit_app.py` */
  entry?: string;
  /**
   * The folder that the app is started in, with an `image` or a Dockerfile of its own; the generated `.streamlit` folder is
   * mounted there.
   * @default `/app`
   */
  workingDir?: string;
  /**
   * The path of the app below the host: `/`, or segments of lower-case letters, digits, `-` and `_`, without a slash
   * at the end. No two apps share one, and no app but `/` lies above another. @default `/` for a single app, else `/<name>`
   */
  route?: string;
  /** What the index page calls the app, up to 80 printable characters. @default the app's name */
  title?: string;
  /**
   * How many containers serve the app, 1–32. A browser stays with one of them, and is moved to another when that one dies:
   * Streamlit's session, which is in its memory, then begins anew. @default 1
   */
  replicas?: number;
  /**
   * How long the old containers of an app that was changed may go on for those who have the app open: a number with the
   * unit `s`, `m` or `h`, at most `24h`. Who comes anew gets the new version at once. `up` waits for as long as somebody
   * has an old one open, and no longer than this; what is still open then is cut and goes on in a new session. Until
   * then there are twice as many containers, and the old ones read changed `secrets`, too. `0s` cuts at once.
   * @default `1m`
   */
  drainTimeout?: string;
  /** Let the target choose the number of replicas between `min` and `max`. Not available on docker. */
  autoscaling?: AutoscalingArgs;
  /** What one replica may use. @default `{ cpu: 1, memory: "1Gi" }` */
  resources?: ResourcesArgs;
  /** Environment variables. They show in `docker inspect`: use `secrets` for what must not. @default none */
  environment?: Record<string, Input<string>>;
  /** Become `.streamlit/secrets.toml`, so `st.secrets["NAME"]` has them; always treated as secret. @default none */
  secrets?: Record<string, Input<string>>;
  /**
   * Streamlit's own settings by their dotted name, as `streamlit config show` lists them, for instance
   * `{ "theme.base": "dark", "server.maxUploadSize": 50 }` (the size is in MB). Settings that the gateway needs are refused.
   * @default none
   */
  streamlit?: Record<string, StreamlitSetting>;
  /** May the app open connections to the outside? @default false */
  egress?: boolean;
  /** The app's guest list. @default everyone who is signed in */
  allow?: AllowArgs;
}

/** A value in Streamlit's `config.toml`. */
export type StreamlitSetting = string | number | boolean | string[];

/** Bounds for a target that can scale by itself. */
export interface AutoscalingArgs {
  /** The least number of replicas, at least 1. */
  min: number;
  /** The largest number of replicas, at least `min`. */
  max: number;
}

/** What one replica of an app may use. */
export interface ResourcesArgs {
  /** CPU cores, in steps of 0.01, at least 0.1. @default 1 */
  cpu?: number;
  /** Memory with a unit, `Mi` or `Gi`, at least `128Mi`. @default `1Gi` */
  memory?: string;
}

/** Who may open an app. A person on any of the lists may. */
export interface AllowArgs {
  /** User names, as they sign in. */
  users?: string[];
  /** E-mail addresses. Needs `auth.oidc`; not available on docker yet. */
  emails?: string[];
  /** Groups of the identity provider. Needs `auth.oidc`; not available on docker yet. */
  groups?: string[];
}

/** How people sign in: exactly one key set. */
export interface AuthArgs {
  /** HTTP basic authentication. Browsers keep the password until they are closed, so there is no sign-out. */
  basic?: BasicAuthArgs;
  /** An OpenID Connect provider. Not available on docker yet. */
  oidc?: Record<string, unknown>;
  /** Accounts kept by the site itself. Not available on docker yet. */
  accounts?: Record<string, unknown>;
  /** Amazon Cognito. Only on aws. */
  cognito?: Record<string, unknown>;
}

/** HTTP basic authentication (RFC 7617) by the gateway. At least one user in `users` or `generatedUsers`. */
export interface BasicAuthArgs {
  /** What the browser's dialogue calls the site, up to 64 printable ASCII characters but `"`, `\` and `$`. @default the host */
  realm?: string;
  /**
   * User name → password (12–72 bytes) or bcrypt hash (`$2a$`, `$2b$` or `$2y$`, cost 10–12). User names are 1–64 of
   * `A–Z a–z 0–9 . _ @ + -`. A password is hashed in the program; only the hash reaches the gateway.
   */
  users?: Record<string, Input<string>>;
  /** Users whose password is made by the site and given by its secret output `passwords`. @default none */
  generatedUsers?: string[];
}

/** Where sessions are kept. */
export interface SessionsArgs {
  /** In Redis. */
  redis?: Record<string, unknown>;
  /** In the browser's cookie. */
  cookie?: Record<string, unknown>;
}

/** Where the certificate comes from: exactly one key set. */
export interface TlsArgs {
  /** A certificate authority of the site's own; its certificate is the output `caCertificate`, to be trusted once. */
  selfSigned?: SelfSignedArgs;
  /** A certificate that somebody else issued and renews. */
  provided?: ProvidedCertificateArgs;
  /** AWS Certificate Manager. Only on aws. */
  acm?: Record<string, unknown>;
  /** The cert-manager of a Kubernetes cluster. Only on kubernetes. */
  certManager?: Record<string, unknown>;
  /** ACME, for instance Let's Encrypt. Not available on docker yet. */
  acme?: Record<string, unknown>;
}

/** Nothing to set: the certificate is for `host`, lives a year and is renewed by the first `up` in its last 90 days. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- a choice without settings is an empty object
export interface SelfSignedArgs {}

/** A certificate from elsewhere. */
export interface ProvidedCertificateArgs {
  /** The certificate for `host` and its chain, leaf first, PEM. */
  certificate: Input<string>;
  /** Its private key, PEM, not encrypted; always treated as secret. */
  privateKey: Input<string>;
}

/** The images that the site is made of. */
export interface ImagesArgs {
  /** Base of the images built from `source`: Python ≥ 3.10 with pip. @default {@link defaultImages} */
  python?: string;
  /**
   * nginx ≥ 1.30.2 with curl, laid out as the official Debian-based image. As of November 2026, 1.30.6 and 1.31.7 are the
   * first without a known vulnerability. @default {@link defaultImages}
   */
  nginx?: string;
}

/** The official images that a site uses unless `images` names others. */
export const defaultImages = {
  python: "python:3.13-slim",
  nginx: "nginx:1.31",
} as const satisfies Required<ImagesArgs>;

/** A target that a spec can be deployed to. */
export type Target = "docker";

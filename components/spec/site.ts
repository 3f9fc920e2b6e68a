/** A site as the targets and the gateway get it: a spec that was checked, with every default filled in. */
import type { Input } from "@pulumi/pulumi";
import type {
  AllowArgs,
  AutoscalingArgs,
  CertManagerArgs,
  CognitoPasswordArgs,
  ExistingNetworkArgs,
  FederatedGoogleArgs,
  FederatedOidcArgs,
  FederatedSamlArgs,
  GatewayApiArgs,
  ImagePullArgs,
  ImagesArgs,
  IngressArgs,
  LoadBalancerArgs,
  NamespaceArgs,
  OidcEndpointsArgs,
  PortsArgs,
  ProvidedCertificateArgs,
  RegistryArgs,
  SignInAllowArgs,
  TlsSecretArgs,
} from "./args";
import type { Destination } from "./destinations";
import type { OidcProviderName } from "./oidc-providers";

/** A checked site whose gateway is the site's own nginx. */
export type Site = SiteOf<Auth>;

/** A checked site whose gateway is a load balancer of AWS. */
export type AwsSiteSpec = SiteOf<AlbAuth>;

/**
 * A spec that was checked, with every default filled in. What it holds of Outputs and promises is rejected with a
 * `SiteSpecError` when the known value turns out to be wrong.
 */
export interface SiteOf<SignIn> {
  /** The host name or IPv4 address that browsers use. */
  host: string;
  /** What browsers send as `Origin`, and the start of every URL of the site: `https://host[:port]`. */
  origin: string;
  /** What browsers send as `Host`: the host, with the port unless that is 443. */
  authority: string;
  /** What the gateway's pages call the site. */
  title: string;
  /** The file of its logo; undefined when it has none. */
  logo: string | undefined;
  /** The public ports; `address` counts on docker only. */
  ports: Required<PortsArgs>;
  /** In the order of the spec. */
  apps: App[];
  /** How people sign in. */
  auth: SignIn;
  /** Where the certificate comes from. */
  tls:
    | { selfSigned: true }
    | { provided: ProvidedCertificateArgs }
    | { secret: TlsSecretArgs }
    | { certManager: Required<CertManagerArgs> }
    | { acm: { zone: Input<string> } | { certificateArn: Input<string> } };
  /** The images that the site is made of. */
  images: Required<ImagesArgs>;
  /** How it is reached from outside a cluster; counts on kubernetes only. */
  expose:
    | { loadBalancer: LoadBalancerArgs }
    | { nodePort: true }
    | { ingress: IngressArgs }
    | { gatewayApi: GatewayApiArgs };
  /** The namespace of a cluster; counts on kubernetes only. */
  namespace: NamespaceArgs;
  /** Where images that are built go; undefined where none are, or need not be pushed. */
  registry: RegistryArgs | undefined;
  /** How nodes pull images; counts on kubernetes only. */
  imagePull: Required<ImagePullArgs>;
  /** What counts on aws only. */
  aws: AwsSettings;
}

/** What a checked spec says of AWS alone. */
export interface AwsSettings {
  /** The network: one to be made, by its addresses, or one that is there. */
  network: { cidr: string } | { existing: ExistingNetworkArgs };
  /** How many days logs are kept. */
  logRetention: number;
  /** Is what would hurt to lose kept from being deleted? Undefined: the name of the stack says. */
  deletionProtection: boolean | undefined;
  /** The firewall in front of the site; undefined for none. */
  waf: { managed: true } | { webAclArn: Input<string> } | undefined;
  /** The key that encrypts what is kept; undefined for keys that AWS keeps. */
  kmsKeyArn: Input<string> | undefined;
  /** The topic that alarms go to; undefined for none. */
  alarmTopicArn: Input<string> | undefined;
}

/** An app of a checked spec. */
export interface App {
  /** The key of the app in the spec. */
  name: string;
  /** Where the app comes from. */
  source: { folder: string } | { image: Input<string> };
  /** The script that Streamlit runs, relative to the folder. */
  entry: string;
  /** The folder in the image that the app is started in. */
  workingDir: string;
  /** The host name or IPv4 address at which browsers find it: the site's, or one of its own. */
  host: string;
  /** Is that a host name of its own? */
  hasOwnHost: boolean;
  /** What browsers send as `Origin` from there. */
  origin: string;
  /** What browsers send as `Host` there. */
  authority: string;
  /** The path at that host without a slash at the end: `""` for an app at `/`, as every app with a host of its own is. */
  path: string;
  /** The paths at the site's host at which the app was before, or would be without a host of its own, each as {@link path}. */
  formerPaths: string[];
  /** What the index page calls the app. */
  title: string;
  /** What the index page says about the app; undefined when it says nothing. */
  description: string | undefined;
  /** What the index page shows before the title. */
  icon: string;
  /** How many containers serve the app; with `autoscaling` its least number. */
  replicas: number;
  /** The bounds of the number of replicas where the target chooses it; undefined when `replicas` is fixed. */
  autoscaling: AutoscalingArgs | undefined;
  /** Does it run on spare capacity? Counts on aws only. */
  spot: boolean;
  /** In seconds; 0 means not to wait. */
  drainTimeout: number;
  /** In seconds. */
  minReadySeconds: number;
  /**
   * Has the old container to be gone before the new one starts, since it holds a volume that two must not write to? There is one
   * replica then, and nothing to drain.
   */
  recreate: boolean;
  /** CPU cores. */
  cpu: number;
  /** Memory in MiB. */
  memory: number;
  /** Environment variables. */
  environment: Record<string, Input<string>>;
  /** What becomes `.streamlit/secrets.toml`. */
  secrets: SecretTable;
  /** Streamlit's own settings by their dotted name. */
  streamlit: Record<string, StreamlitSetting>;
  /** The largest upload in MB. */
  maxUploadSize: number;
  /** May the app open connections to whatever is outside? */
  egress: boolean;
  /** What it may reach without that, each once; empty where `egress` is true. */
  egressTo: Destination[];
  /** What the app may write to and keep, in the order of the spec. */
  volumes: Volume[];
  /** Whose pages may show the app in a frame beside the site's own; undefined when none may. */
  embed: Embed | undefined;
  /** Request headers that reach the app beside those that reach every app. */
  forwardHeaders: string[];
  /** The app's guest list; undefined when everyone who is signed in may open the app. */
  allow: Required<AllowArgs> | undefined;
}

/** A volume of an app of a checked spec. */
export interface Volume {
  /** The key of the volume in the spec. */
  name: string;
  /** Where the app finds it. */
  path: string;
  /** May several containers have it at once? */
  shared: boolean;
}

/** Whose pages may show an app of a checked spec in a frame. */
export interface Embed {
  /** Their origins. */
  from: string[];
  /** Is one of them another site than this to browsers, which then keep `SameSite=Lax` cookies from the frame? */
  crossSite: boolean;
}

/** Secrets by their names, a dot in which is one level; configuration in YAML also nests. */
export interface SecretTable {
  [name: string]: Input<string | number | boolean> | SecretTable;
}

/** A value in Streamlit's `config.toml`. */
export type StreamlitSetting = string | number | boolean | string[];

/** How people sign in to a checked site: one of the two. */
export type Auth = { basic: BasicAuth; oidc?: never } | { oidc: Oidc; basic?: never };

/** How people sign in to a checked site by a load balancer of AWS: one of the two. */
export type AlbAuth = { cognito: Cognito; oidc?: never } | { oidc: Oidc; cognito?: never };

/** Sign-in by a Cognito user pool, of a checked spec. */
export interface Cognito {
  /** May people make accounts themselves? */
  selfSignUp: boolean;
  /** Domains of emails of those that may sign in; undefined for everybody with an account. */
  emailDomains: string[] | undefined;
  /** What the pool asks of passwords. */
  password: Required<CognitoPasswordArgs>;
  /** Is a one-time code asked for? */
  mfa: "off" | "optional" | "required";
  /** The names of groups. */
  groups: string[];
  /** A client of Google; undefined for none. */
  google: FederatedGoogleArgs | undefined;
  /** OpenID Connect providers by their names. */
  oidc: Record<string, Required<FederatedOidcArgs>>;
  /** SAML providers by their names. */
  saml: Record<string, Required<FederatedSamlArgs>>;
  /** The names of programs that may call the apps; none where tokens are not taken. */
  programs: string[];
  /** How long a session lasts, in seconds. */
  lifetime: number;
}

/** HTTP basic authentication of a checked spec. */
export interface BasicAuth {
  /** What the browser's dialogue calls the site. */
  realm: string;
  /** User name → password or bcrypt hash. */
  users: Record<string, Input<string>>;
  /** Users whose password is made by the site. */
  generatedUsers: string[];
}

/** Sign-in by oauth2-proxy, of a checked spec. */
export interface Oidc {
  /** The kind of provider, by oauth2-proxy's name. */
  provider: OidcProviderName;
  /** The provider's issuer; undefined where the kind of provider has one of its own. */
  issuer: string | undefined;
  clientId: Input<string>;
  clientSecret: Input<string>;
  /** What the provider is asked to tell. */
  scopes: string[];
  /** The claim of the ID token that lists the groups. */
  groupsClaim: string;
  /** The limits of sign-in itself; without any, everybody whom the provider knows may sign in. */
  allow: SignInAllowArgs;
  /** Are ID tokens of the provider taken in place of a session? */
  bearer: boolean;
  /** Audiences beside the client that such a token may be for. */
  audiences: string[];
  /** Where sign-out leads at the provider; undefined when it ends the site's session only. */
  endSessionEndpoint: string | undefined;
  /** The certificate authority of the provider, PEM. */
  caCertificate: Input<string> | undefined;
  /** The Docker network on which the provider is found. */
  network: Input<string> | undefined;
  /** Where the provider answers; undefined where nobody has to be told. */
  endpoints: OidcEndpointsArgs | undefined;
  sessions: Sessions;
}

/** Where sessions are kept and for how long; durations in seconds. */
export interface Sessions {
  store: "redis" | "cookie";
  /** How long a session lasts, in seconds. */
  lifetime: number;
  /** How often the provider is asked for new tokens, in seconds; 0: never again. */
  refresh: number;
  /** How long an answer about a session counts, in seconds; 0: every request is checked. */
  checkInterval: number;
  /** How often an open websocket is checked, in seconds. */
  connectionCheckInterval: number;
}

/**
 * The spec of a site: plain data that every target (Docker, Kubernetes, AWS) takes alike.
 *
 * A choice (how to sign in, where the certificate comes from) is an object with exactly one key set, so that the
 * same spec can be TypeScript arguments, Pulumi configuration in YAML, or the inputs of a component in another
 * language: there are no unions and no functions, and what the docstrings here say is what the other languages show.
 * `checkSite` refuses a wrong spec with one message that lists every fault.
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
  /**
   * The host name (or IPv4 address) of the site, as browsers show it: where the index page, the sign-in, and every app is that has
   * no `host` of its own. Lower case, no port.
   */
  host: string;
  /** Host names of the apps' own. Not on aws yet. @default all apps are at `host`, each at its `route` */
  hosts?: HostsArgs;
  /**
   * What the gateway's own pages call the site, up to 80 printable characters. Everybody sees it who finds the site, before
   * they sign in, too. @default the host
   */
  title?: string;
  /**
   * An image beside the title: a PNG, JPEG, GIF, WebP or SVG file of at most 64 KiB, relative to the program's working
   * directory. It is shown 2 rem high, in dark mode on white, and to everybody, as the title is. An SVG must hold all that it
   * needs and no scripts. @default none
   */
  logo?: string;
  /** The ports that browsers use. @default see `PortsArgs` */
  ports?: PortsArgs;
  /**
   * The Streamlit apps by name. A name is 1–32 lower-case letters, digits and inner hyphens, starting with a letter;
   * it becomes part of container, network and log names.
   */
  apps: Record<string, AppArgs>;
  /** How people sign in: exactly one key set. */
  auth: AuthArgs;
  /** Where the sessions of `auth.oidc` are kept: exactly one key set. @default `{ redis: {} }` */
  sessions?: SessionsArgs;
  /** Where the certificate comes from: exactly one key set. @default `{ selfSigned: {} }` */
  tls?: TlsArgs;
  /** Other images than the default ones, for instance from a mirror. @default the official ones, see `ImagesArgs` */
  images?: ImagesArgs;
  /** How the site is reached from outside the cluster: exactly one key set. Only on kubernetes, which needs it. */
  expose?: ExposeArgs;
  /** The namespace of all that the site is made of. Only on kubernetes. @default one of the site's own, see `NamespaceArgs` */
  namespace?: NamespaceArgs;
  /** The registry that images built from `source` are pushed to. Only on kubernetes, where an app with `source` needs it. */
  registry?: RegistryArgs;
  /** How the nodes of the cluster pull images. Only on kubernetes. @default see `ImagePullArgs` */
  imagePull?: ImagePullArgs;
  /** What people are signed in by and what passes their requests on: exactly one key set. Only on aws. @default `{ alb: {} }` */
  gateway?: GatewayArgs;
  /** The network that the site is in: exactly one key set. Only on aws. @default `{ create: {} }` */
  network?: NetworkArgs;
  /** The logs of apps. Only on aws. @default see `LogsArgs` */
  logs?: LogsArgs;
  /**
   * Is what would hurt to lose kept from being deleted: the load balancer, Cognito's accounts, access logs, images? It has to be
   * switched off by an `up` of its own before the site can be removed. Only on aws. @default true for a stack whose name begins with `prod`
   */
  deletionProtection?: boolean;
  /** A web application firewall in front of the site: exactly one key set. Only on aws. @default none */
  waf?: WafArgs;
  /**
   * The ARN of a KMS key that encrypts secrets, images and logs. Its policy has to let CloudWatch Logs of the region use it. Only on aws.
   * @default keys that AWS keeps
   */
  kmsKeyArn?: Input<string>;
  /** Who is told when something is wrong. Only on aws. @default alarms show in CloudWatch and tell nobody */
  alarms?: AlarmsArgs;
}

/** What is between the outside and the apps on AWS: exactly one key set. */
export interface GatewayArgs {
  /**
   * An Application Load Balancer signs people in itself. Everybody who is signed in may open every app; `docs/aws.md` has what else
   * it keeps of the gateway's promises, and what it cannot.
   */
  alb?: AlbArgs;
  /** nginx and oauth2-proxy of the other targets behind an Application Load Balancer. Not available yet. */
  nginx?: NginxArgs;
}

/** Nothing to set. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- a choice without settings is an empty object
export interface AlbArgs {}

/** Not available yet. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- what is to come has no fields yet
export interface NginxArgs {}

/** The network of a site on AWS: exactly one key set. */
export interface NetworkArgs {
  /**
   * One of the site's own, over two availability zones: public subnets with the load balancer alone, private ones without a way out
   * for apps, and others with one for apps that have `egress`.
   */
  create?: CreatedNetworkArgs;
  /** One that is there. */
  existing?: ExistingNetworkArgs;
}

/** A network of the site's own. */
export interface CreatedNetworkArgs {
  /** Its IPv4 addresses: a private subnet (CIDR) from /16 to /20. @default `10.0.0.0/16` */
  cidr?: string;
}

/**
 * A VPC that is there. From the private subnets, the addresses of ECR (`ecr.api`, `ecr.dkr`), CloudWatch Logs, Secrets Manager and S3
 * have to be reached by VPC endpoints with private DNS: an app without `egress` may connect to addresses of the VPC and to S3, and to nothing else.
 *
 * @example
 * ```ts
 * network: {
 *   existing: { vpc: "vpc-0a1b", publicSubnets: ["subnet-01", "subnet-02"], privateSubnets: ["subnet-03", "subnet-04"] },
 * }
 * ```
 */
export interface ExistingNetworkArgs {
  /** The id of the VPC, whose DNS names have to be switched on. */
  vpc: Input<string>;
  /** The ids of at least two subnets in different availability zones, with a route to an internet gateway: the load balancer is there. */
  publicSubnets: Input<string>[];
  /** The ids of at least two subnets in different availability zones: the apps are there. */
  privateSubnets: Input<string>[];
}

/** The logs of apps on AWS. */
export interface LogsArgs {
  /** How many days they are kept, in CloudWatch Logs and those of the load balancer in S3: one of the numbers that CloudWatch Logs knows. @default 30 */
  retention?: number;
}

/** A web application firewall: exactly one key set. */
export interface WafArgs {
  /**
   * One of the site's own: AWS's lists of addresses with a bad name and of known bad inputs, and at most 2000 requests of one address in five
   * minutes.
   */
  managed?: ManagedWafArgs;
  /** The ARN of a web ACL (AWS WAFv2, scope REGIONAL) that is there. */
  webAclArn?: Input<string>;
}

/** Nothing to set. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- a choice without settings is an empty object
export interface ManagedWafArgs {}

/** Who is told when something is wrong. */
export interface AlarmsArgs {
  /** The ARN of an SNS topic. */
  topicArn: Input<string>;
}

/**
 * How a site is reached from outside a Kubernetes cluster: exactly one key set. TLS ends in the site's own gateway with `loadBalancer` and
 * `nodePort`, and in front of it with the others.
 */
export interface ExposeArgs {
  /** By a load balancer that the cluster's provider makes, at `ports`. */
  loadBalancer?: LoadBalancerArgs;
  /** At `ports` of each node that runs a gateway; they have to be in the cluster's range of node ports, 30000–32767 unless it has another. */
  nodePort?: NodePortArgs;
  /** By an Ingress, that is by a controller which ends TLS with the certificate of `tls`. */
  ingress?: IngressArgs;
  /** By a Gateway of the Gateway API, whose listener ends TLS with a certificate of its own: `tls` is not set. */
  gatewayApi?: GatewayApiArgs;
}

/**
 * A Service of type `LoadBalancer`. It passes connections on with the address that they come from
 * (`externalTrafficPolicy: Local`), which the log and the limits by address go by.
 */
export interface LoadBalancerArgs {
  /** Annotations of the Service, by which a provider's load balancer is set up. @default none */
  annotations?: Record<string, string>;
  /** The class of load balancer (`spec.loadBalancerClass`). @default the cluster's */
  className?: string;
  /** The subnets (CIDR) that may connect. @default everybody */
  sourceRanges?: string[];
}

/** Nothing to set: the ports are those of `ports`. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- a choice without settings is an empty object
export interface NodePortArgs {}

/**
 * An Ingress for all hosts of the site.
 *
 * @example
 * ```ts
 * expose: { ingress: { className: "nginx", controllerNamespace: "ingress-nginx", trustedProxies: ["10.244.0.0/16"] } }
 * ```
 */
export interface IngressArgs {
  /** The class of the controller (`spec.ingressClassName`). */
  className: string;
  /**
   * Annotations of the Ingress: a controller's limits for the size of uploads and for silent websockets, for instance. @default none
   */
  annotations?: Record<string, string>;
  /**
   * The subnets (CIDR) of whatever passes requests on: the controller's pods, and a load balancer before them if it adds to
   * `X-Forwarded-For`. Their word on the client's address is taken, nobody else's.
   */
  trustedProxies: string[];
  /**
   * The namespace of the controller's pods, which alone may connect to the gateway. @default who has an address in `trustedProxies` may,
   * for a controller on the nodes' own network
   */
  controllerNamespace?: string;
}

/**
 * An HTTPRoute for all hosts of the site.
 *
 * @example
 * ```ts
 * expose: {
 *   gatewayApi: { gateway: "public", namespace: "gateways", controllerNamespace: "gateways", trustedProxies: ["10.244.0.0/16"] },
 * }
 * ```
 */
export interface GatewayApiArgs {
  /** The name of the Gateway, whose listener for HTTPS has a certificate for all hosts of the site and takes routes of its namespace. */
  gateway: string;
  /** The namespace of the Gateway. @default the site's */
  namespace?: string;
  /** The name of one listener (`sectionName`). @default every listener that takes the route */
  listener?: string;
  /** As in `IngressArgs`. */
  trustedProxies: string[];
  /** As in `IngressArgs`, of the pods that the Gateway's controller serves it by. @default as in `IngressArgs` */
  controllerNamespace?: string;
}

/** A namespace: exactly one key set. */
export interface NamespaceArgs {
  /**
   * One of the site's own, by this name, made and removed with the site. Its pods are held to the `restricted` level of the Pod Security
   * Standards. @default `<project>-<stack>`
   */
  create?: string;
  /** One that is there. The site adds its own objects, and removes nothing else. */
  existing?: string;
}

/**
 * A registry of images that this machine pushes to and the cluster pulls from.
 *
 * @example
 * ```ts
 * registry: { address: "registry.example.com/analytics", username: "ci", password: config.requireSecret("registryPassword") }
 * ```
 */
export interface RegistryArgs {
  /** Its host, the port unless it is 443, and perhaps the start of a path. */
  address: string;
  /** Who pushes. @default whom this machine's Docker is signed in as */
  username?: Input<string>;
  /** The password that goes with it, or a token; always treated as secret. */
  password?: Input<string>;
}

/** How the nodes of a cluster pull images. */
export interface ImagePullArgs {
  /** `Always`, `IfNotPresent` or `Never`. @default `IfNotPresent` */
  policy?: string;
  /** Names of Secrets of the type `kubernetes.io/dockerconfigjson` in the namespace. @default none */
  secrets?: string[];
}

/**
 * Host names of the apps' own. At one host all apps share one origin, so that the script of one can do in a visitor's browser
 * whatever the visitor can do in the others; each at a host of its own, none can.
 *
 * Each name has to lead to the gateway as `host` does, and the certificate has to be for all of them. `docs/hosts.md` has more.
 *
 * @example
 * ```ts
 * host: "analytics.example.com",
 * hosts: { perApp: "{app}.apps.example.com" }, // sales.apps.example.com for the app sales
 * ```
 */
export interface HostsArgs {
  /**
   * The host name of each app that names no `host`, with `{app}` once where the app's name goes.
   * @default such an app is at the site's `host`
   */
  perApp?: string;
}

/** The public ports of the gateway. */
export interface PortsArgs {
  /** HTTPS port, 1–65535. @default 8443 on docker, 443 on kubernetes and aws */
  https?: number;
  /** Plain HTTP port, 1–65535; it only redirects to HTTPS and answers `/healthz`. @default 8080 on docker, 80 on kubernetes and aws */
  http?: number;
  /**
   * The IPv4 address of this machine that the ports are bound to. Only on docker.
   * @default `127.0.0.1` when `host` is `localhost`, `*.localhost` or begins with `127.`, else `0.0.0.0`
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
   * A host name of the app's own, in lower case, no port and no IP address: the app is at `/` there, alone at its origin. Neither
   * the site's `host` nor that of another app. What is asked for below `route` and `formerRoutes` at the site's host is led there
   * (308), once signed in; the index page links to it. With `auth.oidc` it needs `sessions.redis`. Not on aws yet.
   * @default that of `hosts.perApp`; without that, the app is at the site's host
   */
  host?: string;
  /**
   * The path of the app at the site's host: `/`, or segments of lower-case letters, digits, `-` and `_`, without a slash
   * at the end. No two apps share one, and no app but `/` lies above another. @default `/` for a single app, else `/<name>`
   */
  route?: string;
  /**
   * Routes at which the app was before: who opens a page below one of them is led to the same page of the app (308), once signed
   * in. Not where another app is now. A site's only app is at `/` and moves to `/<name>` with a second one, unless its `route`
   * says `/`: with `formerRoutes: ["/"]` its old addresses stay good, and `/` itself is the index page.
   * @default none
   */
  formerRoutes?: string[];
  /** What the index page calls the app, up to 80 printable characters. @default the app's name */
  title?: string;
  /** What the index page says about the app, up to 200 printable characters. @default nothing */
  description?: string;
  /** What the index page shows before the app's title: an emoji, or one or two letters or digits. @default the title's first letter */
  icon?: string;
  /**
   * How many containers serve the app, 1–32. A browser stays with one of them, and is moved to another when that one dies:
   * Streamlit's session, which is in its memory, then begins anew. Not with `autoscaling`. @default 1
   */
  replicas?: number;
  /**
   * How long the old containers of an app that was changed may go on for those who have the app open: a number with the
   * unit `s`, `m` or `h`, at most `24h`. New visits get the new version at once. `up` waits for as long as somebody
   * has an old one open, and no longer than this; what is still open then is cut and goes on in a new session. Until
   * then there are twice as many containers. `0s` cuts at once.
   * @default `1m`; `0s`, and nothing else, with a volume that is not `shared`
   */
  drainTimeout?: string;
  /**
   * For how many seconds a new version has to go on answering, once its first container is healthy, before it takes visits and the
   * version before goes: a whole number, 1–600. One that ends or hangs earlier fails `up`, with its log. `up` takes so much longer.
   * @default 15
   */
  minReadySeconds?: number;
  /**
   * Let the target choose the number of replicas between `min` and `max`. Only on kubernetes and aws.
   * @default `replicas` containers, always
   */
  autoscaling?: AutoscalingArgs;
  /**
   * What one replica may use. On aws, one of the pairs that Fargate knows: `docs/aws.md` lists them.
   * @default `{ cpu: 1, memory: "1Gi" }`; on aws `{ cpu: 0.5, memory: "1Gi" }`, or the least that goes with the one that is given
   */
  resources?: ResourcesArgs;
  /**
   * Run on spare capacity (Fargate Spot), for about a third of the price: AWS takes a container back with two minutes' notice, which cuts
   * those who have it open, and may have none to give. Only on aws. @default false
   */
  spot?: boolean;
  /** How a new version takes the place of the one before: exactly one key set. Only on aws. @default `{ rolling: {} }` */
  updates?: UpdatesArgs;
  /** Environment variables. They show in `docker inspect`: use `secrets` for what must not. @default none */
  environment?: Record<string, Input<string>>;
  /**
   * Become `.streamlit/secrets.toml`, so `st.secrets["NAME"]` has them; always treated as secret. A dot in a name is a level,
   * as in TOML: `connections.warehouse.url` is `url` of `[connections.warehouse]`, which `st.connection("warehouse")` reads.
   * Each value is a string. YAML configuration may nest objects instead, in which numbers and booleans keep their type.
   * @default none
   * @example
   * ```ts
   * secrets: {
   *   API_KEY: config.requireSecret("apiKey"),
   *   "connections.warehouse.url": config.requireSecret("warehouseUrl"),
   * }
   * ```
   */
  secrets?: Record<string, Input<string>>;
  /**
   * Streamlit's own settings by their dotted name, as `streamlit config show` lists them. Each value is the text that
   * `config.toml` has: `50`, `true`, `["a", "b"]`. What is no TOML number, boolean, array of strings or quoted string is a
   * string as it stands: `dark`. A string that looks like a number is quoted once more: `'50'`. YAML configuration may write
   * numbers, booleans and lists without quotes. Settings that the gateway needs are refused, as are options that no version from
   * 1.61 to 1.67 has, and values of the wrong type where Streamlit says which it takes.
   * @default none
   * @example
   * ```ts
   * streamlit: {
   *   "theme.base": "dark",
   *   "server.maxUploadSize": "50", // a number, in MB
   *   "server.enableStaticServing": "true",
   *   "server.folderWatchList": '["assets", "queries"]',
   *   "theme.font": "'50'", // the string 50
   * }
   * ```
   */
  streamlit?: Record<string, string>;
  /** May the app open connections to whatever is outside? `egressTo` is the narrower way. @default false */
  egress?: boolean;
  /**
   * The hosts that the app may reach at which TCP ports, and nothing else outside: full host names in lower case, each with a
   * port, at most 16. The app connects to them by these names as it would without a site between, so that TLS to the host goes
   * through as it is. A name is looked up anew for each connection, among IPv4 addresses. Only TCP is
   * passed on: neither UDP nor DNS. Not with `egress: true`. `docs/databases.md` has more. Not on kubernetes and aws yet.
   * @default none
   * @example
   * ```ts
   * egressTo: ["db.example.com:5432", "api.example.com:443"]
   * ```
   */
  egressTo?: string[];
  /**
   * What the app may write to and keep, by a name of 1–32 lower-case letters, digits and inner hyphens, starting with a letter:
   * for SQLite, caches, models. Everything else that an app writes is gone with its container. `docs/volumes.md` has how to
   * back one up. Not on kubernetes and aws yet.
   * @default none
   */
  volumes?: Record<string, VolumeArgs>;
  /**
   * Pages elsewhere that may show the app in a frame; see `EmbedArgs` for the risk. Not on aws yet.
   * @default no page but those of the site itself may
   */
  embed?: EmbedArgs;
  /**
   * Request headers that reach the app beside those that browsers and Streamlit's own clients need: at most 16 names, in any
   * case. Whoever is signed in can send anything under these names, a program as well as a page: an app must not take them for
   * who is calling. Headers by which proxies do tell that are refused, as are those that the gateway sets itself.
   * @default none
   * @example
   * ```ts
   * forwardHeaders: ["traceparent", "tracestate", "X-Request-Id"]
   * ```
   */
  forwardHeaders?: string[];
  /** The app's guest list. @default everyone who is signed in */
  allow?: AllowArgs;
}

/** Bounds for a target that can scale by itself, and on aws what it goes by. */
export interface AutoscalingArgs {
  /** The least number of replicas, at least 1. */
  min: number;
  /** The largest number of replicas, at least `min`. */
  max: number;
  /** Keep the mean use of CPU near so many percent of what replicas may use, 10–90. Only on aws. @default 70 unless `memory` or `requests` is set */
  cpu?: number;
  /** Keep the mean use of memory near so many percent of what replicas may use, 10–90. Only on aws. @default it does not count */
  memory?: number;
  /** Keep the requests of one replica near so many a minute, at least 1. Only on aws. @default they do not count */
  requests?: number;
}

/** How a new version of an app takes the place of the one before: exactly one key set. */
export interface UpdatesArgs {
  /** All of the new version is there before any of the one before goes; a version that does not become healthy is rolled back. */
  rolling?: RollingArgs;
  /** Not available; `docs/aws.md` has the reasons. */
  blueGreen?: BlueGreenArgs;
}

/** Nothing to set: how long the old version goes on, `drainTimeout` says. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- a choice without settings is an empty object
export interface RollingArgs {}

/** Not available; `docs/aws.md` has the reasons. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- what is to come has no fields yet
export interface BlueGreenArgs {}

/** What one replica of an app may use. */
export interface ResourcesArgs {
  /** CPU cores, in steps of 0.01, at least 0.1. @default 1 */
  cpu?: number;
  /** Memory with a unit, `Mi` or `Gi`, at least `128Mi`. @default `1Gi` */
  memory?: string;
}

/**
 * A folder of an app that outlives its containers. It starts empty, and belongs to the app's user (10001). Its name and that
 * of its app are what it is found by again: under another name it is another, empty one.
 *
 * It stays when it is taken out of the spec, when its app is, and when the site is removed, unless all volumes are asked to go
 * (`npm run down -- --volumes`).
 */
export interface VolumeArgs {
  /**
   * Where the app finds it: an absolute path in the container, for instance `/app/data`, not in `/tmp`, the app's `.streamlit`
   * folder or a folder of the system, and neither the folder that the app is started in nor above that. What the image has there
   * is hidden.
   */
  path: string;
  /**
   * Can the app bear that several of its containers write to it at once? Without that, the app has one container, and when it is
   * changed the old one is gone before the new one starts: everybody who has the app open is cut off, and until the new one
   * answers there is only a page that says so. With it, replicas and the old and new containers of a changed app share it.
   * @default false
   */
  shared?: boolean;
}

/**
 * Which pages elsewhere may show an app in a frame (`<iframe>`). The index page, other apps and sign-in stay as they are.
 *
 * **The risk.** Whoever can change a page of a listed origin, by an injected script too, can lay the app under something else and
 * have people who are signed in click in it without knowing (clickjacking). List only origins that you would give the app's
 * rights to, and none where others publish.
 *
 * Origins under the registrable domain of `host` (`https://intranet.example.com` for `analytics.example.com`) are the same site
 * to browsers: the cookies stay `SameSite=Lax`, and nothing else is loosened. With any other origin the browser would not send
 * them from the frame, so **the session's cookie of the whole site**, and the two that the app's frame needs (its replica,
 * Streamlit's XSRF token), become `SameSite=None`: then browsers send them with requests that any page in the world makes. What
 * keeps such requests out is that the gateway refuses (403) what a browser marks as coming from another site
 * (`Sec-Fetch-Site`), unless it opens a page, in a frame only this app's; that it refuses websockets of another origin; and
 * Streamlit's XSRF token for uploads. A browser from before 2023 may not mark its requests. Firefox, Safari, and any browser
 * that blocks third-party cookies show the sign-in link in such a frame for ever. Prefer a name under the same domain.
 *
 * `docs/embed.md` says what people see, and what the page has to have.
 *
 * @example
 * ```ts
 * apps: { sales: { source: "apps/sales", embed: { from: ["https://intranet.example.com"] } } },
 * ```
 */
export interface EmbedArgs {
  /**
   * The origins of the pages, 1–10: `https`, a host name, and the port unless it is 443; no path, no `*`, no IP address. If the page
   * is itself in a frame, that of each page around it, too. With `auth.basic` only origins under the registrable domain of `host`.
   */
  from: string[];
}

/** The guest list of an app: a person on any of its lists may open the app. */
export interface AllowArgs {
  /**
   * With `auth.basic` the names of its users. With `auth.oidc` the subject (claim `sub`), which the provider never gives to
   * anybody else; a preferred user name is no such thing, since at many providers people choose it. With `github` and `gitlab`
   * the login: somebody else can have it after its owner has given it up.
   */
  users?: string[];
  /** Emails, without regard to case; one that the provider calls unverified counts for nothing. Needs `auth.oidc`. */
  emails?: string[];
  /**
   * Groups of the identity provider, to the letter; with `github` an organisation (`my-org`) or a team (`my-org:my-team`).
   * A thousand and more: at most 256 KiB when they are percent-encoded. Needs `auth.oidc`.
   */
  groups?: string[];
}

/** How people sign in: exactly one key set. */
export interface AuthArgs {
  /** HTTP basic authentication. Browsers keep the password until they are closed, so there is no sign-out. */
  basic?: BasicAuthArgs;
  /** An OpenID Connect provider, or GitHub, by oauth2-proxy. */
  oidc?: OidcArgs;
  /** Accounts kept by the site itself. Not available yet. */
  accounts?: AccountsArgs;
  /** Accounts in a Cognito user pool of the site's own. Only on aws. */
  cognito?: CognitoArgs;
}

/**
 * Accounts kept by the site itself, without a provider elsewhere. Not available yet; here will be how accounts are made,
 * the rules for passwords, and how emails are sent.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- what is to come has no fields yet
export interface AccountsArgs {}

/**
 * Sign-in by a Cognito user pool, which the site makes: people sign in by a verified email, with a password of the pool's or by a
 * provider that it federates with.
 *
 * @example
 * ```ts
 * auth: {
 *   cognito: {
 *     selfSignUp: true,
 *     allow: { emailDomains: ["example.com"] },
 *     mfa: "required",
 *     federation: { google: { clientId, clientSecret } },
 *   },
 * }
 * ```
 */
export interface CognitoArgs {
  /** May people make accounts themselves? Otherwise an administrator does. With it, `allow` has to be set. @default false */
  selfSignUp?: boolean;
  /** The people that may sign in at all. Needed with `selfSignUp` and `federation.google`. @default everybody with an account */
  allow?: CognitoAllowArgs;
  /** What the pool asks of passwords. @default see `CognitoPasswordArgs` */
  password?: CognitoPasswordArgs;
  /** Is a one-time code of an authenticator app asked for: `off`, `optional` or `required`? @default `optional` */
  mfa?: string;
  /** The names of groups that accounts can be in, which apps find in the access token. @default none */
  groups?: string[];
  /** Providers by which people may sign in beside. @default none */
  federation?: CognitoFederationArgs;
  /** Programs that may call the apps, with `Authorization: Bearer` and a token of the pool's. @default none */
  bearer?: CognitoBearerArgs;
}

/**
 * Programs that call the apps without a browser. Each has a client of its own in the pool, whose id and secret are in the output `programs`,
 * and gets tokens for them (client credentials) at `https://<signInDomain>/oauth2/token`; a token lasts an hour. Those of people are not taken.
 */
export interface CognitoBearerArgs {
  /** Their names, at least one, of 1–32 lower-case letters, digits and inner hyphens. A name that is left out is one whose client is removed. */
  programs: string[];
}

/** The people that may sign in by Cognito: a function of the site's own refuses all others, at each sign-in. */
export interface CognitoAllowArgs {
  /** Domains of emails, for instance `example.com`, at least one; a subdomain is another domain. An email that is not verified is of none. */
  emailDomains: string[];
}

/** What a user pool asks of passwords. */
export interface CognitoPasswordArgs {
  /** The least number of characters, 8–99. @default 12 */
  minimumLength?: number;
  /** Must there be a lower-case letter? @default true */
  lowercase?: boolean;
  /** Must there be an upper-case letter? @default true */
  uppercase?: boolean;
  /** Must there be a digit? @default true */
  numbers?: boolean;
  /** Must there be something that is neither a letter nor a digit? @default true */
  symbols?: boolean;
}

/** Providers that a user pool federates with; each gives an email. At each, register `https://<domain>/oauth2/idpresponse` with the output `signInDomain`. */
export interface CognitoFederationArgs {
  /** Google. Anybody can have an account there, so that `auth.cognito.allow` has to be set. */
  google?: FederatedGoogleArgs;
  /** OpenID Connect providers by a name of 3–32 lower-case letters, digits and inner hyphens, which people see. @default none */
  oidc?: Record<string, FederatedOidcArgs>;
  /** SAML 2.0 providers by a name, as those of `oidc`. @default none */
  saml?: Record<string, FederatedSamlArgs>;
}

/** A client of Google. */
export interface FederatedGoogleArgs {
  /** The id of the client that was registered at Google. */
  clientId: Input<string>;
  /** Its secret; always treated as secret. */
  clientSecret: Input<string>;
}

/** A client of an OpenID Connect provider. */
export interface FederatedOidcArgs {
  /** The provider's issuer, an `https` URL, at which Cognito finds the rest. */
  issuer: string;
  /** The id of the client that was registered at the provider. */
  clientId: Input<string>;
  /** Its secret; always treated as secret. */
  clientSecret: Input<string>;
  /** What the provider is asked to tell. @default `openid email profile` */
  scopes?: string[];
}

/** A SAML 2.0 provider. */
export interface FederatedSamlArgs {
  /** Where its metadata is, an `https` URL. */
  metadataUrl: string;
  /** The attribute of its assertions that has the email. @default `http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress` */
  emailAttribute?: string;
}

/**
 * Sign-in with an account that people have elsewhere, by oauth2-proxy 7.15.4 or later. `docs/providers.md` has a recipe for
 * each provider. At the provider, register `https://<host>[:port]/oauth2/callback` as the redirect URL.
 *
 * @example
 * ```ts
 * auth: {
 *   oidc: {
 *     provider: "keycloak-oidc",
 *     issuer: "https://id.example.com/realms/staff",
 *     clientId: "analytics",
 *     clientSecret: config.requireSecret("clientSecret"),
 *   },
 * }
 * ```
 */
export interface OidcArgs {
  /** The kind of provider by oauth2-proxy's name: `oidc` (any), `google`, `github`, `gitlab`, `entra-id` or `keycloak-oidc`. */
  provider: string;
  /**
   * The provider's issuer, an `https` URL. `oidc` and `keycloak-oidc` (`https://<server>/realms/<realm>`) need one, as does
   * `entra-id` (`https://login.microsoftonline.com/<tenant id>/v2.0`, one tenant); `github` and `google` have none to choose.
   * @default `https://gitlab.com` with `gitlab`
   */
  issuer?: string;
  /** The id of the client (application) that was registered at the provider. */
  clientId: Input<string>;
  /** Its secret; always treated as secret. */
  clientSecret: Input<string>;
  /**
   * What the provider is asked to tell. @default `openid email profile`, and what the kind of provider needs for groups and
   * refresh tokens: `offline_access` with `oidc` and `entra-id`, `groups` with `oidc` where a guest list has groups;
   * `user:email read:org` with `github`
   */
  scopes?: string[];
  /** The claim of the ID token that lists the groups. @default `groups` */
  groupsClaim?: string;
  /**
   * The people that may sign in at all. Needed where anybody can have an account (`google`, `github`, and issuers at gitlab.com,
   * accounts.google.com, appleid.apple.com and login.microsoftonline.com other than one tenant), unless every app has a guest list.
   * @default everybody that the provider knows
   */
  allow?: SignInAllowArgs;
  /**
   * Let programs in with `Authorization: Bearer` and an ID token (a JWT) of the same provider for this client, or for one of
   * `audiences`. A token without an email is on no list of emails. Not with `github`, `google` and `gitlab` (or gitlab.com as
   * `oidc`), whose tokens cannot be checked or are not their people's alone. @default false
   */
  bearer?: boolean;
  /** Other audiences (claim `aud`) than the client that a bearer token may be for. Needs `bearer`. @default none */
  audiences?: string[];
  /**
   * Where the provider ends its own session (OpenID Connect RP-Initiated Logout), an `https` URL; sign-out then leads there
   * and back. Register `https://<host>[:port]/oauth2/signed_out` at the provider as a URL to come back to. Needs
   * `sessions.redis`, which keeps the ID token that goes with it.
   * @default that of the issuer with `keycloak-oidc` and `entra-id`; otherwise sign-out ends the site's session only
   */
  endSessionEndpoint?: string;
  /** The certificate authority of the provider, PEM, where it is not one that everybody trusts. @default none */
  caCertificate?: Input<string>;
  /**
   * An existing Docker network on which oauth2-proxy finds the provider, for one that runs on the same machine. Only on docker.
   * @default a network of its own with a way out
   */
  network?: Input<string>;
  /**
   * Where the provider answers, which a load balancer has to be told. Only on aws, where `oidc` needs it.
   * @default those of `keycloak-oidc`, `entra-id` and `gitlab`, which follow from the issuer
   */
  endpoints?: OidcEndpointsArgs;
}

/** Where an OpenID Connect provider answers: what its `/.well-known/openid-configuration` says, `https` URLs. */
export interface OidcEndpointsArgs {
  /** `authorization_endpoint` */
  authorization: string;
  /** `token_endpoint` */
  token: string;
  /** `userinfo_endpoint` */
  userInfo: string;
  /** `jwks_uri`. Needed with `bearer`. */
  jwks?: string;
}

/**
 * The people that may sign in at all: those with an email in `emailDomains` or `emails`, where one of these is given, and in
 * one of the `groups`, where that is given. At least one list.
 */
export interface SignInAllowArgs {
  /** Domains of emails, for instance `example.com`; a subdomain is another domain. */
  emailDomains?: string[];
  /** Emails; none that begins with `#`. */
  emails?: string[];
  /** Groups as the provider names them. Not with `google`. */
  groups?: string[];
  /** The GitHub organisation that people have to be in. Only with `github`. */
  githubOrg?: string;
  /** Teams of it, by their slug: people have to be in one of them. Needs `githubOrg`. */
  githubTeams?: string[];
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

/** Where sessions are kept: exactly one key set. Durations are a number with `s`, `m` or `h`, for instance `30m`. */
export interface SessionsArgs {
  /** In a Redis of the site's own, which keeps them over restarts. The browser has a ticket only, worth nothing after sign-out. */
  redis?: RedisSessionsArgs;
  /**
   * In the browser's cookie, for the smallest site. Weaker: a copy of the cookie is good until its `lifetime` is over, also after
   * sign-out, and an account that is closed at the provider stays signed in as long.
   */
  cookie?: CookieSessionsArgs;
}

/** What can be set of sessions wherever they are kept. */
export interface CookieSessionsArgs {
  /**
   * How long a session lasts: from sign-in on, in Redis from its last `refresh` on. From `1m` to `720h`, and longer than
   * `refresh`. @default `12h`
   */
  lifetime?: string;
  /**
   * How long the answer that somebody is signed in, and on an app's guest list, counts for more requests of the same session
   * to the same app; `0s` asks at every request. At most `1m`. Sign-out does not wait for it. @default `5s`
   */
  checkInterval?: string;
  /**
   * How often it is checked that an open websocket may stay open: the time that a connection outlives the
   * session at most. From `1s` to `1h`. @default `30s`
   */
  connectionCheckInterval?: string;
}

/** What can be set of sessions in Redis. */
export interface RedisSessionsArgs extends CookieSessionsArgs {
  /**
   * How often the provider is asked for new tokens, and so whether the account is still there and in which groups; `0s` never
   * asks. Shorter than `lifetime`. A session for which the provider gave no refresh token ends with its ID token instead. `github`
   * has neither: there it is asked whether the access is still good, and groups are those of the sign-in. @default `5m`
   */
  refresh?: string;
}

/** Where the certificate comes from: exactly one key set. */
export interface TlsArgs {
  /** A certificate authority of the site's own; its certificate is the output `caCertificate`, to be trusted once. */
  selfSigned?: SelfSignedArgs;
  /** A certificate that somebody else issued and renews. */
  provided?: ProvidedCertificateArgs;
  /** AWS Certificate Manager. Only on aws. */
  acm?: AcmArgs;
  /** A Secret in the namespace, of the type `kubernetes.io/tls`, that somebody else makes and renews. Only on kubernetes. */
  secret?: TlsSecretArgs;
  /** The cert-manager of a Kubernetes cluster. Only on kubernetes. */
  certManager?: CertManagerArgs;
  /** ACME, for instance Let's Encrypt. Not available yet. */
  acme?: AcmeArgs;
}

/** A certificate of AWS Certificate Manager: exactly one key set. */
export interface AcmArgs {
  /**
   * The id of a public hosted zone of Route 53 that `host` is in. A certificate is asked for and proved there, and `host` leads to the
   * site by a record in it; AWS renews it.
   */
  zone?: Input<string>;
  /** The ARN of a certificate for `host` that is there, in the site's region. The record of `host` has to lead to the output `loadBalancer`. */
  certificateArn?: Input<string>;
}

/**
 * A Secret with `tls.crt` and `tls.key`, for `host` and the hosts of apps' own. The gateway takes what is written to it within a minute or
 * two, when the kubelet has brought it, and ends no connection for it.
 */
export interface TlsSecretArgs {
  /** The name of the Secret. */
  name: string;
}

/** A certificate that cert-manager 1.0 or later issues and renews (`cert-manager.io/v1`), for `host` and the hosts of apps' own. */
export interface CertManagerArgs {
  /** The name of the issuer. */
  issuer: string;
  /** `Issuer`, in the site's namespace, or `ClusterIssuer`. @default `ClusterIssuer` */
  kind?: string;
}

/** A certificate by ACME (RFC 8555). Not available yet; here will be the directory of the authority and the account's email. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- what is to come has no fields yet
export interface AcmeArgs {}

/** Nothing to set: the certificate is for `host` and the hosts of apps' own, lives a year and is renewed by the first `up` in its last 90 days. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- a choice without settings is an empty object
export interface SelfSignedArgs {}

/**
 * A certificate from elsewhere. It is checked before anything is touched: for `host` and the hosts of apps' own (by its alternative names; a wildcard will do), valid now, its
 * chain in order, the key its own. In its last 30 days every `preview` and `up` warns.
 */
export interface ProvidedCertificateArgs {
  /** The certificate for `host` and its chain, leaf first, each signed by the next, PEM. */
  certificate: Input<string>;
  /** Its private key, PEM, not encrypted; always treated as secret. */
  privateKey: Input<string>;
}

/** The images that the site is made of. */
export interface ImagesArgs {
  /** Base of the images built from `source`: Python ≥ 3.10 with pip. @default `python:3.13-slim` */
  python?: string;
  /**
   * nginx ≥ 1.30.2 with curl ≥ 7.84, laid out as the official Debian-based image. As of November 2026, 1.30.6 and 1.31.7 are the
   * first without a known vulnerability. @default `nginx:1.30`
   */
  nginx?: string;
  /** oauth2-proxy ≥ 7.15.4 with wget, laid out as the official Alpine-based image. @default `quay.io/oauth2-proxy/oauth2-proxy:v7.15.4-alpine` */
  oauth2Proxy?: string;
  /** Redis ≥ 7.2, laid out as the official image. @default `redis:8.0` */
  redis?: string;
}

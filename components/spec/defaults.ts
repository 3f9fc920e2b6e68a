/** What a site is where its spec says nothing. */
import { streamlitSetting } from "../streamlit/setting";
import { defaultMaxUploadSize } from "../streamlit/streamlit";
import type {
  AppArgs,
  CognitoArgs,
  ExposeArgs,
  ImagesArgs,
  OidcArgs,
  PortsArgs,
  RedisSessionsArgs,
  ResourcesArgs,
  SessionsArgs,
  SiteArgs,
  TlsArgs,
} from "./args";
import type { Target } from "./capabilities";
import { destination } from "./destinations";
import { ownHost } from "./hosts";
import { initial } from "./icon";
import { type OidcProviderName, oidcProviders } from "./oidc-providers";
import { fargateSize, type TaskSize } from "./fargate";
import type {
  AlbAuth,
  App,
  Auth,
  AwsSettings,
  Cognito,
  Oidc,
  Sessions,
  Site,
  SiteOf,
  StreamlitSetting,
} from "./site";
import { areSameSite } from "./same-site";
import { inMebibytes, inSeconds } from "./units";

/** The official images that a site uses unless `images` names others. */
export const defaultImages = {
  python: "python:3.13-slim",
  nginx: "nginx:1.30",
  oauth2Proxy: "quay.io/oauth2-proxy/oauth2-proxy:v7.15.4-alpine",
  redis: "redis:8.0",
} as const satisfies Required<ImagesArgs>;

/** The public ports by target. On a machine of one's own, 443 and 80 are often taken, or not for everybody to take. */
export const defaultPorts: Readonly<Record<Target, { https: number; http: number }>> = {
  docker: { https: 8443, http: 8080 },
  kubernetes: { https: 443, http: 80 },
  aws: { https: 443, http: 80 },
};

/** How long a session lasts, as a spec writes it. */
export const defaultLifetime = "12h";

/** How often the provider is asked for new tokens, as a spec writes it. */
export const defaultRefresh = "5m";

/**
 * The route of an app that names none.
 *
 * @param name the app's name
 * @param appCount how many apps the site has
 */
export function defaultRoute(name: string, appCount: number): string {
  return appCount === 1 ? "/" : `/${name}`;
}

/**
 * The site that a spec describes.
 *
 * @param args a spec without faults
 * @param target where it is to be deployed
 */
export function withDefaults(args: SiteArgs, target: Target): SiteOf<Auth | AlbAuth> {
  const { host, apps, tls } = args;
  const ports = portsWithDefaults(host, args.ports, target);
  const authority = authorityOf(host, ports.https);
  return {
    host,
    origin: siteOrigin(host, ports.https),
    authority,
    title: args.title ?? host,
    logo: args.logo,
    ports,
    apps: Object.entries(apps).map(([name, app]) =>
      appWithDefaults(name, app, {
        host,
        own: ownHost(name, app, args.hosts),
        https: ports.https,
        appCount: Object.keys(apps).length,
        target,
      }),
    ),
    auth: authWithDefaults(args, target),
    tls: tlsWithDefaults(tls),
    images: { ...defaultImages, ...args.images },
    expose: exposeWithDefaults(args.expose),
    namespace: args.namespace ?? {},
    registry: args.registry,
    imagePull: {
      policy: args.imagePull?.policy ?? "IfNotPresent",
      secrets: args.imagePull?.secrets ?? [],
    },
    aws: awsWithDefaults(args),
  };
}

function authWithDefaults(args: SiteArgs, target: Target): Auth | AlbAuth {
  const { host, auth } = args;
  if (auth.cognito) return { cognito: cognitoWithDefaults(auth.cognito, args.sessions ?? {}) };
  if (auth.oidc) return { oidc: oidcWithDefaults(auth.oidc, args.sessions ?? {}, usesGroups(args), target) };
  return {
    basic: {
      realm: auth.basic?.realm ?? host,
      users: auth.basic?.users ?? {},
      generatedUsers: auth.basic?.generatedUsers ?? [],
    },
  };
}

/** Where Windows has the email of somebody among what it asserts. */
const samlEmail = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";

function cognitoWithDefaults(cognito: CognitoArgs, sessions: SessionsArgs): Cognito {
  const {
    selfSignUp = false,
    allow,
    password = {},
    mfa = "optional",
    groups = [],
    federation = {},
    bearer,
  } = cognito;
  const { minimumLength = 12, lowercase = true, uppercase = true, numbers = true, symbols = true } = password;
  const mapped = <A, B>(of: Record<string, A> | undefined, change: (one: A) => B): Record<string, B> =>
    Object.fromEntries(Object.entries(of ?? {}).map(([name, one]) => [name, change(one)]));
  return {
    selfSignUp,
    emailDomains: allow?.emailDomains,
    password: { minimumLength, lowercase, uppercase, numbers, symbols },
    mfa: mfa as Cognito["mfa"],
    groups,
    google: federation.google,
    oidc: mapped(federation.oidc, (one) => ({ scopes: ["openid", "email", "profile"], ...one })),
    saml: mapped(federation.saml, (one) => ({ emailAttribute: samlEmail, ...one })),
    programs: bearer?.programs ?? [],
    lifetime: sessionsWithDefaults(sessions).lifetime,
  };
}

function awsWithDefaults({
  network,
  logs,
  deletionProtection,
  waf,
  kmsKeyArn,
  alarms,
}: SiteArgs): AwsSettings {
  return {
    network: network?.existing
      ? { existing: network.existing }
      : { cidr: network?.create?.cidr ?? "10.0.0.0/16" },
    logRetention: logs?.retention ?? 30,
    deletionProtection,
    waf: waf?.webAclArn !== undefined ? { webAclArn: waf.webAclArn } : waf && { managed: true },
    kmsKeyArn,
    alarmTopicArn: alarms?.topicArn,
  };
}

function exposeWithDefaults(expose: ExposeArgs = {}): Site["expose"] {
  const { loadBalancer, ingress, gatewayApi } = expose;
  if (loadBalancer) return { loadBalancer };
  if (ingress) return { ingress };
  return gatewayApi ? { gatewayApi } : { nodePort: true };
}

function tlsWithDefaults(tls: TlsArgs | undefined): Site["tls"] {
  if (tls?.provided) return { provided: tls.provided };
  if (tls?.secret) return { secret: tls.secret };
  if (tls?.certManager)
    return { certManager: { issuer: tls.certManager.issuer, kind: tls.certManager.kind ?? "ClusterIssuer" } };
  if (tls?.acm)
    return {
      acm:
        tls.acm.zone !== undefined
          ? { zone: tls.acm.zone }
          : { certificateArn: tls.acm.certificateArn ?? "" },
    };
  return { selfSigned: true };
}

/** What browsers send as `Host`. */
function authorityOf(host: string, https: number): string {
  return https === 443 ? host : `${host}:${https}`;
}

/**
 * The origin of a site, as browsers write it.
 *
 * @param host the site's host
 * @param https its port
 */
export function siteOrigin(host: string, https: number): string {
  return `https://${authorityOf(host, https)}`;
}

function portsWithDefaults(host: string, ports: PortsArgs | undefined, target: Target): Required<PortsArgs> {
  return {
    https: ports?.https ?? defaultPorts[target].https,
    http: ports?.http ?? defaultPorts[target].http,
    address: ports?.address ?? (isLoopback(host) ? "127.0.0.1" : "0.0.0.0"),
  };
}

/** Is the host one that leads to the reader's own machine only? */
function isLoopback(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || /^127\.[0-9.]+$/.test(host);
}

/** A route as the start of paths: without a slash at the end. */
function pathOf(route: string): string {
  return route === "/" ? "" : route;
}

function appWithDefaults(
  name: string,
  app: AppArgs,
  site: { host: string; own: string | undefined; https: number; appCount: number; target: Target },
): App {
  const host = site.own ?? site.host;
  const path = pathOf(app.route ?? defaultRoute(name, site.appCount));
  const formerPaths = (app.formerRoutes ?? []).map(pathOf);
  const streamlit = settings(app.streamlit ?? {});
  const volumes = Object.entries(app.volumes ?? {}).map(([volume, { path, shared = false }]) => ({
    name: volume,
    path,
    shared,
  }));
  const recreate = volumes.some(({ shared }) => !shared);
  return {
    name,
    source: app.source !== undefined ? { folder: app.source } : { image: app.image ?? "" },
    entry: app.entry ?? "streamlit_app.py",
    workingDir: app.workingDir ?? "/app",
    host,
    hasOwnHost: site.own !== undefined,
    origin: siteOrigin(host, site.https),
    authority: authorityOf(host, site.https),
    ...(site.own === undefined ? { path, formerPaths } : { path: "", formerPaths: [path, ...formerPaths] }),
    title: app.title ?? name,
    description: app.description,
    icon: app.icon ?? initial(app.title ?? name),
    replicas: app.replicas ?? app.autoscaling?.min ?? 1,
    autoscaling: app.autoscaling,
    drainTimeout: recreate ? 0 : inSeconds(app.drainTimeout ?? "1m"),
    minReadySeconds: app.minReadySeconds ?? 15,
    recreate,
    spot: app.spot ?? false,
    ...sizeWithDefaults(app.resources ?? {}, site.target),
    environment: app.environment ?? {},
    secrets: app.secrets ?? {},
    streamlit,
    maxUploadSize: Number(streamlit["server.maxUploadSize"] ?? defaultMaxUploadSize),
    egress: app.egress ?? false,
    egressTo: (app.egressTo ?? []).map(destination),
    volumes,
    embed: app.embed && {
      from: app.embed.from,
      crossSite: app.embed.from.some((origin) => !areSameSite(host, new URL(origin).hostname)),
    },
    forwardHeaders: app.forwardHeaders ?? [],
    allow: app.allow && {
      users: app.allow.users ?? [],
      emails: app.allow.emails ?? [],
      groups: app.allow.groups ?? [],
    },
  };
}

function sizeWithDefaults({ cpu, memory }: ResourcesArgs, target: Target): TaskSize {
  const given = {
    ...(cpu !== undefined && { cpu }),
    ...(memory !== undefined && { memory: inMebibytes(memory) }),
  };
  return target === "aws" ? fargateSize(given) : { cpu: 1, memory: 1024, ...given };
}

function settings(given: Record<string, unknown>): Record<string, StreamlitSetting> {
  return Object.fromEntries(
    Object.entries(given).map(([option, value]) => [option, streamlitSetting(value) as StreamlitSetting]),
  );
}

function usesGroups({ auth, apps }: SiteArgs): boolean {
  return auth.oidc?.allow?.groups !== undefined || Object.values(apps).some(({ allow }) => allow?.groups);
}

function oidcWithDefaults(oidc: OidcArgs, sessions: SessionsArgs, groups: boolean, target: Target): Oidc {
  const name = oidc.provider as OidcProviderName;
  const provider = oidcProviders[name];
  const issuer = oidc.issuer ?? provider.defaultIssuer;
  const signOut =
    oidc.endSessionEndpoint ?? (issuer === undefined ? undefined : provider.endSessionEndpoint?.(issuer));
  return {
    provider: name,
    issuer,
    clientId: oidc.clientId,
    clientSecret: oidc.clientSecret,
    scopes: oidc.scopes ?? [...provider.defaultScopes, ...(groups ? provider.groupsScopes : [])],
    groupsClaim: oidc.groupsClaim ?? "groups",
    allow: oidc.allow ?? {},
    bearer: oidc.bearer ?? false,
    audiences: oidc.audiences ?? [],
    // oauth2-proxy gives the provider's sign-out the ID token, which a cookie has no room for. A load balancer never has it.
    endSessionEndpoint: sessions.cookie && target !== "aws" ? undefined : signOut,
    caCertificate: oidc.caCertificate,
    network: oidc.network,
    endpoints: oidc.endpoints ?? (issuer === undefined ? undefined : provider.endpoints?.(issuer)),
    sessions: sessionsWithDefaults(sessions),
  };
}

function sessionsWithDefaults({ redis, cookie }: SessionsArgs): Sessions {
  const settings: RedisSessionsArgs = cookie ?? redis ?? {};
  return {
    store: cookie ? "cookie" : "redis",
    lifetime: inSeconds(settings.lifetime ?? defaultLifetime),
    refresh: cookie ? 0 : inSeconds(settings.refresh ?? defaultRefresh),
    checkInterval: inSeconds(settings.checkInterval ?? "5s"),
    connectionCheckInterval: inSeconds(settings.connectionCheckInterval ?? "30s"),
  };
}

/** From a spec as it was written to a site with every default filled in, or to one error that lists every fault. */
import type { Input } from "@pulumi/pulumi";
import type { z } from "zod";
import { type Fault, SiteSpecError } from "./errors";
import {
  type AllowArgs,
  type AppArgs,
  defaultImages,
  type ImagesArgs,
  type OidcArgs,
  type PortsArgs,
  type ProvidedCertificateArgs,
  type RedisSessionsArgs,
  type SessionsArgs,
  type SignInAllowArgs,
  type SiteArgs,
  type StreamlitSetting,
  type Target,
} from "./args";
import { inSeconds, type providers, siteSchema } from "./schema";
import { defaultMaxUploadSize, gatewaySettings, streamlitPathSegments } from "../streamlit/streamlit";

/** A spec that was checked, with every default filled in. */
export interface Site {
  host: string;
  /** What browsers send as `Origin`, and the start of every URL of the site: `https://host[:port]`. */
  origin: string;
  /** What browsers send as `Host`: the host, with the port unless that is 443. */
  authority: string;
  ports: Required<PortsArgs>;
  /** In the order of the spec. */
  apps: App[];
  auth: Auth;
  tls: { selfSigned: true } | { provided: ProvidedCertificateArgs };
  images: Required<ImagesArgs>;
}

/** An app of a checked spec. */
export interface App {
  name: string;
  /** Where the app comes from. */
  source: { folder: string } | { image: Input<string> };
  entry: string;
  workingDir: string;
  /** The path without a slash at the end: `""` for an app at `/`. */
  path: string;
  title: string;
  replicas: number;
  /** In seconds; 0 means not to wait. */
  drainTimeout: number;
  /** CPU cores. */
  cpu: number;
  /** Memory in MiB. */
  memory: number;
  environment: Record<string, Input<string>>;
  secrets: Record<string, Input<string>>;
  streamlit: Record<string, StreamlitSetting>;
  /** The largest upload in MB. */
  maxUploadSize: number;
  egress: boolean;
  /** Who may open the app; undefined when everyone who is signed in may. */
  allow: Required<AllowArgs> | undefined;
}

/** How people sign in to a checked site: one of the two. */
export type Auth = { basic: BasicAuth; oidc?: never } | { oidc: Oidc; basic?: never };

/** HTTP basic authentication of a checked spec. */
export interface BasicAuth {
  realm: string;
  users: Record<string, Input<string>>;
  generatedUsers: string[];
}

/** Sign-in by oauth2-proxy, of a checked spec. */
export interface Oidc {
  provider: (typeof providers)[number];
  issuer: string | undefined;
  clientId: Input<string>;
  clientSecret: Input<string>;
  scopes: string[];
  groupsClaim: string;
  allow: SignInAllowArgs;
  bearer: boolean;
  audiences: string[];
  endSessionEndpoint: string | undefined;
  caCertificate: Input<string> | undefined;
  network: Input<string> | undefined;
  sessions: Sessions;
}

/** Where sessions are kept and for how long; durations in seconds. */
export interface Sessions {
  store: "redis" | "cookie";
  lifetime: number;
  /** 0: the provider is never asked again. */
  refresh: number;
  /** 0: every request is checked. */
  checkInterval: number;
  connectionCheckInterval: number;
}

/**
 * Check a spec and fill in its defaults.
 *
 * @param args the spec as it was written, also when it comes from configuration and its type is only a promise
 * @param target where it is to be deployed: what that target cannot give is a fault
 * @param moreFaults faults that the caller found by other means, to be listed with the rest
 * @throws {@link SiteSpecError} with every fault
 * @example
 * ```ts
 * const site = checkSite({ host: "localhost", apps: { hello: { source: "hello" } }, auth: { basic: { generatedUsers: ["demo"] } } }, "docker");
 * ```
 */
export function checkSite(args: SiteArgs, target: Target, moreFaults: readonly Fault[] = []): Site {
  const parsed = siteSchema.safeParse(args, { reportInput: true });
  const shapeFaults = parsed.success ? [] : parsed.error.issues.flatMap(toFaults);
  const faults = [...shapeFaults, ...ruleFaults(args, target, shapeFaults), ...moreFaults];
  if (faults.length > 0) throw new SiteSpecError(faults);
  return withDefaults(args);
}

function toFaults(issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.join(".");
  const here = path || "(the spec)";
  const at = (key: string): string => (path === "" ? key : `${path}.${key}`);
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ path: at(key), message: "is no field of the spec" }));
  if (issue.code === "invalid_type" && issue.input === undefined)
    return [{ path: here, message: `must be set (${issue.expected})` }];
  return [{ path: here, message: readable(issue) }];
}

function readable(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type" && issue.message.startsWith("Invalid input"))
    return `must be ${/^[aeiou]/.test(issue.expected) ? "an" : "a"} ${issue.expected}`;
  if (issue.code === "not_multiple_of") return `must be a multiple of ${issue.divisor}`;
  return issue.message;
}

/** First path segments that belong to the gateway, on every site. */
const pathsOfTheGateway = ["_gateway", "healthz", "oauth2", ".well-known"];

/** Rules between fields, and what the target cannot give. Nothing here relies on the shape being right. */
function ruleFaults(args: SiteArgs, target: Target, known: readonly Fault[]): Fault[] {
  const faults: Fault[] = [];
  const fault = (path: string, message: string): void => {
    // One fault a field: a rule about a field whose shape is already wrong would only repeat it.
    if (!known.some((other) => other.path === path)) faults.push({ path, message });
  };
  const notYet = `not available on ${target} yet`;
  const spec = asObject(args);
  const apps = Object.entries(asObject(spec.apps)).map(([name, app]) => ({
    name,
    app: asObject(app),
  }));

  if (spec.apps !== undefined && apps.length === 0) fault("apps", "needs at least one app");
  authFaults(asObject(spec.auth), spec.auth !== undefined, fault, notYet);
  oidcFaults(spec, apps, fault);
  const auth = asObject(spec.auth);
  const { realm = spec.host } = asObject(auth.basic);
  // nginx reads `auth_basic "off"` as: ask nobody for a password.
  if (realm === "off") fault("auth.basic.realm", "must not be off, which would switch the sign-in off");
  sessionsFaults(asObject(spec.sessions), spec.sessions !== undefined, auth, fault);
  tlsFaults(asObject(spec.tls), spec.tls !== undefined, fault, notYet);

  const ports = asObject(spec.ports) as PortsArgs;
  if ((ports.https ?? defaultPorts.https) === (ports.http ?? defaultPorts.http))
    fault("ports", "https and http must differ");

  const basic = asObject(auth.basic) as { users?: object; generatedUsers?: unknown[] };
  const userNames = new Set([...Object.keys(asObject(basic.users)), ...asArray(basic.generatedUsers)]);
  for (const { name, app } of apps) {
    appFaults(name, app, fault);
    guestListFaults(`apps.${name}.allow`, app.allow as AllowArgs | undefined, auth, userNames, fault);
  }
  routeFaults(apps, fault);
  return faults;
}

type Report = (path: string, message: string) => void;

function authFaults(auth: Record<string, unknown>, given: boolean, fault: Report, notYet: string): void {
  const kinds = Object.keys(auth).filter((kind) => auth[kind] !== undefined);
  if (given && kinds.length !== 1)
    fault(
      "auth",
      `must have exactly one of basic, oidc, accounts, cognito${kinds.length > 1 ? `, not ${kinds.join(" and ")}` : ""}`,
    );
  if (auth.accounts !== undefined) fault("auth.accounts", notYet);
  if (auth.cognito !== undefined) fault("auth.cognito", "only available on aws");

  if (auth.basic === undefined) return;
  const { users, generatedUsers } = asObject(auth.basic) as { users?: object; generatedUsers?: unknown[] };
  const named = Object.keys(asObject(users));
  const generated = asArray(generatedUsers);
  if (named.length + generated.length === 0)
    fault("auth.basic", "needs at least one user in users or generatedUsers");
  generated.forEach((name, index) => {
    if (typeof name !== "string") return;
    if (generated.indexOf(name) < index)
      fault(`auth.basic.generatedUsers.${index}`, `${name} is listed twice`);
    else if (named.includes(name))
      fault(`auth.basic.generatedUsers.${index}`, `${name} already has a password in auth.basic.users`);
  });
}

function tlsFaults(tls: Record<string, unknown>, given: boolean, fault: Report, notYet: string): void {
  const kinds = Object.keys(tls).filter((kind) => tls[kind] !== undefined);
  if (given && kinds.length !== 1)
    fault(
      "tls",
      `must have exactly one of selfSigned, provided, acm, certManager, acme${kinds.length > 1 ? `, not ${kinds.join(" and ")}` : ""}`,
    );
  if (tls.acm !== undefined) fault("tls.acm", "only available on aws");
  if (tls.certManager !== undefined) fault("tls.certManager", "only available on kubernetes");
  if (tls.acme !== undefined) fault("tls.acme", notYet);
}

function appFaults(name: string, app: AppArgs, fault: Report): void {
  const at = `apps.${name}`;
  if (["gateway", "oauth2-proxy", "redis"].includes(name))
    fault(at, `is the name of the site's own ${name}: an app needs another`);

  if ((app.source === undefined) === (app.image === undefined))
    fault(at, "must have exactly one of source and image");
  if (app.entry !== undefined && app.image !== undefined)
    fault(`${at}.entry`, "goes with source: an image brings its own command");
  if (app.autoscaling !== undefined)
    fault(`${at}.autoscaling`, "not available on docker, which cannot scale by itself");
  const { memory } = asObject(app.resources);
  if (typeof memory === "string" && memoryInMiB(memory) < 128)
    fault(`${at}.resources.memory`, "must be at least 128Mi: Streamlit itself needs as much");

  for (const option of Object.keys(asObject(app.streamlit)))
    for (const [taken, reason] of Object.entries(gatewaySettings))
      // A name below it would be a key in its table: one more trusted header, for instance.
      if (option === taken || option.startsWith(`${taken}.`))
        fault(`${at}.streamlit.${option}`, `is set by the gateway: ${reason}`);
  const size = asObject(app.streamlit)["server.maxUploadSize"];
  if (
    size !== undefined &&
    !(typeof size === "number" && Number.isInteger(size) && size >= 1 && size <= 10_000)
  )
    fault(`${at}.streamlit.server.maxUploadSize`, "must be a whole number of MB, 1–10000");
  for (const variable of Object.keys(asObject(app.environment)))
    if (/^STREAMLIT_/i.test(variable))
      fault(
        `${at}.environment.${variable}`,
        "Streamlit's settings belong in `streamlit`, where those of the gateway cannot be overridden",
      );
}

function guestListFaults(
  at: string,
  allow: AllowArgs | undefined,
  auth: Record<string, unknown>,
  users: ReadonlySet<unknown>,
  fault: Report,
): void {
  if (allow === undefined) return;
  const { users: guests, emails, groups } = asObject(allow) as AllowArgs;
  if (guests === undefined && emails === undefined && groups === undefined)
    fault(at, "must list users, emails or groups; leave allow out to let in everyone who is signed in");
  if (auth.basic !== undefined) {
    if (emails !== undefined) fault(`${at}.emails`, "needs auth.oidc: with auth.basic use allow.users");
    if (groups !== undefined) fault(`${at}.groups`, "needs auth.oidc: with auth.basic use allow.users");
    asArray(guests).forEach((guest, index) => {
      if (typeof guest === "string" && !users.has(guest))
        fault(`${at}.users.${index}`, `${guest} is no user of auth.basic`);
    });
  }
  if (groups !== undefined && asObject(auth.oidc).provider === "google")
    fault(`${at}.groups`, noGoogleGroups);
}

const noGoogleGroups =
  "google tells no groups: list emails, or use the organisation's own OpenID Connect provider";

/** Hosts of issuers where anybody in the world has an account, or can make one. */
const openHosts = ["accounts.google.com", "appleid.apple.com", "gitlab.com"];

const microsoftHost = "login.microsoftonline.com";
/** The tenant of everybody who has a Microsoft account of their own. */
const microsoftConsumers = "9188040d-6c67-4c5b-b112-36a304b66dad";

/** Can anybody in the world have an account at a provider? */
function isOpenToAnybody({ provider, issuer }: Record<string, unknown>): boolean {
  if (provider === "google" || provider === "github") return true;
  if (issuer === undefined) return provider === "gitlab";
  const { hostname, pathname } = urlOf(issuer);
  if (openHosts.includes(hostname)) return true;
  if (hostname !== microsoftHost) return false;
  // With entra-id, what is no tenant is a fault in itself.
  return pathname.includes(microsoftConsumers) || (provider !== "entra-id" && !tenantPath.test(pathname));
}

function urlOf(value: unknown): { hostname: string; pathname: string } {
  return typeof value === "string" && URL.canParse(value) ? new URL(value) : { hostname: "", pathname: "" };
}

const gitlabIssuer = "https://gitlab.com";

const tenantPath = /^\/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\/v2\.0$/;
/** Is it the issuer of one tenant, by its id, as Microsoft names it itself and oauth2-proxy takes it (`providers/ms_entra_id.go`)? */
function isEntraTenant(issuer: string): boolean {
  const { pathname } = urlOf(issuer);
  return issuer === `https://${microsoftHost}${pathname}` && tenantPath.test(pathname);
}

/** Why a provider's tokens cannot let programs in. */
const tokenFaults: Record<string, string> = {
  github: ", whose tokens are no JWTs",
  google: ": oauth2-proxy cannot check its tokens",
  gitlab: ": a CI job of anybody's gets a token that looks like one of its people's",
};

function oidcFaults(
  spec: Record<string, unknown>,
  apps: { name: string; app: AppArgs }[],
  fault: Report,
): void {
  const { oidc: given } = asObject(spec.auth);
  if (given === undefined) return;
  const oidc = asObject(given);
  const { provider, issuer } = oidc;
  const allow = asObject(oidc.allow) as SignInAllowArgs;
  const at = (field: string, message: string): void => {
    fault(`auth.oidc.${field}`, message);
  };

  if ((provider === "github" || provider === "google") && issuer !== undefined)
    at("issuer", `must not be set: ${provider} has no other`);
  if (
    (provider === "oidc" || provider === "keycloak-oidc" || provider === "entra-id") &&
    issuer === undefined
  )
    at("issuer", `must be set with ${provider}`);
  if (provider === "keycloak-oidc" && typeof issuer === "string" && !/\/realms\/[^/]+$/.test(issuer))
    at("issuer", "must name a realm: https://<server>/realms/<realm>");
  if (provider === "entra-id" && typeof issuer === "string" && !isEntraTenant(issuer))
    at(
      "issuer",
      "must name one tenant by its id: https://login.microsoftonline.com/<tenant id>/v2.0 (common and the like are anybody's)",
    );

  if (
    isOpenToAnybody(oidc) &&
    Object.values(allow).every((list) => asArray(list).length === 0 && typeof list !== "string")
  )
    if (apps.some(({ app }) => app.allow === undefined))
      at(
        "allow",
        `must say who may sign in, unless every app has a guest list: anybody can have an account at ${urlOf(issuer).hostname || String(provider)}`,
      );
  if (oidc.allow !== undefined)
    for (const [field, list] of Object.entries(allow))
      if (Array.isArray(list) && list.length === 0)
        at(`allow.${field}`, "must not be empty: leave it out, or list who may sign in");
  if (oidc.allow !== undefined && Object.values(allow).every((list) => list === undefined))
    at("allow", "must say who may sign in; leave it out to let in everybody that the provider knows");
  for (const field of ["githubOrg", "githubTeams"] as const)
    if (allow[field] !== undefined && provider !== "github") at(`allow.${field}`, "needs provider: github");
  if (allow.githubTeams !== undefined && allow.githubOrg === undefined)
    at("allow.githubTeams", "needs allow.githubOrg");
  if (allow.groups !== undefined && provider === "google") at("allow.groups", noGoogleGroups);
  if (allow.groups !== undefined && provider === "github")
    at("allow.groups", "with github use allow.githubOrg and allow.githubTeams");

  const tokensOf = urlOf(issuer).hostname === urlOf(gitlabIssuer).hostname ? "gitlab" : String(provider);
  const withoutTokens = tokenFaults[tokensOf];
  if (oidc.bearer === true && withoutTokens !== undefined)
    at("bearer", `not available with ${tokensOf}${withoutTokens}`);
  if (oidc.audiences !== undefined && oidc.bearer !== true) at("audiences", "needs bearer: true");
  if (
    oidc.groupsClaim !== undefined &&
    (provider === "github" || provider === "google" || provider === "gitlab")
  )
    at("groupsClaim", `must not be set: groups of ${provider} come from no claim of the ID token`);
  if (oidc.scopes !== undefined && provider !== "github" && !asArray(oidc.scopes).includes("openid"))
    at("scopes", "must include openid");
  if (oidc.endSessionEndpoint !== undefined && asObject(spec.sessions).cookie !== undefined)
    at("endSessionEndpoint", "needs sessions.redis, which keeps the ID token that goes with it");
}

function sessionsFaults(
  sessions: Record<string, unknown>,
  given: boolean,
  auth: Record<string, unknown>,
  fault: Report,
): void {
  if (!given) return;
  if (auth.oidc === undefined) {
    fault("sessions", "needs auth.oidc: with auth.basic there are none");
    return;
  }
  const kinds = Object.keys(sessions).filter((kind) => sessions[kind] !== undefined);
  if (kinds.length !== 1)
    fault("sessions", `must have exactly one of redis, cookie${kinds.length > 1 ? ", not both" : ""}`);
  const { lifetime = defaultLifetime, refresh = defaultRefresh } = asObject(sessions.redis);
  if (
    typeof lifetime === "string" &&
    typeof refresh === "string" &&
    inSeconds(refresh) > 0 &&
    inSeconds(lifetime) <= inSeconds(refresh)
  )
    fault("sessions.redis.lifetime", `must be longer than refresh, which is ${refresh}`);
}

function routeFaults(apps: { name: string; app: AppArgs }[], fault: Report): void {
  const routes = apps
    .map(({ name, app }) => ({ name, route: routeOf(name, app, apps.length) }))
    .filter((route): route is { name: string; route: string } => typeof route.route === "string");
  for (const { name, route } of routes) {
    const at = `apps.${name}.route`;
    const first = route.split("/")[1] ?? "";
    if (pathsOfTheGateway.includes(first)) fault(at, `/${first} is the gateway's own path`);
    for (const other of routes) {
      if (other.name === name) continue;
      if (other.route === route && other.name < name)
        fault(at, `${route} is already the route of apps.${other.name}`);
      else if (other.route === "/" && streamlitPathSegments.includes(first))
        fault(at, `/${first} is a path of Streamlit itself, which apps.${other.name} serves at /`);
      else if (other.route !== "/" && route.startsWith(`${other.route}/`))
        fault(
          at,
          `${route} lies below ${other.route}, the route of apps.${other.name}, and would hide pages of it`,
        );
    }
  }
}

const defaultLifetime = "12h";
const defaultRefresh = "5m";
const defaultPorts = { https: 8443, http: 8080 };

function routeOf(name: string, app: AppArgs, appCount: number): string {
  return app.route ?? (appCount === 1 ? "/" : `/${name}`);
}

function memoryInMiB(memory: string): number {
  return Number.parseInt(memory) * (memory.endsWith("Gi") ? 1024 : 1);
}

/** Is the host one that leads to the reader's own machine only? */
function isLoopback(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || /^127\.[0-9.]+$/.test(host);
}

function withDefaults(args: SiteArgs): Site {
  const { host, apps, auth, tls, ports } = args;
  const https = ports?.https ?? defaultPorts.https;
  const authority = https === 443 ? host : `${host}:${https}`;
  return {
    host,
    origin: `https://${authority}`,
    authority,
    ports: {
      https,
      http: ports?.http ?? defaultPorts.http,
      address: ports?.address ?? (isLoopback(host) ? "127.0.0.1" : "0.0.0.0"),
    },
    apps: Object.entries(apps).map(([name, app]) => appWithDefaults(name, app, Object.keys(apps).length)),
    auth: auth.oidc
      ? { oidc: oidcWithDefaults(auth.oidc, args.sessions ?? {}, usesGroups(args)) }
      : {
          basic: {
            realm: auth.basic?.realm ?? host,
            users: auth.basic?.users ?? {},
            generatedUsers: auth.basic?.generatedUsers ?? [],
          },
        },
    tls: tls?.provided ? { provided: tls.provided } : { selfSigned: true },
    images: { ...defaultImages, ...args.images },
  };
}

function appWithDefaults(name: string, app: AppArgs, appCount: number): App {
  const route = routeOf(name, app, appCount);
  const streamlit = app.streamlit ?? {};
  return {
    name,
    source: app.source !== undefined ? { folder: app.source } : { image: app.image ?? "" },
    entry: app.entry ?? "streamlit_app.py",
    workingDir: app.workingDir ?? "/app",
    path: route === "/" ? "" : route,
    title: app.title ?? name,
    replicas: app.replicas ?? 1,
    drainTimeout: inSeconds(app.drainTimeout ?? "1m"),
    cpu: app.resources?.cpu ?? 1,
    memory: memoryInMiB(app.resources?.memory ?? "1Gi"),
    environment: app.environment ?? {},
    secrets: app.secrets ?? {},
    streamlit,
    maxUploadSize: Number(streamlit["server.maxUploadSize"] ?? defaultMaxUploadSize),
    egress: app.egress ?? false,
    allow: app.allow && {
      users: app.allow.users ?? [],
      emails: app.allow.emails ?? [],
      groups: app.allow.groups ?? [],
    },
  };
}

const defaultScopes: Record<Oidc["provider"], string[]> = {
  oidc: ["openid", "email", "profile", "offline_access"],
  google: ["openid", "email", "profile"],
  github: ["user:email", "read:org"],
  gitlab: ["openid", "email", "profile"],
  "entra-id": ["openid", "email", "profile", "offline_access"],
  "keycloak-oidc": ["openid", "email", "profile"],
};

/** Where the session at the provider is ended, with the providers that have it at a known place. */
function endSessionEndpoint(provider: Oidc["provider"], issuer = ""): string | undefined {
  if (provider === "keycloak-oidc") return `${issuer}/protocol/openid-connect/logout`;
  if (provider === "entra-id") return `${issuer.replace(/\/v2\.0$/, "")}/oauth2/v2.0/logout`;
  return undefined;
}

function usesGroups({ auth, apps }: SiteArgs): boolean {
  return auth.oidc?.allow?.groups !== undefined || Object.values(apps).some(({ allow }) => allow?.groups);
}

function oidcWithDefaults(oidc: OidcArgs, sessions: SessionsArgs, groups: boolean): Oidc {
  const provider = oidc.provider as Oidc["provider"];
  const issuer = oidc.issuer ?? (provider === "gitlab" ? gitlabIssuer : undefined);
  const store = sessions.cookie ? "cookie" : "redis";
  const settings: RedisSessionsArgs = sessions.cookie ?? sessions.redis ?? {};
  return {
    provider,
    issuer,
    clientId: oidc.clientId,
    clientSecret: oidc.clientSecret,
    scopes: oidc.scopes ?? [...defaultScopes[provider], ...(provider === "oidc" && groups ? ["groups"] : [])],
    groupsClaim: oidc.groupsClaim ?? "groups",
    allow: oidc.allow ?? {},
    bearer: oidc.bearer ?? false,
    audiences: oidc.audiences ?? [],
    // The address wants the ID token, which a cookie has no room for.
    endSessionEndpoint:
      store === "redis" ? (oidc.endSessionEndpoint ?? endSessionEndpoint(provider, issuer)) : undefined,
    caCertificate: oidc.caCertificate,
    network: oidc.network,
    sessions: {
      store,
      lifetime: inSeconds(settings.lifetime ?? defaultLifetime),
      refresh: store === "redis" ? inSeconds(settings.refresh ?? defaultRefresh) : 0,
      checkInterval: inSeconds(settings.checkInterval ?? "5s"),
      connectionCheckInterval: inSeconds(settings.connectionCheckInterval ?? "30s"),
    },
  };
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

function asArray(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

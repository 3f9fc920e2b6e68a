/** What goes together in `auth.oidc`, by what is known of the provider. */
import type { Target } from "../capabilities";
import type { Fault } from "../errors";
import { type OidcProvider, oidcProvider, oidcProviders, openIssuerHosts } from "../oidc-providers";
import { asArray, asObject, type UncheckedSpec } from "./unchecked";

/**
 * The faults between the fields of `auth.oidc`, and with guest lists and sessions.
 *
 * @param spec the spec as it was written
 */
export function* oidcFaults({ site, apps, auth, target }: UncheckedSpec): Generator<Fault> {
  if (auth.oidc === undefined) return;
  const oidc = asObject(auth.oidc);
  const provider = oidcProvider(oidc.provider);
  yield* issuerFaults(oidc, provider);
  yield* openFaults(
    oidc,
    provider,
    apps.every(({ app }) => app.allow !== undefined),
    target,
  );
  yield* allowFaults(oidc, provider);
  yield* tokenFaults(oidc, provider);
  if (
    target !== "aws" &&
    oidc.endSessionEndpoint !== undefined &&
    asObject(site.sessions).cookie !== undefined
  )
    yield {
      path: "auth.oidc.endSessionEndpoint",
      message: "needs sessions.redis, which keeps the ID token that goes with it",
    };
}

type Oidc = Record<string, unknown>;

function* issuerFaults({ provider: name, issuer }: Oidc, provider?: OidcProvider): Generator<Fault> {
  const path = "auth.oidc.issuer";
  if (provider?.issuer === "fixed" && issuer !== undefined)
    yield { path, message: `must not be set: ${String(name)} has no other` };
  if (provider?.issuer === "required" && issuer === undefined)
    yield { path, message: `must be set with ${String(name)}` };
  if (provider !== undefined && hasWrongForm(issuer, provider))
    yield { path, message: provider.issuerForm?.message ?? "" };
}

function hasWrongForm(issuer: unknown, { issuerForm }: OidcProvider): boolean {
  return typeof issuer === "string" && issuerForm !== undefined && !issuerForm.pattern.test(issuer);
}

function* openFaults(
  oidc: Oidc,
  provider: OidcProvider | undefined,
  allHaveLists: boolean,
  target: Target,
): Generator<Fault> {
  if (provider === undefined || !isOpenToAnybody(oidc.issuer, provider)) return;
  if (target === "aws") {
    yield {
      path: "auth.oidc.provider",
      message:
        "must be one where not anybody can have an account on aws, whose load balancer cannot limit sign-in: use auth.cognito with federation and allow",
    };
    return;
  }
  if (allHaveLists) return;
  const limits = Object.values(asObject(oidc.allow));
  if (limits.some((limit) => asArray(limit).length > 0 || typeof limit === "string")) return;
  const place = urlOf(oidc.issuer).hostname || String(oidc.provider);
  yield {
    path: "auth.oidc.allow",
    message: `must limit sign-in, unless every app has a guest list: anybody can have an account at ${place}`,
  };
}

/** Can anybody in the world have an account at the provider? */
function isOpenToAnybody(issuer: unknown, provider: OidcProvider): boolean {
  if (provider.openToAnybody) return true;
  // What is no issuer of this kind is a fault in itself.
  if (hasWrongForm(issuer, provider)) return false;
  const { hostname, pathname } = urlOf(issuer ?? provider.defaultIssuer);
  if (!Object.hasOwn(openIssuerHosts, hostname)) return false;
  return openIssuerHosts[hostname]?.closedPath?.test(pathname) !== true;
}

function* allowFaults(oidc: Oidc, provider?: OidcProvider): Generator<Fault> {
  if (oidc.allow === undefined) return;
  const path = "auth.oidc.allow";
  const allow = asObject(oidc.allow);
  for (const [field, list] of Object.entries(allow))
    if (Array.isArray(list) && list.length === 0)
      yield { path: `${path}.${field}`, message: "must not be empty: list at least one, or leave it out" };
  if (Object.values(allow).every((limit) => limit === undefined))
    yield {
      path,
      message:
        "must have at least one of emailDomains, emails, groups, githubOrg; leave it out to let in everybody that the provider knows",
    };
  for (const field of ["githubOrg", "githubTeams"])
    if (allow[field] !== undefined && provider?.organisations !== true)
      yield { path: `${path}.${field}`, message: `needs provider: ${withOrganisations}` };
  if (allow.githubTeams !== undefined && allow.githubOrg === undefined)
    yield { path: `${path}.githubTeams`, message: "needs allow.githubOrg" };
  if (allow.groups !== undefined && provider?.noGroupsAtSignIn !== undefined)
    yield { path: `${path}.groups`, message: provider.noGroupsAtSignIn };
}

const withOrganisations = Object.entries(oidcProviders)
  .filter(([, { organisations }]) => organisations)
  .map(([name]) => name)
  .join(" or ");

function* tokenFaults(oidc: Oidc, provider?: OidcProvider): Generator<Fault> {
  const at = (field: string, message: string): Fault => ({ path: `auth.oidc.${field}`, message });
  const [name, issuedBy] = providerOfIssuer(oidc.issuer) ?? [String(oidc.provider), provider];
  if (oidc.bearer === true && issuedBy?.noBearer !== undefined)
    yield at("bearer", `not available with ${name}${issuedBy.noBearer}`);
  if (oidc.audiences !== undefined && oidc.bearer !== true) yield at("audiences", "needs bearer: true");
  if (oidc.groupsClaim !== undefined && provider?.groupsFromClaim === false)
    yield at(
      "groupsClaim",
      `must not be set: groups of ${String(oidc.provider)} come from no claim of the ID token`,
    );
  if (oidc.scopes !== undefined)
    for (const scope of provider?.requiredScopes ?? [])
      if (!asArray(oidc.scopes).includes(scope)) yield at("scopes", `must include ${scope}`);
}

/** The kind of provider whose own issuer it is, also where it is used as one of another kind. */
function providerOfIssuer(issuer: unknown): [string, OidcProvider] | undefined {
  const { hostname } = urlOf(issuer);
  return Object.entries(oidcProviders).find(
    ([, { defaultIssuer }]) => defaultIssuer !== undefined && urlOf(defaultIssuer).hostname === hostname,
  );
}

function urlOf(value: unknown): { hostname: string; pathname: string } {
  return typeof value === "string" && URL.canParse(value) ? new URL(value) : { hostname: "", pathname: "" };
}

/** What is known of the kinds of OpenID Connect providers. Rules and defaults read it here and name no provider themselves. */

/** A kind of provider that `auth.oidc.provider` can name. */
export interface OidcProvider {
  /** Does the spec name the issuer: it must, it may (see `defaultIssuer`), or there is no other than the provider's own? */
  issuer: "required" | "optional" | "fixed";
  /** The issuer when the spec names none. */
  defaultIssuer?: string;
  /** What the issuer has to look like beyond an https URL, and what is said of one that does not. */
  issuerForm?: { pattern: RegExp; message: string };
  /** Can anybody in the world have an account there, whatever the issuer? See {@link openIssuerHosts} for the others. */
  openToAnybody: boolean;
  /** Do groups come from a claim of the ID token, so that the spec can say which? */
  groupsFromClaim: boolean;
  /** Why there can be no groups among those who may sign in (`auth.oidc.allow.groups`). @default there can be */
  noGroupsAtSignIn?: string;
  /** Why there can be no groups on the guest list of an app (`apps.*.allow.groups`). @default there can be */
  noGroupsOnGuestLists?: string;
  /** Has it organisations with teams (`auth.oidc.allow.githubOrg` and `githubTeams`)? */
  organisations: boolean;
  /** Why its tokens cannot let programs in, as it follows on the provider's name (`auth.oidc.bearer`). @default they can */
  noBearer?: string;
  /** What it is asked to tell unless the spec says so. */
  defaultScopes: readonly string[];
  /** What it is asked for on top of that where a guest list, or the list for sign-in, has groups. */
  groupsScopes: readonly string[];
  /** Scopes without which there is no sign-in. */
  requiredScopes: readonly string[];
  /** Where the session at the provider is ended. @default it is at no known place */
  endSessionEndpoint?: (issuer: string) => string;
  /** Where it answers, for a load balancer, which does not ask the issuer. @default that follows from no issuer */
  endpoints?: (issuer: string) => ProviderEndpoints;
}

/** Where a provider answers, by what its discovery document calls them. */
export interface ProviderEndpoints {
  /** `authorization_endpoint` */
  authorization: string;
  /** `token_endpoint` */
  token: string;
  /** `userinfo_endpoint` */
  userInfo: string;
  /** `jwks_uri` */
  jwks: string;
}

const openid = { requiredScopes: ["openid"], groupsScopes: [] as string[], organisations: false } as const;
const profile = ["openid", "email", "profile"] as const;
const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

const noGoogleGroups =
  "google tells no groups: list emails, or use the organisation's own OpenID Connect provider";

const providers = {
  oidc: {
    ...openid,
    issuer: "required",
    openToAnybody: false,
    groupsFromClaim: true,
    defaultScopes: [...profile, "offline_access"],
    groupsScopes: ["groups"],
  },
  google: {
    ...openid,
    issuer: "fixed",
    openToAnybody: true,
    groupsFromClaim: false,
    noGroupsAtSignIn: noGoogleGroups,
    noGroupsOnGuestLists: noGoogleGroups,
    noBearer: ": oauth2-proxy cannot check its tokens",
    defaultScopes: profile,
  },
  github: {
    issuer: "fixed",
    openToAnybody: true,
    groupsFromClaim: false,
    noGroupsAtSignIn: "with github use allow.githubOrg and allow.githubTeams",
    organisations: true,
    noBearer: ", whose tokens are no JWTs",
    defaultScopes: ["user:email", "read:org"],
    groupsScopes: [],
    requiredScopes: [],
  },
  gitlab: {
    ...openid,
    issuer: "optional",
    defaultIssuer: "https://gitlab.com",
    // gitlab.com is among the open hosts; a GitLab of one's own is not open.
    openToAnybody: false,
    groupsFromClaim: false,
    noBearer: ": a CI job of anybody's gets a token that looks like one of its people's",
    defaultScopes: profile,
    endpoints: (issuer) => ({
      authorization: `${issuer}/oauth/authorize`,
      token: `${issuer}/oauth/token`,
      userInfo: `${issuer}/oauth/userinfo`,
      jwks: `${issuer}/oauth/discovery/keys`,
    }),
  },
  "entra-id": {
    ...openid,
    issuer: "required",
    // The issuer of one tenant, by its id, as Microsoft names it itself and oauth2-proxy takes it (`providers/ms_entra_id.go`).
    issuerForm: {
      pattern: new RegExp(`^https://login\\.microsoftonline\\.com/${uuid}/v2\\.0$`),
      message:
        "must name one tenant by its id: https://login.microsoftonline.com/<tenant id>/v2.0 (common and the like are anybody's)",
    },
    openToAnybody: false,
    groupsFromClaim: true,
    defaultScopes: [...profile, "offline_access"],
    endSessionEndpoint: (issuer) => `${issuer.replace(/\/v2\.0$/, "")}/oauth2/v2.0/logout`,
    endpoints: (issuer) => {
      const tenant = issuer.replace(/\/v2\.0$/, "");
      return {
        authorization: `${tenant}/oauth2/v2.0/authorize`,
        token: `${tenant}/oauth2/v2.0/token`,
        userInfo: "https://graph.microsoft.com/oidc/userinfo",
        jwks: `${tenant}/discovery/v2.0/keys`,
      };
    },
  },
  "keycloak-oidc": {
    ...openid,
    issuer: "required",
    issuerForm: {
      pattern: /\/realms\/[^/]+$/,
      message: "must name a realm: https://<server>/realms/<realm>",
    },
    openToAnybody: false,
    groupsFromClaim: true,
    defaultScopes: profile,
    endSessionEndpoint: (issuer) => `${issuer}/protocol/openid-connect/logout`,
    endpoints: (issuer) => ({
      authorization: `${issuer}/protocol/openid-connect/auth`,
      token: `${issuer}/protocol/openid-connect/token`,
      userInfo: `${issuer}/protocol/openid-connect/userinfo`,
      jwks: `${issuer}/protocol/openid-connect/certs`,
    }),
  },
} as const satisfies Record<string, OidcProvider>;

/** The name of a kind of provider, which is oauth2-proxy's. */
export type OidcProviderName = keyof typeof providers;

/** Every kind of provider by its name. */
export const oidcProviders: Readonly<Record<OidcProviderName, OidcProvider>> = providers;

/** The names of the kinds of providers. */
export const oidcProviderNames = Object.keys(providers) as OidcProviderName[];

/**
 * The kind of provider of a name.
 *
 * @param name any value
 * @returns undefined when it names none
 */
export function oidcProvider(name: unknown): OidcProvider | undefined {
  return typeof name === "string" && Object.hasOwn(oidcProviders, name)
    ? oidcProviders[name as OidcProviderName]
    : undefined;
}

/** The tenant of everybody who has a Microsoft account of their own. */
const microsoftConsumers = "9188040d-6c67-4c5b-b112-36a304b66dad";

/**
 * Hosts of issuers where anybody in the world has an account, or can make one, with whatever kind of provider they are
 * used. `closedPath` matches the paths of those issuers that are one organisation's alone.
 */
export const openIssuerHosts: Readonly<Record<string, { closedPath?: RegExp }>> = {
  "accounts.google.com": {},
  "appleid.apple.com": {},
  "gitlab.com": {},
  "login.microsoftonline.com": {
    closedPath: new RegExp(`^/(?!${microsoftConsumers}/)${uuid}/v2\\.0$`),
  },
};

/** What oauth2-proxy is told, as far as the text shows it; test/contract starts the real one with it. */
import { provided } from "../../certificates";
import * as fc from "fast-check";
import { parse } from "smol-toml";
import { oauth2ProxyConfig } from "../../../../components/gateway/oidc/oauth2-proxy";
import type { OidcArgs, SiteArgs } from "../../../../components/spec/args";
import { checkSite } from "../../../../components/spec/check";
import type { Oidc, Site } from "../../../../components/spec/site";
import { validOidcSpec } from "../../oidc-arbitraries";

const platform = {
  configFolder: "/etc/oauth2-proxy",
  trustedProxies: ["172.30.0.0/24", "fd00::/64"],
  redisHost: "redis",
};
const values = { clientId: 'the client "id"', redisPassword: "secret of redis" };

function config(spec: SiteArgs): { options: Record<string, unknown>; site: Site; oidc: Oidc } {
  const site = checkSite(spec, "docker");
  const { oidc } = site.auth;
  if (oidc === undefined) throw new Error("no auth.oidc");
  return { options: parse(oauth2ProxyConfig(site, oidc, platform, values)), site, oidc };
}

function spec(own: Partial<OidcArgs> = {}, rest: Partial<SiteArgs> = {}): SiteArgs {
  const client = { clientId: "site", clientSecret: "secret of the client" };
  return {
    host: "site.example.com",
    apps: { sales: { source: "a" } },
    auth: { oidc: { provider: "oidc", issuer: "https://id.example.com", ...client, ...own } },
    ...rest,
  };
}

/** Run a check for any valid spec. */
function forAny(check: (found: ReturnType<typeof config>) => void): void {
  fc.assert(
    fc.property(validOidcSpec, (spec) => {
      check(config(spec));
    }),
    { numRuns: 40 },
  );
}

describe("the configuration of any valid spec", () => {
  it("signs in safely", () => {
    forAny(({ options, site, oidc }) => {
      expect(options).toMatchObject({
        provider: oidc.provider,
        client_id: values.clientId,
        redirect_url: `${site.origin}/oauth2/callback`,
        code_challenge_method: "S256",
        // By default it does not look at the nonce.
        insecure_oidc_skip_nonce: false,
        scope: oidc.scopes.join(" "),
        skip_jwt_bearer_tokens: oidc.bearer,
      });
      expect(options.oidc_issuer_url).toBe(oidc.issuer);
      expect(options.oidc_extra_audiences ?? []).toEqual(oidc.audiences);
    });
  });

  it("has no way round, and takes a client's address from the gateway only", () => {
    forAny(({ options }) => {
      for (const option of Object.keys(options)) {
        expect(option).not.toMatch(
          /^(skip_auth|api_route|trusted_ip|ping_user_agent|gcp_healthchecks|htpasswd|ssl_)/,
        );
        if (/insecure|skip/.test(option))
          expect(["insecure_oidc_skip_nonce", "skip_jwt_bearer_tokens", "skip_provider_button"]).toContain(
            option,
          );
        // Nothing that tells an app a token, nor an upstream of its own.
        expect(option).not.toMatch(
          /^(upstreams?$|pass_|set_(authorization|basic)|extra_jwt|cookie_domains|alpha)/,
        );
      }
      expect(options).toMatchObject({
        reverse_proxy: true,
        trusted_proxy_ips: platform.trustedProxies,
        http_address: "0.0.0.0:4180",
        metrics_address: "127.0.0.1:44180",
      });
    });
  });

  it("has its secrets in files, apart from the password of Redis, which it takes no other way", () => {
    forAny(({ options }) => {
      expect(options).toMatchObject({
        client_secret_file: "/etc/oauth2-proxy/client-secret",
        cookie_secret_file: "/etc/oauth2-proxy/cookie-secret",
      });
      expect(options).not.toHaveProperty("client_secret");
      expect(options).not.toHaveProperty("cookie_secret");
      expect(JSON.stringify(options)).not.toContain("secret of the client");
    });
  });

  it("sets a cookie that is for the site's host alone and no script reads", () => {
    forAny(({ options, site, oidc }) => {
      expect(options).toMatchObject({
        cookie_name: `__Host-oauth2_proxy${site.ports.https === 443 ? "" : `_${site.ports.https}`}`,
        cookie_secure: true,
        cookie_httponly: true,
        cookie_samesite: "lax",
        cookie_expire: `${oidc.sessions.lifetime}s`,
        cookie_refresh: `${oidc.sessions.refresh}s`,
        cookie_csrf_per_request: true,
        cookie_csrf_per_request_limit: 5,
      });
      // Either would take the name's meaning away.
      expect(options).not.toHaveProperty("cookie_domains");
      expect(options).not.toHaveProperty("cookie_path");
      // It does not start otherwise.
      expect(oidc.sessions.refresh).toBeLessThan(oidc.sessions.lifetime);
    });
  });

  it("sets a cookie that frames on other sites have where an app is for them, and no other one such", () => {
    const at = (from: string): unknown => {
      const apps = { sales: { source: "a", embed: { from: [from] } }, other: { source: "b" } };
      const { cookie_samesite, cookie_csrf_samesite } = config(spec({}, { apps })).options;
      return { cookie_samesite, cookie_csrf_samesite };
    };
    expect(at("https://intranet.example.com")).toEqual({ cookie_samesite: "lax" });
    expect(at("https://portal.example.org")).toEqual({
      cookie_samesite: "none",
      cookie_csrf_samesite: "lax",
    });
  });

  it("keeps sessions where the spec says", () => {
    forAny(({ options, oidc }) => {
      const redis = Object.fromEntries(
        Object.entries(options).filter(([option]) => option.startsWith("redis_")),
      );
      expect({ type: options.session_store_type, minimal: options.session_cookie_minimal, ...redis }).toEqual(
        oidc.sessions.store === "redis"
          ? {
              type: "redis",
              minimal: undefined,
              redis_connection_url: "redis://redis:6379?max_retries=120",
              redis_username: "oauth2-proxy",
              redis_password: values.redisPassword,
            }
          : { type: "cookie", minimal: true },
      );
    });
  });

  it("lets in who the spec says, and everybody only where it says nothing", () => {
    forAny(({ options, oidc: { allow } }) => {
      expect(options.email_domains).toEqual(allow.emailDomains ?? (allow.emails ? [] : ["*"]));
      expect(options.authenticated_emails_file).toBe(allow.emails && "/etc/oauth2-proxy/emails");
      expect(options.allowed_groups).toEqual(allow.groups);
      expect(options.github_org).toBe(allow.githubOrg);
      expect(options.github_team).toBe(allow.githubTeams?.join(","));
    });
  });

  it("leads to the site and, at sign-out, to the provider only", () => {
    forAny(({ options, site, oidc }) => {
      const { endSessionEndpoint } = oidc;
      expect(options.whitelist_domains).toEqual([
        site.authority,
        ...(endSessionEndpoint === undefined ? [] : [new URL(endSessionEndpoint).host]),
      ]);
    });
  });

  it("writes down no request, nor what goes wrong in full", () => {
    forAny(({ options }) => {
      expect(options.request_logging).toBe(false);
      expect(options).not.toHaveProperty("show_debug_on_error");
    });
  });
});

describe("the configuration", () => {
  it("lets everybody in whom the provider knows, by default", () => {
    expect(config(spec()).options).toMatchObject({ email_domains: ["*"] });
    expect(config(spec({ allow: { groups: ["a"] } })).options).toMatchObject({
      email_domains: ["*"],
      allowed_groups: ["a"],
    });
  });

  it("lets in the addresses of a list and nobody else", () => {
    const { options } = config(spec({ allow: { emails: ["a@b.c"] } }));
    expect(options).toMatchObject({
      email_domains: [],
      authenticated_emails_file: "/etc/oauth2-proxy/emails",
    });
  });

  it("trusts the provider's own authority beside the public ones", () => {
    expect(config(spec({ caCertificate: provided.certificate })).options).toMatchObject({
      provider_ca_files: ["/etc/oauth2-proxy/ca.pem"],
      use_system_trust_store: true,
    });
    expect(config(spec()).options).not.toHaveProperty("provider_ca_files");
  });

  it("reads the groups from the claim of the spec", () => {
    expect(config(spec({ groupsClaim: "roles" })).options.oidc_groups_claim).toBe("roles");
    expect(config(spec()).options.oidc_groups_claim).toBe("groups");
  });
});

/** What single sign-on is made of on Docker, told by what is registered with Pulumi. test/contract brings it up. */
import { provided } from "../certificates";
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "smol-toml";
import type { DockerSite } from "../../../components/docker";
import type { OidcArgs, SiteArgs } from "../../../index";
import { idOf, plain, shown, value } from "../mocks";
import { type Container, deploy, type Parts } from "./parts";

const clientSecret = "secret of the client";
const issuer = "https://id.example.com";

const spec: SiteArgs = {
  host: "localhost",
  apps: {
    explorer: { source: "apps/explorer", allow: { groups: ["finance"] } },
    live: { image: "registry.example.com/live:1" },
  },
  auth: {
    oidc: { provider: "oidc", issuer, clientId: "site", clientSecret: pulumi.secret(clientSecret) },
  },
};

function changed(own: Partial<OidcArgs>, rest: Partial<SiteArgs> = {}): SiteArgs {
  return { ...spec, auth: { oidc: { ...spec.auth.oidc, ...own } as OidcArgs }, ...rest };
}

const oauth2Proxy = "analytics-sign-in";
const redis = "analytics-sign-in-redis";
const toml = (parts: Parts): Record<string, unknown> =>
  parse(parts.files(oauth2Proxy, "/etc/oauth2-proxy")["oauth2-proxy.toml"] ?? "");
const urns = (parts: Parts): string[] => parts.declared.map(({ urn }) => urn);

let site: DockerSite;
let parts: Parts;
/** With sessions in the cookie. */
let small: Parts;
let basic: Parts;
beforeAll(async () => {
  ({ site, parts } = await deploy(spec));
  ({ parts: small } = await deploy({ ...spec, sessions: { cookie: {} } }));
  ({ parts: basic } = await deploy({
    ...spec,
    apps: { explorer: { source: "apps/explorer" }, live: { image: "registry.example.com/live:1" } },
    auth: { basic: { users: { anna: "$2b$11$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234" } } },
  }));
}, 60_000);

describe("single sign-on at hosts of apps' own", () => {
  it("has a key of the gateway's, which is secret, and the script", async () => {
    const { parts: own } = await deploy({ ...spec, hosts: { perApp: "{app}.example.com" } });
    const files = own.files("analytics-gateway", "/etc/nginx/site");
    expect(files["seal-key"]).toBeTruthy();
    expect(files["seal-sessions.js"]).toContain("AES-GCM");
    expect(JSON.stringify(own.all.map(({ inputs }) => shown(inputs)))).not.toContain(
      JSON.stringify(files["seal-key"]),
    );
    for (const name of ["seal-key", "seal-sessions.js"])
      expect(parts.files("analytics-gateway", "/etc/nginx/site")).not.toHaveProperty(name);
  });
});

describe("single sign-on", () => {
  const partsOf = (parts: Parts): string[] =>
    urns(parts)
      .filter((urn) => urn.includes("Oauth2Proxy"))
      .sort();

  it("is made of exactly these parts, by names that must stay: a change would replace them", () => {
    const above = "streamlit-site:index:DockerSite$streamlit-site:index:DockerOauth2Proxy";
    const at = (type: string, name: string): string => `${above}${type}::${name}`;
    const container = "$docker:index/container:Container";
    const volume = "$docker:index/volume:Volume";
    const files = "$streamlit-site:index:DockerFiles";
    const ofOauth2Proxy = [
      at("", oauth2Proxy),
      at(container, oauth2Proxy),
      at(container, `${oauth2Proxy}.check`),
      at("$docker:index/network:Network", oauth2Proxy),
      at("$docker:index/network:Network", `${oauth2Proxy}-provider`),
      at("$docker:index/remoteImage:RemoteImage", `${oauth2Proxy}-oauth2-proxy`),
      at("$random:index/randomBytes:RandomBytes", `${oauth2Proxy}-cookie-secret`),
      at(files, `${oauth2Proxy}-files`),
      at(files + container, `${oauth2Proxy}-files`),
      at(files + volume, `${oauth2Proxy}-files`),
    ];
    const ofRedis = [
      at(container, redis),
      at("$docker:index/network:Network", redis),
      at(volume, `${redis}-data`),
      at("$docker:index/remoteImage:RemoteImage", redis),
      at("$random:index/randomPassword:RandomPassword", redis),
      at(files, `${redis}-files`),
      at(files + container, `${redis}-files`),
      at(files + volume, `${redis}-files`),
    ];
    expect(partsOf(parts)).toEqual([...ofOauth2Proxy, ...ofRedis].sort());
    expect(partsOf(small)).toEqual(ofOauth2Proxy.sort());
  });

  it("leaves everything else of a site by its name, with passwords or without", () => {
    const others = (parts: Parts): string[] =>
      urns(parts)
        .filter((urn) => !urn.includes("Oauth2Proxy") && !urn.endsWith("-salt"))
        .sort();
    expect(others(parts)).toEqual(others(basic));
    expect(others(small)).toEqual(others(basic));
  });

  it("is not there with auth.basic, nor are its images and pages", () => {
    expect(partsOf(basic)).toEqual([]);
    const references = basic.of("RemoteImage").map(({ name }) => name);
    expect(references.sort()).toEqual(["analytics-live", "analytics-nginx"]);
    expect(Object.keys(basic.files("analytics-gateway", "/etc/nginx/site")).join()).not.toMatch(/sign|item/);
  });

  it("leaves the apps as they are when it takes the place of passwords", () => {
    for (const app of ["analytics-explorer", "analytics-live"])
      expect(parts.container(app)).toEqual(basic.container(app));
  });

  it("has no passwords, and tells the names of its containers", async () => {
    expect(await pulumi.isSecret(site.passwords)).toBe(true);
    expect(await value(site.passwords)).toEqual({});
    expect(parts.files("analytics-gateway", "/etc/nginx/site")).not.toHaveProperty("htpasswd");
    expect(await value(site.containers)).toMatchObject({
      "oauth2-proxy": `${oauth2Proxy}-0123456`,
      redis: `${redis}-0123456`,
    });
    const { site: other } = await deploy({ ...spec, sessions: { cookie: {} } });
    expect(Object.keys(await value(other.containers)).sort()).toEqual([
      "explorer",
      "gateway",
      "live",
      "oauth2-proxy",
    ]);
  });

  it("is there before the gateway, and Redis before oauth2-proxy", () => {
    const waitsFor = (parts: Parts, name: string): string[] | undefined =>
      parts.declared.find(({ urn }) => urn.endsWith(`::${name}`) && /(:DockerGateway|:Container)::/.test(urn))
        ?.dependsOn;
    expect(waitsFor(parts, "analytics-gateway")).toEqual([oauth2Proxy]);
    const proxy = parts.declared.find(({ urn }) =>
      urn.endsWith(`$docker:index/container:Container::${oauth2Proxy}`),
    );
    expect(proxy?.dependsOn).toEqual([`${oauth2Proxy}.check`]);
    expect(parts.container(`${oauth2Proxy}.check`).networkMode).toBe(`container:${idOf(redis)}`);
    expect(small.container(`${oauth2Proxy}.check`).networkMode).toBe("none");
  });

  it("replaces Redis only when the old one is gone, which writes to the same files", () => {
    const early = parts.declared
      .filter(({ deleteBeforeReplace }) => deleteBeforeReplace)
      .map(({ urn }) => urn.split("::")[1]);
    expect(early.sort()).toEqual(["analytics-gateway", redis]);
  });
});

describe("what shows that oauth2-proxy would start", () => {
  it("is oauth2-proxy itself, with the files of the one to come, hardened in the same way", () => {
    const check = parts.container(`${oauth2Proxy}.check`);
    const {
      image,
      user,
      tmpfs,
      memory,
      volumes,
      entrypoints = [],
      command = [],
    } = parts.container(oauth2Proxy);
    expect(check).toMatchObject({ image, user, tmpfs, memory, volumes, readOnly: true, restart: "no" });
    expect(check.command?.slice(3)).toEqual([...(entrypoints as string[]), ...command, "--config-test"]);
    expect(parts.label(`${oauth2Proxy}.check`, "streamlit.part")).toBe("oauth2-proxy.check");
  });
});

describe("networks", () => {
  const joined = (parts: Parts): Record<string, string[]> =>
    Object.fromEntries(
      parts.running
        .filter(([name]) => !/^analytics-(explorer|live)/.test(name))
        .map(([name, { networksAdvanced = [] }]) => [name, networksAdvanced.map(({ name }) => name).sort()]),
    );

  it("are one with the gateway, one with Redis and one to the provider", () => {
    const gateway = ["analytics-explorer-0123456", "analytics-gateway-0123456", "analytics-live-0123456"];
    expect(joined(parts)).toEqual({
      "analytics-gateway": [...gateway, `${oauth2Proxy}-0123456`].sort(),
      [oauth2Proxy]: [`${oauth2Proxy}-0123456`, `${oauth2Proxy}-provider-0123456`, `${redis}-0123456`].sort(),
      [redis]: [`${redis}-0123456`],
    });
    expect(joined(small)).toEqual({
      "analytics-gateway": [...gateway, `${oauth2Proxy}-0123456`].sort(),
      [oauth2Proxy]: [`${oauth2Proxy}-0123456`, `${oauth2Proxy}-provider-0123456`].sort(),
    });
  });

  it("have no way out but the one to the provider, nor one to the machine itself", () => {
    for (const name of [oauth2Proxy, redis])
      expect(parts.named("Network", name)).toMatchObject({
        internal: true,
        options: { "com.docker.network.bridge.inhibit_ipv4": "true" },
      });
    expect(parts.named("Network", `${oauth2Proxy}-provider`).internal ?? false).toBe(false);
  });

  it("can be one that is there, to the provider", async () => {
    const { parts } = await deploy(changed({ network: pulumi.output("theirs") }));
    expect(joined(parts)[oauth2Proxy]).toEqual(
      [`${oauth2Proxy}-0123456`, `${redis}-0123456`, "theirs"].sort(),
    );
    expect(parts.of("Network").map(({ name }) => name)).not.toContain(`${oauth2Proxy}-provider`);
  });

  it("know each part by the name that the others look for, where they look", () => {
    const aliases = (container: string, network: string): string[] | undefined =>
      parts.container(container).networksAdvanced?.find(({ name }) => name === `${network}-0123456`)?.aliases;
    expect(aliases(oauth2Proxy, oauth2Proxy)).toEqual(["oauth2-proxy"]);
    expect(aliases(redis, redis)).toEqual(["redis"]);
    expect(aliases(oauth2Proxy, `${oauth2Proxy}-provider`)).toBeUndefined();
    expect(parts.files("analytics-gateway", "/etc/nginx/site")["nginx.conf"]).toContain(
      "server oauth2-proxy:4180 ",
    );
    expect(toml(parts).redis_connection_url).toBe("redis://redis:6379?max_retries=120");
  });

  it("publish no port of theirs", () => {
    for (const name of [oauth2Proxy, redis]) {
      expect(parts.container(name)).not.toHaveProperty("ports");
      expect(parts.container(name).networkMode ?? "bridge").toBe("bridge");
    }
  });

  it("are the only ones whose members may tell oauth2-proxy who a client is", () => {
    expect(toml(parts).trusted_proxy_ips).toEqual(["172.30.0.0/24"]);
  });
});

describe("its containers", () => {
  it.each([
    [oauth2Proxy, "65532:65532", ["/bin/oauth2-proxy"], ["--config=/etc/oauth2-proxy/oauth2-proxy.toml"]],
    [redis, "999:999", ["redis-server"], ["/etc/redis-site/redis.conf"]],
  ])("%s is hardened, and started with its file", (name, user, entrypoints, command) => {
    const container = parts.container(name);
    expect(container).toMatchObject({
      user,
      entrypoints,
      command,
      readOnly: true,
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges:true"],
      restart: "unless-stopped",
      logDriver: "json-file",
      logOpts: { "max-size": "10m", "max-file": "3" },
      wait: true,
    });
    expect(container).not.toHaveProperty("privileged");
    expect(container).not.toHaveProperty("envs");
    expect(container).not.toHaveProperty("mounts");
    expect(Number(container.memory)).toBeGreaterThan(0);
    expect(container.memorySwap).toBe(container.memory);
    expect(Number(container.cpus)).toBeGreaterThan(0);
    expect(container.healthcheck?.tests[0]).toBe("CMD");
    expect(container.ulimits?.find((limit) => limit.name === "nproc")?.hard).toBeGreaterThan(0);
    expect(container.tmpfs?.["/tmp"]).toMatch(/(?=.*size=\d+m)(?=.*noexec)(?=.*nosuid)/);
    expect(parts.label(name, "streamlit.project")).toBe("shop");
    expect(parts.label(name, "streamlit.stack")).toBe("test");
    expect(parts.label(name, "streamlit.site")).toBe("analytics");
  });

  it("write to nothing that lasts but Redis's data", () => {
    const writable = parts.running.flatMap(([name, { volumes }]) =>
      (volumes ?? []).filter(({ readOnly }) => readOnly !== true).map((volume) => ({ name, ...volume })),
    );
    expect(writable).toEqual([{ name: redis, volumeName: `${redis}-data-0123456`, containerPath: "/data" }]);
  });

  it("have more memory than Redis is allowed to fill", () => {
    const conf = parts.files(redis, "/etc/redis-site")["redis.conf"] ?? "";
    const [, most = ""] = /^maxmemory (\d+)mb$/m.exec(conf) ?? [];
    expect(Number(most)).toBeGreaterThan(0);
    expect(Number(parts.container(redis).memory)).toBeGreaterThanOrEqual(2 * Number(most));
  });

  it("are of the images of the spec", async () => {
    expect(parts.named("RemoteImage", `${oauth2Proxy}-oauth2-proxy`)).toMatchObject({
      name: "quay.io/oauth2-proxy/oauth2-proxy:v7.15.4-alpine",
      keepLocally: true,
    });
    expect(parts.named("RemoteImage", redis)).toMatchObject({ name: "redis:8.0", keepLocally: true });
    const images = { oauth2Proxy: "mirror/proxy:1", redis: "mirror/redis:1" };
    const { parts: mirrored } = await deploy({ ...spec, images });
    expect(mirrored.named("RemoteImage", `${oauth2Proxy}-oauth2-proxy`).name).toBe("mirror/proxy:1");
    expect(mirrored.named("RemoteImage", redis).name).toBe("mirror/redis:1");
    expect(mirrored.container(redis).image).toBe(`sha256:pulled-${redis}`);
  });
});

describe("its files", () => {
  const files = (parts: Parts): Record<string, string> => parts.files(oauth2Proxy, "/etc/oauth2-proxy");

  it("are oauth2-proxy's configuration and secrets", async () => {
    expect(Object.keys(files(parts)).sort()).toEqual(["client-secret", "cookie-secret", "oauth2-proxy.toml"]);
    expect(files(parts)["client-secret"]).toBe(clientSecret);
    // Base64 for URLs, which oauth2-proxy decodes.
    expect(files(parts)["cookie-secret"]).toMatch(/^[\w-]+$/);
    expect(parts.named("RandomBytes", `${oauth2Proxy}-cookie-secret`)).toEqual({ length: 32 });
    const { parts: more } = await deploy(
      changed({ allow: { emails: ["a@b.c", "d@e.f"] }, caCertificate: provided.certificate }),
    );
    expect(files(more)).toMatchObject({ emails: "a@b.c\nd@e.f\n", "ca.pem": provided.certificate });
  });

  it("are all that the configuration names", async () => {
    const { parts } = await deploy(
      changed({ allow: { emails: ["a@b.c"] }, caCertificate: provided.certificate }),
    );
    const named = [...JSON.stringify(toml(parts)).matchAll(/"\/etc\/oauth2-proxy\/([^"]+)"/g)].map(
      ([, file]) => file,
    );
    expect([...named, "oauth2-proxy.toml"].sort()).toEqual(Object.keys(files(parts)).sort());
  });

  it("have the same password for oauth2-proxy and Redis", () => {
    const password = `generated password ${redis}`;
    expect(toml(parts).redis_password).toBe(password);
    expect(parts.files(redis, "/etc/redis-site")["redis.conf"]).toContain(
      `#${createHash("sha256").update(password).digest("hex")} `,
    );
    expect(toml(small)).not.toHaveProperty("redis_password");
  });

  it("may have a client id that is known later", async () => {
    const { parts } = await deploy(changed({ clientId: pulumi.output("known later") }));
    expect(toml(parts).client_id).toBe("known later");
  });

  it("are read by the gateway's pages, an entry for each app", () => {
    const pages = Object.keys(parts.files("analytics-gateway", "/etc/nginx/site")).filter((name) =>
      name.startsWith("pages/item-"),
    );
    expect(pages.sort()).toEqual(["pages/item-explorer.html", "pages/item-live.html"]);
  });

  it("replace the containers that read them when they change, and no app", async () => {
    const { parts: more } = await deploy(changed({ clientSecret: "another" }));
    const { parts: same } = await deploy(changed({}));
    const digest = (parts: Parts, name: string): string | undefined => parts.label(name, "streamlit.files");
    expect(digest(parts, oauth2Proxy)).toMatch(/^[0-9a-f]{64}$/);
    expect(digest(parts, redis)).toMatch(/^[0-9a-f]{64}$/);
    expect(digest(same, oauth2Proxy)).toBe(digest(parts, oauth2Proxy));
    expect(digest(more, oauth2Proxy)).not.toBe(digest(parts, oauth2Proxy));
    for (const name of [redis, "analytics-gateway", "analytics-explorer", "analytics-live"])
      expect(more.container(name)).toEqual(parts.container(name));
  });
});

describe("12. secrets stay secret", () => {
  const cookieSecret = (parts: Parts): string =>
    parts.files(oauth2Proxy, "/etc/oauth2-proxy")["cookie-secret"] ?? "";

  it("shows none of them in the state, also when the spec had it in plain text", async () => {
    const { parts: careless } = await deploy(changed({ clientSecret }));
    for (const found of [parts, careless]) {
      const secrets = [clientSecret, `generated password ${redis}`, cookieSecret(found)];
      const state = JSON.stringify(found.all.map(({ inputs }) => shown(inputs)));
      expect(secrets.filter((secret) => state.includes(secret))).toEqual([]);
      // They are there, for those who may decrypt them.
      const all = JSON.stringify(found.all.map(({ inputs }) => plain(inputs)));
      expect(secrets.filter((secret) => !all.includes(secret))).toEqual([]);
    }
  });

  it("puts them in no environment, command line, label or image", () => {
    for (const { inputs } of [...parts.of("Container"), ...parts.of("Image")]) {
      const rest = JSON.stringify({ ...(plain(inputs) as Container), uploads: [] });
      for (const secret of [clientSecret, "generated password", cookieSecret(parts)])
        expect(rest).not.toContain(secret);
    }
  });
});

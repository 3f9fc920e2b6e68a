/** What a site on Docker is made of, told by what it registers with Pulumi. test/contract brings it up. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import bcrypt from "bcryptjs";
import { provided } from "../certificates";
import { ComponentProvider } from "@pulumi/pulumi/provider/experimental";
import { DockerSite } from "../../../components/docker";
import { type SiteArgs, SiteSpecError } from "../../../index";
import { type Declared, idOf, plain, run, shown, value } from "../mocks";
import { type Container, deploy, type Parts } from "./parts";

const password = "correct horse battery";
// The hash of some other password: hashing takes time.
const hash = "$2b$11$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234";

const spec: SiteArgs = {
  host: "localhost",
  apps: {
    explorer: {
      source: "apps/explorer",
      allow: { users: ["anna"] },
      resources: { cpu: 0.5, memory: "512Mi" },
      environment: { REGION: "eu" },
      secrets: { DB_PASSWORD: "secret of the database" },
    },
    live: { image: "registry.example.com/live:1", egress: true, workingDir: "/srv", replicas: 3 },
  },
  auth: { basic: { users: { anna: password }, generatedUsers: ["ben"] } },
};
/** The same without anything to hash. */
const quick: SiteArgs = { ...spec, auth: { basic: { users: { anna: hash } } } };

let site: DockerSite;
let parts: Parts;
beforeAll(async () => ({ site, parts } = await deploy(spec)), 60_000);

describe("a site of two apps", () => {
  it("is made of exactly these parts", () => {
    const counts: Record<string, number> = {};
    for (const { type } of parts.all) counts[type] = (counts[type] ?? 0) + 1;
    expect(counts).toEqual({
      "streamlit-site:index:DockerSite": 1,
      "streamlit-site:index:DockerApp": 2,
      "streamlit-site:index:DockerGateway": 1,
      "streamlit-site:index:DockerFiles": 4,
      "docker:index/network:Network": 3,
      "docker:index/volume:Volume": 4,
      "docker:index/container:Container": 14,
      "docker:index/image:Image": 1,
      "docker:index/remoteImage:RemoteImage": 2,
      "random:index/randomBytes:RandomBytes": 3,
      "random:index/randomPassword:RandomPassword": 1,
      "tls:index/privateKey:PrivateKey": 2,
      "tls:index/selfSignedCert:SelfSignedCert": 1,
      "tls:index/certRequest:CertRequest": 1,
      "tls:index/locallySignedCert:LocallySignedCert": 1,
    });
  });

  it("has names that begin with its own, each resource below its component", () => {
    for (const { urn } of parts.declared)
      expect(urn).toMatch(
        /^streamlit-site:index:DockerSite(\$streamlit-site:index:\w+)*(\$[\w:/]+)?::analytics(-|$)/,
      );
    expect(parts.declared).toHaveLength(parts.all.length);
  });

  it("keeps the names by which Pulumi knows its parts: a change would replace them", () => {
    expect(parts.declared.map(({ urn }) => urn).sort()).toMatchSnapshot();
  });

  it("and its components have the type tokens that the schema of a component package gives them", async () => {
    const { allow, ...explorer } = spec.apps.explorer ?? {};
    expect(allow).toBeDefined();
    const oidc = { provider: "oidc", issuer: "https://id.example.com", clientId: "a", clientSecret: "b" };
    const { parts } = await deploy({ ...spec, apps: { explorer }, auth: { oidc } });
    const tokens = [...new Set(parts.all.map(({ type }) => type))].filter((type) =>
      type.startsWith("streamlit"),
    );
    expect(tokens.sort()).toEqual(
      ["DockerApp", "DockerFiles", "DockerGateway", "DockerOauth2Proxy", "DockerSite"].map(
        (component) => `streamlit-site:index:${component}`,
      ),
    );
    for (const token of tokens) ComponentProvider.validateResourceType("streamlit-site", token);
  });

  it("tells where it is", async () => {
    expect(await value(site.url)).toBe("https://localhost:8443");
    expect(await value(site.apps)).toEqual({
      explorer: "https://localhost:8443/explorer/",
      live: "https://localhost:8443/live/",
    });
    expect(await value(site.containers)).toEqual({
      gateway: "analytics-gateway-0123456",
      explorer: "analytics-explorer-0123456",
      live: "analytics-live-0123456",
      "live.2": "analytics-live.2-0123456",
      "live.3": "analytics-live.3-0123456",
    });
  });
});

describe("networks", () => {
  it("are internal for an app, unless it may call out", () => {
    expect(parts.named("Network", "analytics-explorer")).toMatchObject({
      internal: true,
      // Otherwise the app reaches what listens on the machine itself.
      options: { "com.docker.network.bridge.inhibit_ipv4": "true" },
    });
    expect(parts.named("Network", "analytics-live").internal ?? false).toBe(false);
  });

  it("have no DNS server beyond them for an app without a way out", () => {
    expect(parts.named("Container", "analytics-explorer").dns).toEqual(["192.0.2.1"]);
    expect(parts.named("Container", "analytics-live").dns).toBeUndefined();
  });

  it("are shared by an app's replicas, what drains them and the gateway, and by nobody else", () => {
    const joined = Object.fromEntries(
      parts.running.map(([name, { networksAdvanced = [] }]) => [
        name,
        networksAdvanced.map(({ name }) => name),
      ]),
    );
    expect(joined).toEqual({
      "analytics-explorer": ["analytics-explorer-0123456"],
      "analytics-explorer.drain": ["analytics-explorer-0123456"],
      "analytics-live": ["analytics-live-0123456"],
      "analytics-live.2": ["analytics-live-0123456"],
      "analytics-live.3": ["analytics-live-0123456"],
      "analytics-live.drain": ["analytics-live-0123456"],
      "analytics-gateway": [
        "analytics-gateway-0123456",
        "analytics-explorer-0123456",
        "analytics-live-0123456",
      ],
    });
  });

  it("know an app by the name that the gateway looks for", () => {
    for (const replica of ["", ".2", ".3"])
      expect(parts.container(`analytics-live${replica}`).networksAdvanced?.[0]?.aliases).toEqual([
        "app-live",
      ]);
    expect(parts.files("analytics-gateway", "/etc/nginx/site")["upstreams.conf"]).toContain(
      "server app-live:8501 ",
    );
  });

  it("have no other way in: nothing uses the host's network or a network of another container", () => {
    for (const [, container] of parts.running) expect(container.networkMode ?? "bridge").toBe("bridge");
  });
});

describe("ports", () => {
  it("are published by the gateway only, on the address of the spec", () => {
    expect(parts.running.filter(([, { ports }]) => (ports ?? []).length > 0).map(([name]) => name)).toEqual([
      "analytics-gateway",
    ]);
    expect(parts.container("analytics-gateway").ports).toEqual([
      { internal: 8443, external: 8443, ip: "127.0.0.1" },
      { internal: 8080, external: 8080, ip: "127.0.0.1" },
    ]);
  });

  it("are those of the spec", async () => {
    const { parts } = await deploy({ ...quick, host: "site.example.com", ports: { https: 443, http: 80 } });
    expect(parts.container("analytics-gateway").ports).toEqual([
      { internal: 8443, external: 443, ip: "0.0.0.0" },
      { internal: 8080, external: 80, ip: "0.0.0.0" },
    ]);
  });
});

describe("every container", () => {
  const containers = (): Declared[] => parts.declared.filter(({ urn }) => urn.includes(":Container::"));

  // The official provider deletes first whenever it is not told: an app would be gone before its successor is there.
  it("says itself whether it goes before its successor comes, and only what publishes ports does", () => {
    const first = (wanted: boolean | undefined): string[] =>
      containers()
        .filter(({ deleteBeforeReplace }) => deleteBeforeReplace === wanted)
        .map(({ urn }) => urn.split("::")[1] ?? "");
    expect(first(undefined)).toEqual([]);
    expect(first(true)).toEqual(["analytics-gateway"]);
    expect(first(false).length).toBeGreaterThan(5);
  });

  // The official provider only writes such a change down, and a failed start it takes for done at the next `up`.
  it("is replaced where a change would have no effect, and when it has failed to start", () => {
    for (const { urn, replaceOnChanges } of containers())
      expect([urn, replaceOnChanges]).toEqual([urn, ["healthcheck", "init", "tmpfs", "#initerror"]]);
  });
});

describe("a container that is replaced", () => {
  const carriers = (parts: Parts): string[] =>
    parts
      .of("Container")
      .filter(({ inputs }) => inputs.start === false)
      .map(({ name }) => name);

  it("goes only when its successor is there, whatever the provider's default is, but for the gateway", () => {
    for (const name of [...parts.running, ...parts.checks].map(([name]) => name).concat(carriers(parts)))
      expect([name, parts.declaration(name)?.deleteBeforeReplace]).toEqual([
        name,
        name === "analytics-gateway",
      ]);
  });

  it("is replaced again by the next up when its successor did not become healthy", () => {
    for (const [name, { wait }] of [...parts.running, ...parts.checks])
      if (wait)
        expect([name, parts.declaration(name)?.replaceOnChanges]).toEqual([
          name,
          expect.arrayContaining(["#initerror"]),
        ]);
  });
});

describe("what shows that a part will do before another one goes", () => {
  it("is there for the gateway and for each app", () => {
    expect(parts.checks.map(([name]) => name).sort()).toEqual(
      ["analytics-explorer.check", "analytics-gateway.check", "analytics-live.check"].sort(),
    );
    for (const [name] of parts.checks)
      expect(parts.label(name, "streamlit.part")).toBe(name.replace("analytics-", ""));
  });

  it("ends by itself, and is hardened like what it looks at", () => {
    for (const [name, container] of parts.checks) {
      const { restart, ...hardening } = hardeningOf(parts.container(name.replace(".check", "")));
      expect(restart).toBe("unless-stopped");
      expect(container).toMatchObject({ restart: "no", mustRun: false, wait: true });
      expect(Object.keys(hardeningOf(container)).sort()).toEqual(
        [...Object.keys(hardening), "restart"].sort(),
      );
      for (const same of ["readOnly", "capabilities", "securityOpts", "logOpts"])
        expect([name, container[same]]).toEqual([name, hardening[same]]);
    }
  });

  it("starts nginx as the gateway does, with the same files, without a network", () => {
    const check = parts.container("analytics-gateway.check");
    const gateway = parts.container("analytics-gateway");
    expect(check).toMatchObject({ image: gateway.image, user: gateway.user, tmpfs: gateway.tmpfs });
    expect(check.networkMode).toBe("none");
    expect(gateway.volumes).toContainEqual(check.volumes?.[0]);
    const [script, action, ...files] = gateway.command ?? [];
    expect([action, files.at(-1)]).toEqual(["run", "/etc/nginx/site/passwords.conf"]);
    expect(check.command?.slice(3)).toEqual(["sh", script, "test", ...files]);
    expect(parts.declaration("analytics-gateway")?.dependsOn).toEqual(["analytics-gateway.check"]);
  });

  it("asks an app's first replica on its own network, for as long as the README says", () => {
    const check = parts.container("analytics-live.check");
    expect(check.networkMode).toBe(`container:${idOf("analytics-live")}`);
    expect(check.command?.slice(-2)).toEqual(["http://127.0.0.1:8501/live/_stcore/health", "15"]);
    expect(fs.readFileSync("README.md", "utf8")).toContain(
      "go on answering for 15 seconds (`minReadySeconds`)",
    );
    expect(check).not.toHaveProperty("volumes");
  });
});

/** What limits a container, or says what becomes of it. */
function hardeningOf(container: Container): Record<string, unknown> {
  const names =
    /^(user|readOnly|tmpfs|capabilities|securityOpts|cpus|memory|memorySwap|ulimits|init|restart|log.*|wait)$/;
  return Object.fromEntries(Object.entries(container).filter(([name]) => names.test(name)));
}

describe("every container that runs", () => {
  const guards = ["analytics-explorer.drain", "analytics-live.drain"];
  const names = [
    "analytics-explorer",
    "analytics-live",
    "analytics-live.2",
    "analytics-live.3",
    "analytics-gateway",
    ...guards,
  ];

  it("is one of these", () => {
    expect(parts.running.map(([name]) => name).sort()).toEqual([...names].sort());
  });

  it.each(names)("(%s) is hardened", (name) => {
    const container = parts.container(name);
    expect(container).toMatchObject({
      readOnly: true,
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges:true"],
      restart: "unless-stopped",
      logDriver: "json-file",
      logOpts: { "max-size": "10m", "max-file": "3" },
      // Nothing depends on a guard's being there.
      wait: !guards.includes(name),
    });
    expect(container.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(container).not.toHaveProperty("privileged");
    expect(Number(container.memory)).toBeGreaterThan(0);
    expect(container.memorySwap).toBe(container.memory); // No swap, and no difference at the next up.
    expect(Number(container.cpus)).toBeGreaterThan(0);
    expect(container.healthcheck?.tests[0]).toBe("CMD");
    const processes = container.ulimits?.find((limit) => limit.name === "nproc");
    expect(processes?.hard).toBeGreaterThan(0);
    expect(Object.keys(container.tmpfs ?? {})).toEqual(["/tmp"]);
    expect(container.tmpfs?.["/tmp"]).toMatch(/(?=.*size=\d+m)(?=.*noexec)(?=.*nosuid)/);
  });

  it.each(names)("(%s) writes to nothing that lasts", (name) => {
    for (const { readOnly } of parts.container(name).volumes ?? []) expect(readOnly).toBe(true);
    expect(parts.container(name)).not.toHaveProperty("mounts");
  });

  it.each(names)("(%s) can be found by its labels", (name) => {
    expect(parts.label(name, "streamlit.project")).toBe("shop");
    expect(parts.label(name, "streamlit.stack")).toBe("test");
    expect(parts.label(name, "streamlit.site")).toBe("analytics");
  });

  it("has a size of /tmp that mount takes: a whole number", async () => {
    const { live } = quick.apps;
    const apps = { live: { ...live!, resources: { memory: "129Mi" } } };
    expect((await deploy({ ...quick, apps })).parts.container("analytics-live").tmpfs?.["/tmp"]).toMatch(
      /^size=64m,/,
    );
  });

  it("has the limits of the spec", () => {
    expect(parts.container("analytics-explorer")).toMatchObject({ cpus: "0.5", memory: 512 });
    expect(parts.container("analytics-live")).toMatchObject({ cpus: "1.0", memory: 1024 });
  });
});

describe("files", () => {
  it("come by containers that are never started and reach nothing", () => {
    const carriers = parts.of("Container").filter(({ inputs }) => inputs.uploads !== undefined);
    expect(carriers).toHaveLength(4);
    for (const { name } of carriers)
      expect(parts.container(name)).toMatchObject({ start: false, mustRun: false, networkMode: "none" });
  });

  it("are in a volume of their own for each content, so that who has the one before keeps it", async () => {
    const label = (parts: Parts, volume: string): string | undefined =>
      (parts.named("Volume", volume) as unknown as Container).labels.find(
        ({ label }) => label === "streamlit.files",
      )?.value;
    const changed = { ...quick, apps: { ...spec.apps, live: { ...spec.apps.live, title: "Changed" } } };
    const [before, after] = [(await deploy(quick)).parts, (await deploy(changed)).parts];
    const of = (parts: Parts) =>
      Object.fromEntries(parts.of("Volume").map(({ name }) => [name, label(parts, name)]));
    const digest = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
    expect(of(before)).toEqual({
      "analytics-explorer-files": digest,
      "analytics-live-files": digest,
      "analytics-gateway-files": digest,
      // The gateway follows it while it runs.
      "analytics-upstreams": undefined,
    });
    const { "analytics-gateway-files": gateway, ...others } = of(after);
    expect(gateway).not.toBe(of(before)["analytics-gateway-files"]);
    expect(of(before)).toMatchObject(others);
  });

  it("can be read by the container's user and changed by nobody", () => {
    const uploads = parts.of("Container").flatMap(({ inputs }) => (plain(inputs) as Container).uploads ?? []);
    expect(uploads).toHaveLength(18 + 1 + 2 + 2);
    for (const { permissions, owner = "0" } of uploads) {
      const mode = Number.parseInt(permissions, 8);
      expect([owner, mode & 0o222, mode & 0o004]).toEqual(["0", 0, 0o004]);
    }
  });

  it("are the gateway's configuration, password file, certificate and pages", () => {
    const files = parts.files("analytics-gateway", "/etc/nginx/site");
    expect(Object.keys(files).sort()).toEqual([
      "confine-cookies.js",
      "hash-credentials.js",
      "htpasswd",
      "limit-attempts.js",
      "nginx.conf",
      "pages/401.html",
      "pages/403.html",
      "pages/404.html",
      "pages/421.html",
      "pages/429.html",
      "pages/494.html",
      "pages/index.html",
      "pages/unavailable.html",
      "passwords.conf",
      "start.sh",
      "tls.crt",
      "tls.key",
      "upstreams.conf",
    ]);
    expect(files["tls.crt"]).toBe("certificate analytics\ncertificate analytics-ca\n"); // Leaf first.
    expect(files["tls.key"]).toBe("private key analytics");
  });

  it("are the settings and secrets of an app, in the folder that it is started in", () => {
    const files = parts.files("analytics-explorer", "/app/.streamlit");
    expect(files["secrets.toml"]).toBe('DB_PASSWORD = "secret of the database"\n');
    expect(files["config.toml"]).toContain('baseUrlPath = "explorer"');
    expect(Object.keys(parts.files("analytics-live", "/srv/.streamlit")).sort()).toEqual([
      "config.toml",
      "secrets.toml",
    ]);
  });
});

describe("replicas", () => {
  const replicas = ["analytics-live", "analytics-live.2", "analytics-live.3"];
  const shortId = (name: string): string => idOf(name).slice(0, 12);

  it("are alike but for their names", () => {
    const [first, ...others] = replicas.map((name) => {
      const { labels, ...rest } = parts.container(name);
      return { ...rest, labels: labels.filter(({ label }) => label !== "streamlit.part") };
    });
    for (const other of others) expect(other).toEqual(first);
    expect(replicas.map((name) => parts.label(name, "streamlit.part"))).toEqual([
      undefined,
      "live.2",
      "live.3",
    ]);
  });

  it("are made one after the other, so that a version that does not start fails with the first", () => {
    expect(replicas.map((name) => waitsFor(parts, name))).toEqual([
      [],
      ["analytics-live.check"],
      ["analytics-live.2"],
    ]);
  });

  it("are named to the gateway by a file of its own, which replaces nothing", async () => {
    const upstreams = parts.files("analytics-gateway", "/etc/nginx/upstreams")["upstreams.conf"] ?? "";
    expect([...upstreams.matchAll(/^ *server ([0-9a-f]{12}):8501 /gm)].map(([, id]) => id)).toEqual(
      ["analytics-explorer", ...replicas].map(shortId),
    );
    const { parts: more } = await deploy({
      ...quick,
      apps: { ...spec.apps, live: { ...spec.apps.live, replicas: 4 } },
    });
    const { parts: before } = await deploy(quick);
    expect(more.container("analytics-gateway")).toEqual(before.container("analytics-gateway"));
    expect(more.container("analytics-live")).toEqual(before.container("analytics-live"));
    expect(more.files("analytics-gateway", "/etc/nginx/upstreams")["upstreams.conf"]).toContain(
      `server ${shortId("analytics-live.4")}:8501 `,
    );
  });

  it("are not waited for by the gateway: a site with an app that does not start is there for the others", () => {
    expect(waitsFor(parts, "analytics-gateway")).toEqual(["analytics-gateway.check"]);
    expect(waitsFor(parts, "analytics-gateway.check")).toEqual([]);
    const gateway = JSON.stringify(parts.container("analytics-gateway"));
    for (const name of replicas) expect(gateway).not.toContain(shortId(name));
  });
});

describe("what drains an app", () => {
  const guard = (parts: Parts, app: string): Container => parts.container(`analytics-${app}.drain`);

  it("is removed before the replicas, which it knows, and takes as long as the spec lets it", async () => {
    expect(waitsFor(parts, "analytics-live.drain")).toEqual([
      "analytics-live",
      "analytics-live.2",
      "analytics-live.3",
    ]);
    expect(guard(parts, "live").command?.slice(-6)).toEqual([
      "/etc/nginx/upstreams/upstreams.conf",
      "localhost",
      "/live/_stcore/metrics",
      ...["analytics-live", "analytics-live.2", "analytics-live.3"].map((name) => idOf(name).slice(0, 12)),
    ]);
    expect(guard(parts, "live")).toMatchObject({ stopSignal: "SIGTERM", destroyGraceSeconds: 60 });
    const { parts: longer } = await deploy({
      ...quick,
      apps: { live: { image: "x", drainTimeout: "2h" } },
    });
    expect(guard(longer, "live").destroyGraceSeconds).toBe(7200);
  });

  it("sees which of them go on", () => {
    expect(Object.keys(parts.files("analytics-live.drain", "/etc/nginx/upstreams"))).toEqual([
      "upstreams.conf",
    ]);
  });

  it("is not there when there is no time to drain", async () => {
    const { parts } = await deploy({
      ...quick,
      apps: { live: { image: "x", drainTimeout: "0s" }, other: { image: "y" } },
    });
    expect(parts.running.map(([name]) => name).sort()).toEqual(
      ["analytics-gateway", "analytics-live", "analytics-other", "analytics-other.drain"].sort(),
    );
  });
});

/** The names of what a container waits for beside those whose outputs it takes. */
function waitsFor(parts: Parts, container: string): string[] | undefined {
  return parts.declared.find(({ urn }) => urn.endsWith(`:Container::${container}`))?.dependsOn;
}

describe("images", () => {
  it("are built from the source with the package's Dockerfile, which checks the app", () => {
    expect(parts.named("Image", "analytics-explorer")).toMatchObject({
      skipPush: true,
      build: {
        context: "apps/explorer",
        dockerfile: path.join("components", "streamlit", "image", "app.Dockerfile"),
        args: {
          PYTHON_IMAGE: "python:3.13-slim",
          ENTRY: "streamlit_app.py",
          CHECK_APP: fs.readFileSync("components/streamlit/image/check_app.py", "utf8"),
        },
      },
    });
    expect(parts.container("analytics-explorer").image).toBe("sha256:built-analytics-explorer");
    expect(parts.container("analytics-explorer").command).toEqual([
      "python",
      "-m",
      "streamlit",
      "run",
      "streamlit_app.py",
    ]);
  });

  it("are taken by reference, with their own command", () => {
    expect(parts.named("RemoteImage", "analytics-live")).toMatchObject({
      name: "registry.example.com/live:1",
      keepLocally: true,
    });
    expect(parts.container("analytics-live").image).toBe("sha256:pulled-analytics-live");
    expect(parts.container("analytics-live")).not.toHaveProperty("command");
  });

  it("can all be those of a mirror", async () => {
    const { parts } = await deploy({
      ...quick,
      images: { nginx: "mirror/nginx:1", python: "mirror/python:3" },
    });
    expect(parts.named("RemoteImage", "analytics-nginx").name).toBe("mirror/nginx:1");
    expect(parts.named("Image", "analytics-explorer").build).toMatchObject({
      args: { PYTHON_IMAGE: "mirror/python:3" },
    });
    const references = JSON.stringify(parts.all.map(({ inputs }) => shown(inputs)));
    expect(references).not.toMatch(/"(python:3\.13-slim|nginx:1\.31)"/);
  });

  it("are built with the source's own Dockerfile if it has one", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "app-"));
    try {
      fs.writeFileSync(path.join(folder, "Dockerfile"), "FROM scratch\n");
      const { parts } = await deploy({ ...quick, apps: { own: { source: folder } } });
      expect(parts.named("Image", "analytics-own").build).toMatchObject({
        context: folder,
        dockerfile: path.join(folder, "Dockerfile"),
      });
      expect(parts.named("Image", "analytics-own").build).not.toHaveProperty("args");
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});

describe("an app's environment", () => {
  it("has what the spec says", () => {
    expect(parts.container("analytics-explorer").envs).toEqual([
      "HOME=/tmp",
      // The gateway, and nobody else, tells Streamlit where a visitor is.
      "FORWARDED_ALLOW_IPS=*",
      "REGION=eu",
    ]);
  });
});

describe("passwords", () => {
  const hashes = (parts: Parts): Record<string, string> =>
    Object.fromEntries(
      (parts.files("analytics-gateway", "/etc/nginx/site").htpasswd ?? "")
        .trim()
        .split("\n")
        .map((line) => line.split(":") as [string, string]),
    );

  const nobodys = expect.stringMatching(/^\$2y\$\d\d\$\.+$/) as string;

  it("are in the gateway's password file as bcrypt hashes", () => {
    const { anna = "", ben = "" } = hashes(parts);
    expect(anna).toMatch(/^\$2y\$/);
    expect(bcrypt.compareSync(password, anna)).toBe(true);
    expect(bcrypt.compareSync("generated password analytics-ben", ben)).toBe(true);
  });

  it("that were made by the site are its secret output", async () => {
    expect(await pulumi.isSecret(site.passwords)).toBe(true);
    expect(await value(site.passwords)).toEqual({ ben: "generated password analytics-ben" });
  });

  it("may be given as a hash", async () => {
    const { parts } = await deploy(quick);
    expect(hashes(parts)).toEqual({ anna: hash.replace("$2b$", "$2y$"), "*": nobodys });
  });

  it("may be outputs", async () => {
    const { parts } = await deploy({ ...spec, auth: { basic: { users: { anna: pulumi.secret(hash) } } } });
    expect(hashes(parts)).toEqual({ anna: hash.replace("$2b$", "$2y$"), "*": nobodys });
  });
});

describe("12. secrets stay secret", () => {
  const secrets = [password, "secret of the database", "generated password", "private key", "$2y$"];

  it("shows none of them in the state", () => {
    const state = JSON.stringify(parts.all.map(({ inputs }) => shown(inputs)));
    for (const secret of secrets) expect([secret, state.includes(secret)]).toEqual([secret, false]);
    // They are there, for those who may decrypt them; of the passwords only the hashes.
    const all = JSON.stringify(parts.all.map(({ inputs }) => plain(inputs)));
    expect(secrets.filter((secret) => all.includes(secret))).toEqual([
      "secret of the database",
      "private key",
      "$2y$",
    ]);
  });

  it("puts them in no environment, command line, label or image", () => {
    for (const { name, inputs } of [...parts.of("Container"), ...parts.of("Image")]) {
      const { uploads, ...rest } = plain(inputs) as Container;
      expect([name, uploads === undefined || uploads.length > 0]).toEqual([name, true]);
      for (const secret of secrets) expect(JSON.stringify(rest)).not.toContain(secret);
    }
  });
});

describe("a change", () => {
  const digest = (parts: Parts, container: string): string => {
    const found = parts.label(container, "streamlit.files");
    expect(found).toMatch(/^[0-9a-f]{64}$/);
    return found ?? "";
  };

  it("of nothing changes nothing", async () => {
    const inputs = (parts: Parts): string[] =>
      parts.all.map(({ type, name, inputs }) => JSON.stringify([type, name, plain(inputs)])).sort();
    const [first, second] = [(await deploy(quick)).parts, (await deploy(quick)).parts];
    expect(inputs(second)).toEqual(inputs(first));
  });

  it("of a setting replaces the app that has it and no other", async () => {
    const changed = {
      ...quick,
      apps: { ...spec.apps, live: { ...spec.apps.live, streamlit: { "theme.base": "dark" } } },
    };
    const [before, after] = [(await deploy(quick)).parts, (await deploy(changed)).parts];
    expect(digest(after, "analytics-live")).not.toBe(digest(before, "analytics-live"));
    expect(after.container("analytics-explorer")).toEqual(before.container("analytics-explorer"));
    expect(after.container("analytics-gateway")).toEqual(before.container("analytics-gateway"));
  });

  it("of an app's secret replaces that app", async () => {
    const changed = {
      ...quick,
      apps: { ...spec.apps, explorer: { ...spec.apps.explorer, secrets: { DB_PASSWORD: "another" } } },
    };
    const [before, after] = [(await deploy(quick)).parts, (await deploy(changed)).parts];
    expect(digest(after, "analytics-explorer")).not.toBe(digest(before, "analytics-explorer"));
  });

  it("of a password or of the users replaces the gateway and no app", async () => {
    const changed: SiteArgs = {
      ...quick,
      auth: { basic: { users: { anna: hash.replace("abc", "xyz"), carl: hash } } },
    };
    const [before, after] = [(await deploy(quick)).parts, (await deploy(changed)).parts];
    expect(digest(after, "analytics-gateway")).not.toBe(digest(before, "analytics-gateway"));
    for (const app of ["analytics-explorer", "analytics-live"])
      expect(after.container(app)).toEqual(before.container(app));
  });
});

describe("a certificate", () => {
  it("is for the host, of an authority of the site's own", async () => {
    expect(parts.named("CertRequest", "analytics").dnsNames).toEqual(["localhost"]);
    expect(parts.named("SelfSignedCert", "analytics-ca").isCaCertificate).toBe(true);
    expect(await value(site.caCertificate)).toBe("certificate analytics-ca\n");
  });

  it("is for the address when the host is one", async () => {
    const { parts } = await deploy({ ...quick, host: "192.0.2.7" });
    expect(parts.named("CertRequest", "analytics").ipAddresses).toEqual(["192.0.2.7"]);
    expect(parts.named("CertRequest", "analytics")).not.toHaveProperty("dnsNames");
  });

  it("is for the hosts of apps' own as well", async () => {
    const { site, parts } = await deploy({ ...quick, hosts: { perApp: "{app}.example.com" } });
    expect(parts.named("CertRequest", "analytics").dnsNames).toEqual([
      "localhost",
      "explorer.example.com",
      "live.example.com",
    ]);
    expect(await value(site.apps)).toEqual({
      explorer: "https://explorer.example.com:8443/",
      live: "https://live.example.com:8443/",
    });
  });

  it("is the one that the spec provides", async () => {
    const { site, parts } = await deploy({ ...quick, tls: { provided } });
    expect(parts.all.filter(({ type }) => type.startsWith("tls:"))).toEqual([]);
    expect(parts.files("analytics-gateway", "/etc/nginx/site")).toMatchObject({
      "tls.crt": provided.certificate,
      "tls.key": provided.privateKey,
    });
    expect(JSON.stringify(parts.all.map(({ inputs }) => shown(inputs)))).not.toContain(
      JSON.stringify(provided.privateKey).slice(1, -1),
    );
    expect(await value(site.caCertificate)).toBe("");
  });
});

describe("a wrong spec", () => {
  it.each<[string, unknown]>([
    ["of the wrong shape", { ...quick, host: 1 }],
    ["with a folder that is not there", { ...quick, apps: { a: { source: "apps/none" } } }],
    ["with a folder whose name no file system takes", { ...quick, apps: { a: { source: "a\0b" } } }],
    ["with a folder whose name is too long", { ...quick, apps: { a: { source: "x".repeat(1000) } } }],
    [
      "with another working directory than the package's Dockerfile has",
      { ...quick, apps: { a: { source: "apps/live", workingDir: "/srv" } } },
    ],
    ["with an app that is nothing", { ...quick, apps: { a: null } }],
    ["that is empty", {}],
    ["that is nothing", undefined],
    ["that is null", null],
  ])("(%s) is refused before anything is registered", async (_, wrong) => {
    const { result, registered } = await run((opts) => {
      try {
        return new DockerSite("analytics", wrong as SiteArgs, opts);
      } catch (error) {
        return error;
      }
    });
    expect(result).toBeInstanceOf(SiteSpecError);
    expect(registered).toEqual([]);
  });

  it("lists what is wrong with the folders with the rest", () => {
    const create = (): unknown =>
      new DockerSite("analytics", { ...quick, host: "A", apps: { a: { source: "apps/none" } } });
    expect(create).toThrow(/host: .*\n {2}apps\.a\.source: there is no folder .*apps\/none/);
  });
});

describe("a site with unusual names", () => {
  it.each(["constructor", "nginx", "then", "files"])(
    "has its parts apart from an app named %s",
    async (name) => {
      const { site, parts } = await deploy({
        ...quick,
        apps: { [name]: { image: "x" }, other: { image: "y" } },
      });
      const urns = parts.declared.map(({ urn }) => urn);
      expect(new Set(urns).size).toBe(urns.length);
      expect(Object.keys(await value(site.containers))).toHaveLength(3);
      expect(Object.keys(await value(site.apps)).sort()).toEqual([name, "other"].sort());
    },
  );
});

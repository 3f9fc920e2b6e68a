/** A site behind something that ends TLS: an Ingress, or a Gateway of the Gateway API. */
import type { SiteArgs } from "../../../index";
import { deploy, type Parts } from "./parts";

const folder = "/etc/nginx/site";

const spec: SiteArgs = {
  host: "site.example.com",
  apps: {
    sales: { image: "registry.example.com/sales:1" },
    board: { image: "registry.example.com/board:1", host: "board.example.com" },
  },
  auth: { basic: { users: { anna: `$2b$11$${"a".repeat(53)}` } } },
};
const trustedProxies = ["10.244.0.0/16", "192.0.2.0/24"];
const ingress: SiteArgs = {
  ...spec,
  expose: {
    ingress: {
      className: "traefik",
      annotations: { "example.com/body-size": "200m" },
      controllerNamespace: "traefik",
      trustedProxies,
    },
  },
};
const gatewayApi: SiteArgs = {
  ...spec,
  expose: { gatewayApi: { gateway: "public", namespace: "gateways", listener: "https", trustedProxies } },
};

describe.each([
  ["an Ingress", ingress],
  ["a Gateway", gatewayApi],
])("a gateway behind %s", (_, args) => {
  let parts: Parts;
  beforeAll(async () => {
    ({ parts } = await deploy(args));
  });

  it("speaks plain HTTP alone, and has no private key", () => {
    expect(parts.container("analytics-gateway").ports).toEqual([{ name: "http", containerPort: 8080 }]);
    expect(parts.object("Service", "analytics-gateway").spec).toMatchObject({
      type: "ClusterIP",
      ports: [{ name: "http", port: 80, targetPort: "http" }],
    });
    const files = parts.files("analytics-gateway", folder);
    expect(Object.keys(files)).not.toContain("tls.key");
    expect(Object.values(files).join("\n")).not.toMatch(/PRIVATE KEY|listen .*ssl/);
    expect(parts.container("analytics-gateway").args).not.toContain(`${folder}/tls.crt`);
  });

  it("takes the client's address from the proxies that the spec names, and from nobody else", () => {
    const { "nginx.conf": config = "" } = parts.files("analytics-gateway", folder);
    const trusted = [...config.matchAll(/^\s*set_real_ip_from ([^;]+);/gm)].map(([, from]) => from);
    expect(new Set(trusted)).toEqual(new Set([...trustedProxies, "unix:"]));
    expect(config).toMatch(/^\s*real_ip_header X-Forwarded-For;\n\s*real_ip_recursive on;/m);
  });

  it("is asked whether it is well at the port that it has", () => {
    expect(parts.container("analytics-gateway").readinessProbe).toMatchObject({
      httpGet: { path: "/healthz", port: "http" },
    });
  });
});

describe("the Ingress", () => {
  it("leads all hosts of the site to the gateway, with the spec's annotations, once the gateway is there", async () => {
    const { parts } = await deploy(ingress);
    const { metadata, spec: made } = parts.object("Ingress", "analytics-gateway");
    expect(metadata.annotations).toEqual({ "example.com/body-size": "200m" });
    expect(metadata.labels).toMatchObject({ "streamlit.part": "gateway" });
    const backend = { service: { name: "analytics-gateway", port: { number: 80 } } };
    const paths = [{ path: "/", pathType: "Prefix", backend }];
    expect(made).toMatchObject({
      ingressClassName: "traefik",
      rules: [
        { host: "site.example.com", http: { paths } },
        { host: "board.example.com", http: { paths } },
      ],
    });
    expect(parts.waitsFor("Ingress", "analytics-gateway")).toEqual(["analytics-gateway"]);
  });

  it("has a certificate of the site's own authority, in a Secret that cannot be changed", async () => {
    const { parts, site } = await deploy(ingress);
    const [{ hosts, secretName }] = parts.object("Ingress", "analytics-gateway").spec.tls as [
      { hosts: string[]; secretName: string },
    ];
    expect(hosts).toEqual(["site.example.com", "board.example.com"]);
    const { type, immutable, data } = parts.object("Secret", secretName) as unknown as {
      type: string;
      immutable: boolean;
      data: Record<string, string>;
    };
    expect([type, immutable, Object.keys(data).sort()]).toEqual([
      "kubernetes.io/tls",
      true,
      ["tls.crt", "tls.key"],
    ]);
    expect(secretName).toMatch(/^analytics-certificate-[0-9a-f]{8}$/);
    expect(site.caCertificate).toBeDefined();
    const shown = JSON.stringify(parts.shownObjects.filter(({ kind }) => kind === "Secret"));
    expect(shown).not.toContain(data["tls.key"]);
  });

  it.each<[string, SiteArgs["tls"], string]>([
    ["somebody else's Secret", { secret: { name: "wildcard" } }, "wildcard"],
    ["cert-manager", { certManager: { issuer: "letsencrypt" } }, "analytics-certificate"],
  ])("takes the certificate of %s", async (_, tls, secretName) => {
    const { parts } = await deploy({ ...ingress, tls: tls! });
    expect(parts.object("Ingress", "analytics-gateway").spec.tls).toMatchObject([{ secretName }]);
    expect(Object.keys(parts.kind("Secret")).filter((name) => name.includes("certificate"))).toEqual([]);
  });
});

describe("the HTTPRoute", () => {
  it("leads all hosts of the site from the Gateway to the gateway, without a limit for websockets", async () => {
    const { parts } = await deploy(gatewayApi);
    expect(parts.object("HTTPRoute", "analytics-gateway")).toMatchObject({
      apiVersion: "gateway.networking.k8s.io/v1",
      spec: {
        parentRefs: [{ name: "public", namespace: "gateways", sectionName: "https" }],
        hostnames: ["site.example.com", "board.example.com"],
        rules: [{ backendRefs: [{ name: "analytics-gateway", port: 80 }], timeouts: { request: "0s" } }],
      },
    });
  });

  it("has no certificate: the Gateway has", async () => {
    const { parts, site } = await deploy(gatewayApi);
    expect(parts.all.filter(({ type }) => type.startsWith("tls:"))).toEqual([]);
    expect(await new Promise((resolve) => site.caCertificate.apply(resolve))).toBe("");
  });

  it("names no more than the spec does", async () => {
    const expose = { gatewayApi: { gateway: "public", trustedProxies } };
    const { parts } = await deploy({ ...spec, expose });
    expect(parts.object("HTTPRoute", "analytics-gateway").spec.parentRefs).toEqual([{ name: "public" }]);
  });
});

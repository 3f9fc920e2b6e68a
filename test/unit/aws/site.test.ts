/** What a site on AWS is made of, told by what it registers with Pulumi. What AWS itself makes of it is not shown here. */
import * as pulumi from "@pulumi/pulumi";
import { ComponentProvider } from "@pulumi/pulumi/provider/experimental";
import type { AwsSite } from "../../../components/aws";
import { type SiteArgs, SiteSpecError } from "../../../index";
import { plain, shown, value } from "../mocks";
import { account, region } from "./outputs";
import { deploy, type Parts } from "./parts";

const ecr = `${account}.dkr.ecr.${region}.amazonaws.com`;
const spec: SiteArgs = {
  host: "site.example.com",
  apps: {
    explorer: {
      source: "apps/explorer",
      resources: { cpu: 1, memory: "3Gi" },
      environment: { REGION: "eu" },
      secrets: { DB_PASSWORD: "secret of the database" },
      autoscaling: { min: 2, max: 8 },
      drainTimeout: "5m",
    },
    live: { image: `${ecr}/live@sha256:${"0".repeat(64)}`, workingDir: "/srv", replicas: 3 },
  },
  auth: { cognito: {} },
  tls: { acm: { zone: "Z0123" } },
};
const withApp = (own: Partial<SiteArgs["apps"][string]>): SiteArgs => ({
  ...spec,
  apps: { ...spec.apps, live: { ...spec.apps.live, ...own } },
});
const oidc: SiteArgs = {
  ...spec,
  auth: {
    oidc: {
      provider: "keycloak-oidc",
      issuer: "https://id.example.com/realms/staff",
      clientId: "site",
      clientSecret: "secret of the client",
      bearer: true,
      audiences: ["reports"],
    },
  },
};
const full: SiteArgs = {
  ...withApp({ egress: true, spot: true, secrets: { A: "secret of live" } }),
  auth: {
    cognito: {
      selfSignUp: true,
      allow: { emailDomains: ["example.com", "example.org"] },
      mfa: "required",
      groups: ["staff", "guests"],
      federation: {
        google: { clientId: "google", clientSecret: "secret of google" },
        oidc: {
          partner: { issuer: "https://id.example.org", clientId: "a", clientSecret: "secret of partner" },
        },
        saml: { adfs: { metadataUrl: "https://adfs.example.com/metadata.xml" } },
      },
    },
  },
  tls: { selfSigned: {} },
  waf: { managed: {} },
  kmsKeyArn: `arn:aws:kms:${region}:${account}:key/0a1b`,
  alarms: { topicArn: `arn:aws:sns:${region}:${account}:alarms` },
  logs: { retention: 90 },
  deletionProtection: true,
};

let site: AwsSite;
let parts: Parts;
let withOidc: Parts;
let withAll: Parts;
beforeAll(async () => {
  ({ site, parts } = await deploy(spec));
  ({ parts: withOidc } = await deploy(oidc));
  ({ parts: withAll } = await deploy(full));
}, 60_000);

describe("a site of two apps", () => {
  it("is made of exactly these parts", () => {
    expect(parts.counts).toEqual({
      "streamlit-site:index:AwsSite": 1,
      "streamlit-site:index:AwsApp": 2,
    });
  });

  it("has names that begin with its own, each resource below its component", () => {
    for (const { urn } of parts.declared)
      expect(urn).toMatch(
        /^streamlit-site:index:AwsSite(\$streamlit-site:index:AwsApp)?(\$[\w:/.-]+)?::site(-|$)/,
      );
    expect(parts.declared).toHaveLength(parts.all.length);
  });

  it("keeps the names by which Pulumi knows its parts: a change would replace them", () => {
    expect(parts.declared.map(({ urn }) => urn).sort()).toMatchSnapshot();
  });

  it("and its components have the type tokens that the schema of a component package gives them", () => {
    for (const type of Object.keys(parts.counts).filter((token) => token.startsWith("streamlit")))
      ComponentProvider.validateResourceType("streamlit-site", type);
  });

  it("tells where it is", async () => {
    expect(await value(site.url)).toBe("https://site.example.com");
    expect(await value(site.apps)).toEqual({
      explorer: "https://site.example.com/explorer/",
      live: "https://site.example.com/live/",
    });
    expect(await value(site.loadBalancer)).toBe("site.elb.amazonaws.com");
    expect(Object.keys(await value(site.taskRoles))).toEqual(["explorer", "live"]);
    expect(await value(site.signInDomain)).toMatch(
      /^streamlit-[0-9a-f]+\.auth\.eu-central-1\.amazoncognito\.com$/,
    );
    expect(await value(site.caCertificate)).toBe("");
    expect(await pulumi.isSecret(site.passwords)).toBe(true);
  });
});

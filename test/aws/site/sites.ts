/** The sites that the layers and the engine are shown: together they have each kind of sign-in and everything that a spec may ask of AWS. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { AwsSite } from "../../../components/aws";
import type { SiteArgs } from "../../../index";
import { provided } from "../../unit/certificates";
import { account, defaultRegion } from "../outputs";

const region = defaultRegion;
/** An image of an app, in a repository of the account. */
export const image = (name: string): string => `${account}.dkr.ecr.${region}.amazonaws.com/${name}:1`;

/** A site, made by a program of its own. */
export interface SiteCase {
  /** The name of its component. */
  name: string;
  spec: SiteArgs;
}

/** The program of a site, which returns what a stack would show of it. */
export function siteProgram({ name, spec }: SiteCase): Record<string, unknown> {
  const { url, apps, caCertificate, loadBalancer, taskRoles, signInDomain, userPoolId, programs } =
    new AwsSite(name, spec);
  return { url, apps, caCertificate, loadBalancer, taskRoles, signInDomain, userPoolId, programs };
}

/** Every secret in the specs begins so. */
export const secretMark = "secret of";

/** Accounts of Cognito's own, a certificate by DNS, and as little else as can be; an app whose parts have the names of parts of the site. */
export const plain: SiteCase = {
  name: "plain",
  spec: {
    host: "plain.example.com",
    apps: {
      sales: {
        image: image("sales"),
        secrets: { KEY: `${secretMark} sales` },
        autoscaling: { min: 1, max: 4 },
      },
      out: { image: image("out"), route: "/team/out", environment: { REGION: "us" } },
    },
    auth: { cognito: {} },
    tls: { acm: { zone: "Z0123456789ABCDEFGHIJ" } },
  },
};

/** Cognito with all that it can have, and a site that keeps what it has. */
export const federated: SiteCase = {
  name: "fed",
  spec: {
    host: "federated.example.com",
    title: "Federated",
    apps: {
      sales: {
        image: image("sales"),
        egress: true,
        secrets: { KEY: `${secretMark} sales` },
        autoscaling: { min: 2, max: 8, cpu: 60, memory: 70, requests: 500 },
      },
      spare: { image: image("spare"), spot: true, replicas: 2, resources: { cpu: 1, memory: "4Gi" } },
    },
    auth: {
      cognito: {
        selfSignUp: true,
        allow: { emailDomains: ["example.com", "example.org"] },
        mfa: "required",
        groups: ["staff", "guests"],
        bearer: { programs: ["nightly", "reports"] },
        federation: {
          google: { clientId: "google", clientSecret: `${secretMark} google` },
          oidc: {
            partner: {
              issuer: "https://id.example.org",
              clientId: "partner",
              clientSecret: `${secretMark} partner`,
            },
          },
          saml: { adfs: { metadataUrl: "https://adfs.example.com/metadata.xml" } },
        },
      },
    },
    tls: { selfSigned: {} },
    waf: { managed: {} },
    kmsKeyArn: `arn:aws:kms:${region}:210987654321:key/01234567-89ab-4cde-8f01-23456789abcd`,
    alarms: { topicArn: `arn:aws:sns:${region}:210987654321:alarms` },
    logs: { retention: 365 },
    deletionProtection: true,
  },
};

/** A provider of one's own, whose tokens programs come with; an app that has the whole host but what another has. */
export const oidc: SiteCase = {
  name: "oidc",
  spec: {
    host: "site.example.com",
    apps: {
      home: { image: image("home"), route: "/", secrets: { KEY: `${secretMark} home` } },
      ops: { image: "ghcr.io/example/ops:1", egress: true },
    },
    auth: {
      oidc: {
        provider: "keycloak-oidc",
        issuer: "https://id.example.com/realms/staff",
        clientId: "site",
        clientSecret: `${secretMark} the client`,
        bearer: true,
        audiences: ["reports"],
      },
    },
    tls: { provided },
    waf: {
      webAclArn: `arn:aws:wafv2:${region}:210987654321:regional/webacl/own/01234567-89ab-4cde-8f01-23456789abcd`,
    },
  },
};

/** A site in a network that is there, with an app that is built here. */
export const existing = (): SiteCase => ({
  name: "in",
  spec: {
    host: "existing.example.com",
    apps: {
      explorer: { source: "apps/explorer", secrets: { KEY: `${secretMark} explorer` } },
      reports: { image: image("reports"), egress: true },
    },
    auth: {
      oidc: {
        provider: "oidc",
        issuer: "https://id.example.com",
        clientId: "site",
        clientSecret: `${secretMark} the client`,
        endpoints: {
          authorization: "https://id.example.com/authorize",
          token: "https://id.example.com/token",
          userInfo: "https://id.example.com/userinfo",
        },
      },
    },
    tls: {
      acm: {
        certificateArn: `arn:aws:acm:${region}:210987654321:certificate/01234567-89ab-4cde-8f01-23456789abcd`,
      },
    },
    network: { existing: networkThatIsThere() },
  },
});

/** A network as somebody else made it: the way out of the private subnets is there, and an app without `egress` has none for all that. */
function networkThatIsThere(): {
  vpc: pulumi.Input<string>;
  publicSubnets: pulumi.Input<string>[];
  privateSubnets: pulumi.Input<string>[];
} {
  const vpc = new aws.ec2.Vpc("there", { cidrBlock: "10.99.0.0/16", enableDnsHostnames: true });
  const gateway = new aws.ec2.InternetGateway("there", { vpcId: vpc.id });
  const table = (
    name: string,
    route: { gatewayId?: pulumi.Input<string>; natGatewayId?: pulumi.Input<string> },
  ) =>
    new aws.ec2.RouteTable(`there-${name}`, {
      vpcId: vpc.id,
      routes: [{ cidrBlock: "0.0.0.0/0", ...route }],
    });
  const subnets = (kind: string, first: number, routeTableId: pulumi.Input<string>) =>
    ["a", "b"].map((zone, index) => {
      const subnet = new aws.ec2.Subnet(`there-${kind}-${zone}`, {
        vpcId: vpc.id,
        cidrBlock: `10.99.${String(first + index)}.0/24`,
        availabilityZone: `${region}${zone}`,
      });
      new aws.ec2.RouteTableAssociation(`there-${kind}-${zone}`, { subnetId: subnet.id, routeTableId });
      return subnet.id;
    });
  const publicSubnets = subnets("public", 0, table("public", { gatewayId: gateway.id }).id);
  const address = new aws.ec2.Eip("there", { domain: "vpc" });
  const nat = new aws.ec2.NatGateway("there", {
    subnetId: publicSubnets[0],
    allocationId: address.allocationId,
  });
  const inside = table("private", { natGatewayId: nat.id });
  const privateSubnets = subnets("private", 8, inside.id);
  const group = new aws.ec2.SecurityGroup("there-endpoints", {
    vpcId: vpc.id,
    description: "Endpoints",
    ingress: [
      {
        description: "Private subnets",
        protocol: "tcp",
        fromPort: 443,
        toPort: 443,
        cidrBlocks: ["10.99.8.0/23"],
      },
    ],
  });
  for (const service of ["ecr.api", "ecr.dkr", "logs", "secretsmanager"])
    new aws.ec2.VpcEndpoint(`there-${service}`, {
      vpcId: vpc.id,
      serviceName: `com.amazonaws.${region}.${service}`,
      vpcEndpointType: "Interface",
      privateDnsEnabled: true,
      subnetIds: privateSubnets,
      securityGroupIds: [group.id],
    });
  new aws.ec2.VpcEndpoint("there-s3", {
    vpcId: vpc.id,
    serviceName: `com.amazonaws.${region}.s3`,
    routeTableIds: [inside.id],
  });
  return { vpc: vpc.id, publicSubnets, privateSubnets };
}

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { siteLabels } from "../shared/labels";
import { logWarnings } from "../shared/warnings";
import type { SiteArgs } from "../spec/args";
import { checkSite } from "../spec/check";
import { sourceFaults, sourceWarnings } from "../streamlit/source";
import { StreamlitApp } from "./app";
import { albCertificate } from "./certificate";
import type { ProgramClient } from "./cognito";
import { listenerRule, siteEdge } from "./edge";
import { limitFaults } from "./limits";
import { appPriorities, siteRules } from "./listener-rules";
import { dashboard, edgeAlarms } from "./monitoring";
import { siteNetwork } from "./network";
import { placeOf } from "./place";
import { signInParts } from "./sign-in";
import { firewall } from "./waf";

/**
 * A site on AWS: a Fargate service for each app in private subnets, which only the site's own load balancer reaches; it ends TLS, signs
 * people in by Cognito or an OpenID Connect provider, and alone is reached from outside. `docs/aws.md` has what it is made of and costs, which
 * of the gateway's promises it keeps, and which rights it takes.
 *
 * @example
 * ```ts
 * const site = new AwsSite("analytics", {
 *   host: "analytics.example.com",
 *   apps: { sales: { source: "apps/sales", autoscaling: { min: 2, max: 8 } } },
 *   auth: { cognito: { selfSignUp: true, allow: { emailDomains: ["example.com"] } } },
 *   tls: { acm: { zone: "Z0123456789ABC" } },
 * });
 * export const url = site.url; // https://analytics.example.com
 * ```
 */
export class AwsSite extends pulumi.ComponentResource {
  /** The address of the site: `https://host`. */
  readonly url: pulumi.Output<string>;
  /** The address of each app by its name. */
  readonly apps: pulumi.Output<Record<string, string>>;
  /** The certificate authority to trust, PEM; empty with another `tls` than `selfSigned`. */
  readonly caCertificate: pulumi.Output<string>;
  /** None: passwords are the provider's. Secret, as on the other targets. */
  readonly passwords: pulumi.Output<Record<string, string>>;
  /** The host name of the load balancer, to which the record of `host` has to lead; with `tls.acm.zone` it does. */
  readonly loadBalancer: pulumi.Output<string>;
  /** The ARN of the role that each app's own code has, by the app's name. None has any rights: attach what an app is to do. */
  readonly taskRoles: pulumi.Output<Record<string, string>>;
  /** The host name of Cognito's pages, to be registered at providers that it federates with; empty with `auth.oidc`. */
  readonly signInDomain: pulumi.Output<string>;
  /** The id of the Cognito user pool, where accounts are made; empty with `auth.oidc`. */
  readonly userPoolId: pulumi.Output<string>;
  /**
   * What each program in `auth.cognito.bearer` gets its tokens with, by its name: the id and the secret of its client. Secret; empty without.
   */
  readonly programs: pulumi.Output<Record<string, ProgramClient>>;

  /**
   * @param name the start of the names of all that the site is made of: 1–16 lower-case letters, digits and inner hyphens
   * @param args the spec
   * @param opts `provider` or `providers` for another account or region than that of the configuration
   * @throws {@link SiteSpecError} with every fault of the spec, before any resource is registered
   */
  constructor(name: string, args: SiteArgs, opts: pulumi.ComponentResourceOptions = {}) {
    // A provider of its own may be in any region; what is known later is checked when it is.
    const region = (opts.provider ?? opts.providers) ? undefined : aws.config.region;
    const site = checkSite(args, "aws", [...sourceFaults(args), ...limitFaults(args, { name, region })]);
    super("streamlit-site:index:AwsSite", name, {}, opts);
    logWarnings(sourceWarnings(site), this);
    const parent = { parent: this };
    const common = {
      place: placeOf(parent),
      tags: siteLabels(name),
      protect: site.aws.deletionProtection ?? pulumi.getStack().startsWith("prod"),
    };

    const network = siteNetwork(name, site, common, parent);
    const certificate = albCertificate(name, site, common, parent);
    const edge = siteEdge(name, { ...common, site, network, certificateArn: certificate.arn }, parent);
    firewall(name, { ...common, site, albArn: edge.arn }, parent);
    const signIn = signInParts(name, site, common, parent);
    const { tags } = common;
    for (const rule of siteRules(site))
      listenerRule(name, rule, { edge, signIn, targetGroupArn: signIn.signOutTargetGroupArn, tags }, parent);

    const cluster = siteCluster(name, tags, parent);
    const priorities = appPriorities(site.apps);
    const apps = site.apps.map((app) => ({
      name: app.name,
      part: new StreamlitApp(
        `${name}-${app.name}`,
        { ...common, site, app, network, edge, signIn, cluster, priority: priorities.get(app.name) ?? 0 },
        parent,
      ),
    }));
    edgeAlarms(name, { site, edge, tags }, parent);
    dashboard(
      name,
      {
        ...common,
        edge,
        cluster: cluster.name,
        apps: apps.map(({ name: app, part }) => ({
          name: app,
          service: part.serviceName,
          targetGroup: part.targetGroup,
        })),
      },
      parent,
    );

    this.url = pulumi.output(site.origin);
    this.apps = pulumi.output(
      Object.fromEntries(site.apps.map((app) => [app.name, `${app.origin}${app.path}/`])),
    );
    this.caCertificate = certificate.caCertificate;
    this.passwords = pulumi.secret(pulumi.output<Record<string, string>>({}));
    this.loadBalancer = edge.dnsName;
    this.taskRoles = pulumi.output(
      Object.fromEntries(apps.map(({ name: app, part }) => [app, part.taskRoleArn])),
    );
    this.signInDomain = signIn.domain;
    this.userPoolId = signIn.userPoolId;
    this.programs = signIn.programs;
    this.registerOutputs({
      url: this.url,
      apps: this.apps,
      caCertificate: this.caCertificate,
      passwords: this.passwords,
      loadBalancer: this.loadBalancer,
      taskRoles: this.taskRoles,
      signInDomain: this.signInDomain,
      userPoolId: this.userPoolId,
      programs: this.programs,
    });
  }
}

/** The cluster of a site's services, whose tasks run on Fargate, on spare capacity of it too. */
function siteCluster(
  name: string,
  tags: Record<string, string>,
  opts: pulumi.CustomResourceOptions,
): { arn: pulumi.Output<string>; name: pulumi.Output<string> } {
  const cluster = new aws.ecs.Cluster(
    name,
    { settings: [{ name: "containerInsights", value: "enabled" }], tags },
    opts,
  );
  const providers = new aws.ecs.ClusterCapacityProviders(
    name,
    {
      clusterName: cluster.name,
      capacityProviders: ["FARGATE", "FARGATE_SPOT"],
      defaultCapacityProviderStrategies: [{ capacityProvider: "FARGATE", weight: 1 }],
    },
    opts,
  );
  // A service names one of them.
  return { arn: providers.id.apply(() => cluster.arn), name: cluster.name };
}

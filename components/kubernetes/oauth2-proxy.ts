import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import {
  oauth2ProxyConfig,
  oauth2ProxyConfigFile,
  oauth2ProxyFiles,
  oauth2ProxyPort,
} from "../gateway/oidc/oauth2-proxy";
import type { Labels } from "../shared/labels";
import type { Oidc, Site } from "../spec/site";
import { Files } from "./files";
import { hardenedContainer, hardenedPod, memoryVolume, spread } from "./hardening";
import { oauth2ProxyFolder, oauth2ProxyUid, serviceHost, type ObjectNames } from "./platform";
import { redis } from "./redis";

/** What {@link Oauth2Proxy} takes. */
export interface Oauth2ProxyArgs {
  site: Site;
  oidc: Oidc;
  names: ObjectNames;
  namespace: pulumi.Input<string>;
  labels: Labels;
}

/** How many there are: one goes on while another is replaced. */
const replicas = 2;

/**
 * The subnets that clusters give to pods: private ones, and the shared one of carriers (RFC 6598). What of these may connect to
 * oauth2-proxy at all, its network policy says: the gateway's pods alone, whose words on the request it takes.
 */
const podSubnets = ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

/** oauth2-proxy and, with `sessions.redis`, its Redis. */
export class Oauth2Proxy extends pulumi.ComponentResource {
  constructor(name: string, args: Oauth2ProxyArgs, opts?: pulumi.ComponentResourceOptions) {
    super("streamlit-site:index:KubernetesOauth2Proxy", name, {}, opts);
    const { site, oidc, names, namespace } = args;
    const labels = { ...args.labels, "streamlit.part": "oauth2-proxy" };
    const parent = { parent: this };
    const metadata = { name: names.oauth2Proxy, namespace, labels };

    const sessionStore =
      oidc.sessions.store === "redis"
        ? redis(`${name}-redis`, { site, names, namespace, labels: args.labels }, parent)
        : undefined;
    const cookieSecret = new random.RandomBytes(`${name}-cookie-secret`, { length: 32 }, parent);
    const redisHost = serviceHost(names, names.redis);
    const files = new Files(
      `${name}-files`,
      {
        namespace,
        files: oauth2ProxyFiles<pulumi.Input<string>>(oidc, {
          config: pulumi
            .all([oidc.clientId, sessionStore?.password ?? ""])
            .apply(([clientId, redisPassword]) =>
              oauth2ProxyConfig(
                site,
                oidc,
                { configFolder: oauth2ProxyFolder, trustedProxies: podSubnets, redisHost },
                { clientId, redisPassword },
              ),
            ),
          clientSecret: oidc.clientSecret,
          cookieSecret: cookieSecret.base64.apply((secret) =>
            Buffer.from(secret, "base64").toString("base64url"),
          ),
          caCertificate: oidc.caCertificate,
        }),
        labels,
      },
      parent,
    );
    const account = new kubernetes.core.v1.ServiceAccount(
      name,
      { metadata, automountServiceAccountToken: false },
      parent,
    );
    const probe = (probed: string): kubernetes.types.input.core.v1.Probe => ({
      httpGet: { path: probed, port: "http" },
      timeoutSeconds: 3,
    });
    new kubernetes.apps.v1.Deployment(
      name,
      {
        metadata,
        spec: {
          replicas,
          selector: { matchLabels: labels },
          minReadySeconds: 2,
          progressDeadlineSeconds: 180,
          revisionHistoryLimit: 2,
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          template: {
            metadata: { labels },
            spec: {
              ...hardenedPod(site, oauth2ProxyUid, account.metadata.name),
              topologySpreadConstraints: spread(labels),
              terminationGracePeriodSeconds: 30,
              containers: [
                {
                  name: "oauth2-proxy",
                  ...hardenedContainer(site, { cpu: 1, memory: 256 }),
                  image: site.images.oauth2Proxy,
                  command: ["/bin/oauth2-proxy", `--config=${oauth2ProxyFolder}/${oauth2ProxyConfigFile}`],
                  ports: [{ name: "http", containerPort: oauth2ProxyPort }],
                  startupProbe: { ...probe("/ready"), periodSeconds: 1, failureThreshold: 60 },
                  // With Redis gone, nobody is better served by another.
                  readinessProbe: { ...probe("/ping"), periodSeconds: 3, failureThreshold: 2 },
                  livenessProbe: { ...probe("/ping"), periodSeconds: 10, failureThreshold: 3 },
                  lifecycle: { preStop: { exec: { command: ["sleep", "5"] } } },
                  volumeMounts: [
                    { name: "tmp", mountPath: "/tmp" },
                    { name: "files", mountPath: oauth2ProxyFolder, readOnly: true },
                  ],
                },
              ],
              volumes: [
                memoryVolume("tmp", 16),
                { name: "files", projected: { sources: files.sources, defaultMode: 0o440 } },
              ],
            },
          },
        },
      },
      {
        ...parent,
        ...(sessionStore && { dependsOn: [sessionStore.workload] }),
        customTimeouts: { create: "5m", update: "5m", delete: "5m" },
      },
    );
    new kubernetes.core.v1.Service(
      name,
      {
        // nginx asks each of them by its own address, as it does with apps.
        metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
        spec: {
          clusterIP: "None",
          selector: labels,
          ports: [{ name: "http", port: oauth2ProxyPort, targetPort: "http" }],
        },
      },
      parent,
    );
    new kubernetes.policy.v1.PodDisruptionBudget(
      name,
      { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: labels } } },
      parent,
    );
    this.registerOutputs({});
  }
}

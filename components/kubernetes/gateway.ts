import * as fs from "node:fs";
import * as path from "node:path";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { fileNames, type NamedFile, publicFile } from "../gateway/files";
import { gatewayFiles } from "../gateway/gateway";
import { logoFiles } from "../gateway/logo";
import { signInOf } from "../gateway/sign-in-kinds";
import type { Labels } from "../shared/labels";
import type { Site } from "../spec/site";
import type { GatewayCertificate } from "./certificate";
import { edge, frontProxy, httpRoute, ingress } from "./edge";
import { Files } from "./files";
import { hardenedContainer, hardenedPod, memoryVolume, spread } from "./hardening";
import { gatewayPlatform, gatewayPorts, nginxUid, type ObjectNames } from "./platform";

/** What {@link Gateway} takes. */
export interface GatewayArgs {
  site: Site;
  names: ObjectNames;
  /** The namespace, once it is there. */
  namespace: pulumi.Input<string>;
  certificate: GatewayCertificate;
  /** The files that the sign-in adds to those that follow from the spec. */
  signInFiles: NamedFile<pulumi.Input<string>>[];
  labels: Labels;
}

/** How many there are: one goes on while another is replaced. */
const replicas = 2;

/** nginx, between the outside and the apps: the only part that others than the site's own pods may connect to. */
export class Gateway extends pulumi.ComponentResource {
  constructor(name: string, args: GatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("streamlit-site:index:KubernetesGateway", name, {}, opts);
    const { site, names, namespace, certificate } = args;
    const labels = { ...args.labels, "streamlit.part": "gateway" };
    const parent = { parent: this };
    const platform = gatewayPlatform(site, names);
    const signIn = signInOf(site, platform);
    const metadata = { name: names.gateway, namespace, labels };

    const files = new Files(
      `${name}-files`,
      {
        namespace,
        files: [
          ...gatewayFiles(site, platform, signIn),
          ...logoFiles(site),
          ...certificate.files,
          ...args.signInFiles,
          publicFile("start.sh", fs.readFileSync(path.join(__dirname, "gateway.sh"), "utf8")),
        ],
        labels,
      },
      parent,
    );
    const account = new kubernetes.core.v1.ServiceAccount(
      name,
      { metadata, automountServiceAccountToken: false },
      parent,
    );

    const { config } = platform.folders;
    // Behind a proxy it is the proxy's.
    const endsTls = frontProxy(site) === undefined;
    const secretName = endsTls ? certificate.secretName : undefined;
    const renewed = secretName === undefined ? undefined : [fileNames.certificate, fileNames.privateKey];
    // The kubelet brings what is written to the Secret into the same folder.
    const sources = pulumi
      .all([files.sources, secretName])
      .apply(([own, secret]) => [
        ...own,
        ...(secret === undefined
          ? []
          : [
              { secret: { name: secret, items: (renewed ?? []).map((file) => ({ key: file, path: file })) } },
            ]),
      ]);
    // A websocket that is watched takes up to a megabyte over its day.
    const memory = signIn.websocketCheck ? 1024 : 512;
    const probe = { httpGet: { path: "/healthz", port: "http" }, timeoutSeconds: 2 };
    const deployment = new kubernetes.apps.v1.Deployment(
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
              ...hardenedPod(site, nginxUid, account.metadata.name),
              topologySpreadConstraints: spread(labels),
              terminationGracePeriodSeconds: 30,
              containers: [
                {
                  name: "nginx",
                  ...hardenedContainer(site, { cpu: 2, memory }),
                  image: site.images.nginx,
                  command: ["sh"],
                  args: [
                    `${config}/start.sh`,
                    `${config}/${fileNames.nginx}`,
                    platform.folders.scratch,
                    signIn.background === undefined ? "" : `${config}/${signIn.background}`,
                    ...(renewed === undefined ? [] : renewed.map((file) => `${config}/${file}`)),
                  ],
                  ports: [
                    ...(endsTls ? [{ name: "https", containerPort: gatewayPorts.https }] : []),
                    { name: "http", containerPort: gatewayPorts.http },
                  ],
                  startupProbe: { ...probe, periodSeconds: 1, failureThreshold: 60 },
                  readinessProbe: { ...probe, periodSeconds: 3, failureThreshold: 2 },
                  livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 3 },
                  // Until nobody is sent here any more.
                  lifecycle: { preStop: { exec: { command: ["sleep", "5"] } } },
                  volumeMounts: [
                    { name: "tmp", mountPath: platform.folders.scratch },
                    { name: "files", mountPath: config, readOnly: true },
                  ],
                },
              ],
              volumes: [
                memoryVolume("tmp", 256),
                { name: "files", projected: { sources, defaultMode: 0o440 } },
              ],
            },
          },
        },
      },
      { ...parent, customTimeouts: { create: "5m", update: "5m", delete: "5m" } },
    );

    const { annotations, spec } = edge(site);
    const service = new kubernetes.core.v1.Service(
      name,
      {
        metadata: { ...metadata, ...(Object.keys(annotations).length > 0 && { annotations }) },
        spec: { ...spec, selector: labels },
      },
      { ...parent, dependsOn: [deployment] },
    );
    const outside = { ...parent, dependsOn: [service] };
    const byIngress = ingress(site, names.gateway, certificate.secretName);
    if (byIngress)
      new kubernetes.networking.v1.Ingress(
        name,
        { metadata: { ...metadata, annotations: byIngress.annotations }, spec: byIngress.spec },
        outside,
      );
    const byRoute = httpRoute(site, names.gateway);
    if (byRoute)
      new kubernetes.apiextensions.CustomResource(
        name,
        { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", metadata, spec: byRoute },
        outside,
      );
    new kubernetes.policy.v1.PodDisruptionBudget(
      name,
      { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: labels } } },
      parent,
    );
    this.registerOutputs({});
  }
}

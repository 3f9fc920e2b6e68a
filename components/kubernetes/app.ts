import * as fs from "node:fs";
import * as path from "node:path";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { publicFile, secretFile } from "../gateway/files";
import type { Labels } from "../shared/labels";
import type { App, Site } from "../spec/site";
import { streamlitConfig } from "../streamlit/config";
import { type KnownSecrets, streamlitSecrets } from "../streamlit/secrets";
import { hasOwnDockerfile, ownStreamlitConfig } from "../streamlit/source";
import { streamlitEnvironment, streamlitPaths, streamlitPort } from "../streamlit/streamlit";
import { Files } from "./files";
import { hardenedContainer, hardenedPod, memoryVolume, millicores, spread } from "./hardening";
import { appImage } from "./image";
import { appUid, type ObjectNames } from "./platform";

/** What {@link StreamlitApp} takes. */
export interface StreamlitAppArgs {
  site: Site;
  app: App;
  names: ObjectNames;
  /** The namespace, once it is there. */
  namespace: pulumi.Input<string>;
  labels: Labels;
}

/** In seconds: what a container has that is told to end, after the time in which its sessions may end by themselves. */
const endTime = 15;

/**
 * One app: its image, its settings and secrets as files, its pods, and the two Services by which the gateway finds them: those
 * that take new sessions, and all that have some.
 */
export class StreamlitApp extends pulumi.ComponentResource {
  constructor(name: string, args: StreamlitAppArgs, opts?: pulumi.ComponentResourceOptions) {
    super("streamlit-site:index:KubernetesApp", name, {}, opts);
    const { site, app, names, namespace } = args;
    const labels = { ...args.labels, "streamlit.app": app.name };
    const parent = { parent: this };
    const metadata = (objectName: string): kubernetes.types.input.meta.v1.ObjectMeta => ({
      name: objectName,
      namespace,
      labels,
    });

    const own = "folder" in app.source ? ownStreamlitConfig(app.source.folder) : "";
    const files = new Files(
      `${name}-files`,
      {
        namespace,
        files: [
          publicFile<pulumi.Input<string>>("config.toml", streamlitConfig(site, app, own)),
          secretFile(
            "secrets.toml",
            pulumi.output(app.secrets).apply((known) => streamlitSecrets(known as KnownSecrets)),
          ),
        ],
        labels,
      },
      parent,
    );
    const account = new kubernetes.core.v1.ServiceAccount(
      name,
      { metadata: metadata(names.app(app)), automountServiceAccountToken: false },
      parent,
    );

    // An image of somebody else's making brings its own command.
    const builtByUs = "folder" in app.source && !hasOwnDockerfile(app.source.folder);
    const health = {
      httpGet: {
        path: `${app.path}${streamlitPaths.health}`,
        port: streamlitPort,
        // Streamlit answers no other hosts than its own and this machine's.
        httpHeaders: [{ name: "Host", value: `127.0.0.1:${streamlitPort}` }],
      },
      timeoutSeconds: 2,
    };
    const environment = { HOME: "/tmp", ...streamlitEnvironment, ...app.environment };
    const deployment = new kubernetes.apps.v1.Deployment(
      name,
      {
        metadata: metadata(names.app(app)),
        spec: {
          // Whoever scales it by itself says how many there are.
          ...(app.autoscaling === undefined && { replicas: app.replicas }),
          selector: { matchLabels: labels },
          minReadySeconds: app.minReadySeconds,
          progressDeadlineSeconds: 300 + app.minReadySeconds,
          revisionHistoryLimit: 2,
          // All of the new version is there before any of the old one goes.
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "100%", maxUnavailable: 0 } },
          template: {
            metadata: { labels },
            spec: {
              ...hardenedPod(site, appUid, account.metadata.name),
              topologySpreadConstraints: spread(labels),
              terminationGracePeriodSeconds: app.drainTimeout + endTime,
              containers: [
                {
                  name: "streamlit",
                  ...hardenedContainer(site, app),
                  image: appImage(name, site, app, parent),
                  ...(builtByUs && { command: ["python", "-m", "streamlit", "run", app.entry] }),
                  workingDir: app.workingDir,
                  env: Object.entries(environment).map(([variable, value]) => ({
                    name: variable,
                    value: literal(value),
                  })),
                  ports: [{ name: "http", containerPort: streamlitPort }],
                  // An app may take its time to start, and is not killed for it.
                  startupProbe: { ...health, periodSeconds: 1, failureThreshold: 120 },
                  readinessProbe: { ...health, periodSeconds: 5, failureThreshold: 2 },
                  livenessProbe: { ...health, periodSeconds: 10, failureThreshold: 6 },
                  ...(app.drainTimeout > 0 && {
                    lifecycle: { preStop: { exec: { command: drainCommand(app) } } },
                  }),
                  volumeMounts: [
                    { name: "tmp", mountPath: "/tmp" },
                    { name: "files", mountPath: `${app.workingDir}/.streamlit`, readOnly: true },
                  ],
                },
              ],
              volumes: [
                memoryVolume("tmp", Math.min(256, Math.floor(app.memory / 2))),
                { name: "files", projected: { sources: files.sources, defaultMode: 0o440 } },
              ],
            },
          },
        },
      },
      { ...parent, customTimeouts: { create: "10m", update: "10m", delete: `${app.drainTimeout + 300}s` } },
    );

    const service = (suffix: string, objectName: string, publishNotReadyAddresses: boolean): void => {
      new kubernetes.core.v1.Service(
        `${name}${suffix}`,
        {
          metadata: {
            ...metadata(objectName),
            // Without a pod it is there all the same: nobody waits for one.
            annotations: { "pulumi.com/skipAwait": "true" },
          },
          spec: {
            clusterIP: "None",
            selector: labels,
            publishNotReadyAddresses,
            ports: [{ name: "http", port: streamlitPort, targetPort: "http" }],
          },
        },
        parent,
      );
    };
    service("", names.app(app), false);
    service("-all", names.allOf(app), true);

    new kubernetes.policy.v1.PodDisruptionBudget(
      name,
      { metadata: metadata(names.app(app)), spec: { maxUnavailable: 1, selector: { matchLabels: labels } } },
      parent,
    );
    if (app.autoscaling !== undefined)
      new kubernetes.autoscaling.v2.HorizontalPodAutoscaler(
        name,
        {
          metadata: metadata(names.app(app)),
          spec: {
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: deployment.metadata.name },
            minReplicas: app.autoscaling.min,
            maxReplicas: app.autoscaling.max,
            metrics: [
              {
                type: "Resource",
                resource: {
                  name: "cpu",
                  // Of what a replica may use, not of what it asks for.
                  target: { type: "AverageValue", averageValue: millicores(app.cpu * 0.7) },
                },
              },
            ],
          },
        },
        parent,
      );
    this.registerOutputs({});
  }
}

/** A value of a variable as it stands: Kubernetes puts other variables where it finds `$(NAME)`, and `$` for `$$`. */
function literal(value: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.output(value).apply((text) => text.replaceAll("$", () => "$$"));
}

/** In the one language that every app's image has. */
function drainCommand(app: App): string[] {
  const script = fs.readFileSync(path.join(__dirname, "drain.py"), "utf8");
  const metrics = `${app.path}${streamlitPaths.metrics}`;
  return ["python3", "-I", "-S", "-c", script, String(streamlitPort), metrics, String(app.drainTimeout)];
}

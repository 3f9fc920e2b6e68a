import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { redisConfig, redisConfigFile, redisFile, redisPort } from "../gateway/oidc/redis";
import type { Labels } from "../shared/labels";
import type { Site } from "../spec/site";
import { Files } from "./files";
import { hardenedContainer, hardenedPod, memoryVolume } from "./hardening";
import { redisDataFolder, redisFolder, redisUid, type ObjectNames } from "./platform";

/** What {@link redis} takes. */
export interface RedisArgs {
  site: Site;
  names: ObjectNames;
  namespace: pulumi.Input<string>;
  labels: Labels;
}

/** Redis with its data in a volume, which is removed with it. */
export function redis(
  name: string,
  { site, names, namespace, ...args }: RedisArgs,
  opts: pulumi.CustomResourceOptions,
): { workload: kubernetes.apps.v1.StatefulSet; password: pulumi.Output<string> } {
  const labels = { ...args.labels, "streamlit.part": "redis" };
  const metadata = { name: names.redis, namespace, labels };
  const password = new random.RandomPassword(name, { length: 32, special: false }, opts).result;
  const config = password.apply((text) =>
    redisConfig({ dataFolder: redisDataFolder, maxMemoryMB: 96 }, text),
  );
  const files = new Files(`${name}-files`, { namespace, files: [redisFile(config)], labels }, opts);
  const account = new kubernetes.core.v1.ServiceAccount(
    name,
    { metadata, automountServiceAccountToken: false },
    opts,
  );
  new kubernetes.core.v1.Service(
    name,
    {
      metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
      spec: {
        clusterIP: "None",
        selector: labels,
        ports: [{ name: "redis", port: redisPort, targetPort: "redis" }],
      },
    },
    opts,
  );
  // Without a password it answers nothing else.
  const probe = {
    exec: { command: ["redis-cli", "-p", String(redisPort), "-e", "ping"] },
    timeoutSeconds: 3,
  };
  const workload = new kubernetes.apps.v1.StatefulSet(
    name,
    {
      metadata,
      spec: {
        serviceName: names.redis,
        replicas: 1,
        revisionHistoryLimit: 2,
        selector: { matchLabels: labels },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" },
        template: {
          metadata: { labels },
          spec: {
            ...hardenedPod(site, redisUid, account.metadata.name),
            terminationGracePeriodSeconds: 20,
            containers: [
              {
                name: "redis",
                ...hardenedContainer(site, { cpu: 0.5, memory: 192 }),
                image: site.images.redis,
                command: ["redis-server", `${redisFolder}/${redisConfigFile}`],
                ports: [{ name: "redis", containerPort: redisPort }],
                startupProbe: { ...probe, periodSeconds: 1, failureThreshold: 60 },
                readinessProbe: { ...probe, periodSeconds: 10 },
                livenessProbe: { ...probe, periodSeconds: 20, failureThreshold: 3 },
                volumeMounts: [
                  { name: "tmp", mountPath: "/tmp" },
                  { name: "files", mountPath: redisFolder, readOnly: true },
                  { name: "data", mountPath: redisDataFolder },
                ],
              },
            ],
            volumes: [
              memoryVolume("tmp", 16),
              { name: "files", projected: { sources: files.sources, defaultMode: 0o440 } },
            ],
          },
        },
        volumeClaimTemplates: [
          {
            metadata: { name: "data", labels },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
          },
        ],
      },
    },
    { ...opts, customTimeouts: { create: "5m", update: "5m", delete: "5m" } },
  );
  return { workload, password };
}

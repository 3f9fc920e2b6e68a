/** What every pod of a site has in common: the `restricted` level of the Pod Security Standards, and more. */
import type * as kubernetes from "@pulumi/kubernetes";
import type { Site } from "../spec/site";

type PodSpec = kubernetes.types.input.core.v1.PodSpec;
type Container = kubernetes.types.input.core.v1.Container;

/**
 * The hardening of a pod: not root, the container runtime's own filter of system calls, no token for the API server, no
 * variables with the addresses of other Services.
 *
 * @param uid the user and the group of its processes, and the group of its files
 * @param serviceAccount the name of its ServiceAccount
 */
export function hardenedPod(
  { imagePull }: Pick<Site, "imagePull">,
  uid: number,
  serviceAccount: PodSpec["serviceAccountName"],
): Omit<PodSpec, "containers"> {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(serviceAccount !== undefined && { serviceAccountName: serviceAccount }),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: uid,
      runAsGroup: uid,
      fsGroup: uid,
      seccompProfile: { type: "RuntimeDefault" },
    },
    ...(imagePull.secrets.length > 0 && { imagePullSecrets: imagePull.secrets.map((name) => ({ name })) }),
  };
}

/**
 * The hardening of a container: a root file system that cannot be written to, no capability, no way to gain one; bounded memory and CPU.
 *
 * A tenth of the CPU is asked for, because an idle part takes next to none of it; all of the memory is, because a part that gets less is killed.
 *
 * @param limits `cpu` in cores, `memory` in MiB
 */
export function hardenedContainer(
  { imagePull }: Pick<Site, "imagePull">,
  { cpu, memory }: { cpu: number; memory: number },
): Pick<Container, "imagePullPolicy" | "resources" | "securityContext"> {
  return {
    imagePullPolicy: imagePull.policy,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ["ALL"] },
    },
    resources: {
      limits: { cpu: millicores(cpu), memory: mebibytes(memory) },
      requests: { cpu: millicores(cpu / 10), memory: mebibytes(memory) },
    },
  };
}

/** An amount of CPU as Kubernetes writes it, so that what it answers is the same text. */
export function millicores(cores: number): string {
  const thousandths = Math.max(1, Math.round(cores * 1000));
  return thousandths % 1000 === 0 ? String(thousandths / 1000) : `${String(thousandths)}m`;
}

/** An amount of memory as Kubernetes writes it. */
export function mebibytes(amount: number): string {
  return amount % 1024 === 0 ? `${String(amount / 1024)}Gi` : `${String(amount)}Mi`;
}

/** A folder in memory, which counts as the container's. @param size in MiB */
export function memoryVolume(name: string, size: number): kubernetes.types.input.core.v1.Volume {
  return { name, emptyDir: { medium: "Memory", sizeLimit: mebibytes(size) } };
}

/** Pods of a part are spread over nodes and zones, as far as there are several. */
export function spread(
  labels: Readonly<Record<string, string>>,
): kubernetes.types.input.core.v1.TopologySpreadConstraint[] {
  return ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: { ...labels } },
  }));
}

/** Which changes make another object: the table of the official plugin (`provider/pkg/provider/diff.go`). */
import { isObject } from "../shared/values";
import { gvkOf, type Manifest, pluck } from "./object";

/** What the provider's settings say of it. */
export interface Mutability {
  /** Whether a ConfigMap's data changes in place, unless it is immutable. */
  readonly enableConfigMapMutable: boolean;
  /** Whether a Secret's data changes in place, unless it is immutable. */
  readonly enableSecretMutable: boolean;
}

const selector = [".spec.selector"];
const roleRef = [".roleRef"];

const container = [
  "args",
  "command",
  "env",
  "image",
  "imagePullPolicy",
  "lifecycle",
  "livenessProbe",
  "ports",
  "readinessProbe",
  "resources",
  "securityContext",
  "stdin",
  "stdinOnce",
  "terminationMessagePath",
  "terminationMessagePolicy",
  "tty",
  "volumeDevices",
  "volumeMounts",
  "workingDir",
];

const pod = [
  "affinity",
  "automountServiceAccountToken",
  "dnsConfig",
  "dnsPolicy",
  "enableServiceLinks",
  "hostAliases",
  "hostIPC",
  "hostNetwork",
  "hostPID",
  "hostname",
  "imagePullSecrets",
  "nodeName",
  "nodeSelector",
  "overhead",
  "preemptionPolicy",
  "priority",
  "priorityClassName",
  "readinessGates",
  "restartPolicy",
  "runtimeClassName",
  "schedulerName",
  "securityContext",
  "serviceAccount",
  "serviceAccountName",
  "shareProcessNamespace",
  "subdomain",
  "terminationGracePeriodSeconds",
  "volumes",
];

const byKind: Readonly<Record<string, readonly string[]>> = {
  "v1/PersistentVolumeClaim": [
    ".spec.accessModes",
    ".spec.selector",
    ".spec.storageClassName",
    ".spec.volumeName",
  ],
  "v1/Pod": [
    ...pod.map((field) => `.spec.${field}`),
    ...["containers", "initContainers"].flatMap((list) =>
      container.map((field) => `.spec.${list}[*].${field}`),
    ),
  ],
  "v1/Secret": [".type"],
  "v1/Service": [".spec.clusterIP"],
  "apps/v1/Deployment": selector,
  "apps/v1/StatefulSet": [
    ".spec.podManagementPolicy",
    ".spec.revisionHistoryLimit",
    ".spec.selector",
    ".spec.serviceName",
    ".spec.volumeClaimTemplates",
  ],
  "rbac.authorization.k8s.io/v1/RoleBinding": roleRef,
};

/** Paths of an object whose change makes another one. */
export function forceNew(object: Manifest, settings: Mutability): readonly string[] {
  const identity = [".metadata.name", ".metadata.namespace"];
  const { apiVersion, kind } = gvkOf(object);
  const isImmutable = pluck(object, "immutable") === true;
  const name = `${apiVersion}/${kind}`;
  if (name === "v1/Secret" && (!settings.enableSecretMutable || isImmutable))
    return [...identity, ".type", ".stringData", ".data"];
  if (name === "v1/ConfigMap" && (!settings.enableConfigMapMutable || isImmutable))
    return [...identity, ".binaryData", ".data"];
  return [...identity, ...(byKind[name] ?? [])];
}

/** Tells whether one of these paths is among what a patch changes. `[*]` is any item of a list. */
export function changesAny(patch: unknown, paths: readonly string[]): boolean {
  return paths.some((path) =>
    leads(
      patch,
      path.split(/\.|(?=\[)/).filter((step) => step !== ""),
    ),
  );
}

function leads(value: unknown, [step, ...rest]: string[]): boolean {
  if (step === undefined) return true;
  if (step === "[*]") return Array.isArray(value) && value.some((item) => leads(item, rest));
  return isObject(value) && step in value && leads(value[step], rest);
}

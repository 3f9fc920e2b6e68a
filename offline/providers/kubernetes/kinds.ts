/** The kinds of objects that the stand-in knows, and what the official plugin does with each. */
import type { PropertySchema, ResourceSchema } from "../shared/schema";

/** A kind of object. */
export interface Kind {
  /** The type token. */
  type: string;
  /** Undefined where the inputs say it (`CustomResource`). */
  apiVersion?: string;
  kind?: string;
  /** The fields beside `apiVersion`, `kind` and `metadata`. */
  fields: readonly string[];
  /** Fields whose values are secret. */
  secret?: readonly string[];
  /**
   * Paths of fields of which a change makes another object: `provider/pkg/gen/properties.go` of the official plugin, beside
   * `metadata.name` and `metadata.namespace`. An asterisk is any item.
   */
  replace?: readonly string[];
  /** Those among them in whose values the API server fills in what nobody has said. */
  filledIn?: readonly string[];
}

/** See the module. */
export const kinds: readonly Kind[] = [
  { type: "kubernetes:core/v1:Namespace", apiVersion: "v1", kind: "Namespace", fields: ["spec"] },
  {
    type: "kubernetes:core/v1:ConfigMap",
    apiVersion: "v1",
    kind: "ConfigMap",
    fields: ["data", "binaryData", "immutable"],
    replace: ["data", "binaryData", "immutable"],
  },
  {
    type: "kubernetes:core/v1:Secret",
    apiVersion: "v1",
    kind: "Secret",
    fields: ["data", "stringData", "type", "immutable"],
    secret: ["data", "stringData"],
    replace: ["data", "stringData", "type", "immutable"],
  },
  {
    type: "kubernetes:core/v1:Service",
    apiVersion: "v1",
    kind: "Service",
    fields: ["spec"],
    replace: ["spec.clusterIP"],
  },
  {
    type: "kubernetes:core/v1:ServiceAccount",
    apiVersion: "v1",
    kind: "ServiceAccount",
    fields: ["automountServiceAccountToken", "imagePullSecrets", "secrets"],
  },
  {
    type: "kubernetes:core/v1:PersistentVolumeClaim",
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    fields: ["spec"],
    replace: ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
  },
  {
    type: "kubernetes:apps/v1:Deployment",
    apiVersion: "apps/v1",
    kind: "Deployment",
    fields: ["spec"],
    replace: ["spec.selector"],
  },
  {
    type: "kubernetes:apps/v1:StatefulSet",
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    fields: ["spec"],
    replace: [
      "spec.podManagementPolicy",
      "spec.revisionHistoryLimit",
      "spec.selector",
      "spec.serviceName",
      "spec.volumeClaimTemplates",
    ],
    filledIn: ["spec.volumeClaimTemplates"],
  },
  {
    type: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    fields: ["spec"],
  },
  {
    type: "kubernetes:policy/v1:PodDisruptionBudget",
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    fields: ["spec"],
  },
  {
    type: "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    fields: ["spec"],
  },
  {
    type: "kubernetes:cert-manager.io/v1:Certificate",
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    fields: ["spec"],
  },
];

const anything: PropertySchema = { type: { "*": "string" } };

/** What the stand-in's check needs to know of a kind. */
export function schemaOf({ fields, secret = [] }: Kind): ResourceSchema {
  const flag: PropertySchema = { type: "boolean" };
  const text: PropertySchema = { type: "string" };
  const schemas: Record<string, PropertySchema> = {
    apiVersion: text,
    kind: text,
    metadata: { ...anything, required: true },
  };
  for (const field of fields)
    schemas[field] = {
      ...(["immutable", "automountServiceAccountToken"].includes(field)
        ? flag
        : field === "type"
          ? text
          : ["imagePullSecrets", "secrets"].includes(field)
            ? { type: [{ "*": "string" }] }
            : anything),
      ...(secret.includes(field) && { secret: true }),
    };
  return { inputs: schemas, outputs: schemas };
}

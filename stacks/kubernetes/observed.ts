/** Everything that a namespace has of a stack, read at once. */
import type { StackName } from "../target";
import type { ClusterClient } from "./client";
import {
  type ClusterEvent,
  type Deployment,
  type Ingress,
  ofStack,
  type Pod,
  type ReplicaSet,
  type Service,
  type StatefulSet,
  type VolumeClaim,
} from "./objects";

/** What was found. */
export interface Observed {
  pods: Pod[];
  deployments: Deployment[];
  replicaSets: ReplicaSet[];
  statefulSets: StatefulSet[];
  services: Service[];
  ingresses: Ingress[];
  claims: VolumeClaim[];
  events: ClusterEvent[];
  /** The names of the cluster's ingress classes; undefined where this user may not see them, or nothing asks for one. */
  ingressClasses?: string[];
}

/**
 * Read what there is of a stack. What this user may not read is left out, but pods and what makes them.
 *
 * @param cluster the cluster
 * @param namespace the namespace of the site
 * @param name the stack
 */
export async function observe(cluster: ClusterClient, namespace: string, name: StackName): Promise<Observed> {
  const labelSelector = ofStack(name);
  const list = <Item>(group: string, kind: string): Promise<Item[]> =>
    cluster.list<Item>(`${group}/namespaces/${namespace}/${kind}`, { labelSelector });
  const [pods, deployments, replicaSets, statefulSets, services, ingresses, claims, events] =
    await Promise.all([
      list<Pod>("/api/v1", "pods"),
      list<Deployment>("/apis/apps/v1", "deployments"),
      ifAllowed(list<ReplicaSet>("/apis/apps/v1", "replicasets")),
      list<StatefulSet>("/apis/apps/v1", "statefulsets"),
      ifAllowed(list<Service>("/api/v1", "services")),
      ifAllowed(list<Ingress>("/apis/networking.k8s.io/v1", "ingresses")),
      ifAllowed(list<VolumeClaim>("/api/v1", "persistentvolumeclaims")),
      // They have no labels of what they are about.
      ifAllowed(cluster.list<ClusterEvent>(`/api/v1/namespaces/${namespace}/events`)),
    ]);
  const classes =
    ingresses.length === 0
      ? []
      : await ifAllowed(
          cluster.list<{ metadata: { name: string } }>("/apis/networking.k8s.io/v1/ingressclasses"),
          undefined,
        );
  return {
    ...{ pods, deployments, replicaSets, statefulSets, services, ingresses, claims, events },
    ...(classes && { ingressClasses: classes.map(({ metadata }) => metadata.name) }),
  };
}

function ifAllowed<T>(list: Promise<T[]>): Promise<T[]>;
function ifAllowed<T>(list: Promise<T[]>, instead: undefined): Promise<T[] | undefined>;
function ifAllowed<T>(list: Promise<T[]>, instead: T[] | undefined = []): Promise<T[] | undefined> {
  return list.catch((error: unknown) => {
    if ((error as { statusCode?: number }).statusCode === 403) return instead;
    throw error;
  });
}

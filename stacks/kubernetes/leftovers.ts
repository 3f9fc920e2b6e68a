/** What a cluster has of a stack, by its labels, whether any state knows of it or not. */
import { setTimeout as delay } from "node:timers/promises";
import type { Leftover, Log, StackName } from "../target";
import { ApiError, type ClusterClient } from "./client";
import { pathOf, siteKinds } from "./kinds";
import { type KubernetesObject, nameOf, ofStack } from "./objects";
import { isAppVolume } from "./volumes";

/** Seconds that something may take to go: a namespace goes when all in it has gone, pods that are drained among it. */
const patience = 300;

/** See `StackTarget.leftovers`. */
export async function leftovers(
  cluster: ClusterClient,
  namespace: string,
  name: StackName,
  data: boolean,
): Promise<Leftover[]> {
  const own = await ownNamespaces(cluster, namespace, name);
  const found: Leftover[] = [];
  for (const place of new Set([namespace, ...own])) {
    const objects = await objectsIn(cluster, place, name);
    const kept = objects.filter((object) => !data && isAppVolume(object));
    found.push(
      ...objects
        .filter((object) => !kept.includes(object))
        .map(({ apiVersion, kind, ...object }) => ({
          kind,
          name: nameOf(object),
          path: pathOf(apiVersion, kind, place, nameOf(object)),
        })),
    );
    // What is to be kept goes with its namespace.
    if (own.includes(place) && kept.length === 0)
      found.push({ kind: "Namespace", name: place, path: pathOf("v1", "Namespace", undefined, place) });
  }
  return found;
}

interface Found extends KubernetesObject {
  apiVersion: string;
  kind: string;
}

async function objectsIn(cluster: ClusterClient, namespace: string, name: StackName): Promise<Found[]> {
  const lists = await Promise.all(
    siteKinds.map(async ({ apiVersion, kind }) => {
      const items = await cluster
        .list<KubernetesObject>(pathOf(apiVersion, kind, namespace), { labelSelector: ofStack(name) })
        .catch(ifForbidden([]));
      return (
        items
          // What a controller has made goes with it.
          .filter(
            ({ metadata }) =>
              !(metadata as { ownerReferences?: { controller?: boolean }[] }).ownerReferences?.some(
                ({ controller }) => controller,
              ),
          )
          .map((item) => ({ ...item, apiVersion, kind }))
      );
    }),
  );
  return lists.flat();
}

/** The namespaces that were made for a stack. */
async function ownNamespaces(cluster: ClusterClient, namespace: string, name: StackName): Promise<string[]> {
  const all = await cluster
    .list<KubernetesObject>("/api/v1/namespaces", { labelSelector: ofStack(name) })
    .catch(ifForbidden(undefined));
  if (all) return all.map(nameOf);
  const one = await cluster
    .find<KubernetesObject>(pathOf("v1", "Namespace", undefined, namespace))
    .catch(ifForbidden(undefined));
  return one && isOfStack(one, name) ? [namespace] : [];
}

/** Has an object the labels of a stack? */
export function isOfStack({ metadata }: KubernetesObject, { project, stack }: StackName): boolean {
  return metadata?.labels?.["streamlit.project"] === project && metadata.labels["streamlit.stack"] === stack;
}

/** See `StackTarget.removeLeftovers`. */
export async function removeLeftovers(
  cluster: ClusterClient,
  found: readonly Leftover[],
  log: Log,
): Promise<boolean> {
  let all = true;
  for (const { kind, name, path = "" } of found)
    try {
      if (!(await cluster.delete(path))) continue;
      if (kind === "Namespace") log(`waiting until the namespace ${name} is empty and gone`);
      await untilGone(cluster, path);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      all = false;
      log(`the ${kind} ${name} stays: ${error.message}`);
    }
  return all;
}

/**
 * Wait until an object that was removed has gone.
 *
 * @throws Error when it stays for longer than anything of a site should
 */
export async function untilGone(cluster: ClusterClient, path: string): Promise<void> {
  for (let waited = 0; ; waited++) {
    const found = await cluster.find<KubernetesObject & { status?: NamespaceStatus }>(path);
    if (!found) return;
    if (waited >= patience)
      throw new Error(whyItStays(found.status) ?? "it is still there after five minutes");
    await delay(1000);
  }
}

interface NamespaceStatus {
  conditions?: { type: string; status: string; message?: string }[];
}

/** What the cluster says of a namespace that does not go. */
function whyItStays(status?: NamespaceStatus): string | undefined {
  const telling = (status?.conditions ?? []).filter(({ status: is }) => is === "True");
  return telling.map(({ message }) => message).find((message) => message !== undefined);
}

function ifForbidden<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof ApiError && error.statusCode === 403) return instead;
    throw error;
  };
}

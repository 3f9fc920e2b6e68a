/** Whether objects are ready: what the official plugin's `provider/pkg/await` has for each kind. */
import { annotation, type Gvk, type Manifest } from "../object";
import { annotations, isTrue } from "../annotations";
import { watched, type Awaited, type Awaiter } from "./awaiter";
import { ConditionAwaiter } from "./conditions";
import { DeploymentAwaiter } from "./deployment";
import { notInitialized } from "./errors";
import { IngressAwaiter } from "./ingress";
import { PodAwaiter } from "./pod";
import { ServiceAwaiter } from "./service";
import { StatefulSetAwaiter } from "./stateful-set";
import type { Event } from "../informers";

export type { Progress } from "./awaiter";
export { awaitClaim } from "./claim";
export { NotReadyError, timedOutWaiting } from "./errors";
export { run } from "./run";

type Name = "Deployment" | "StatefulSet" | "Service" | "Ingress" | "Pod";

const byKind: Readonly<Record<Name, { apiVersion: string; make: (awaited: Awaited) => Awaiter }>> = {
  Deployment: {
    apiVersion: watched.deployment.apiVersion,
    make: (awaited) => new DeploymentAwaiter(awaited),
  },
  StatefulSet: {
    apiVersion: watched.statefulSet.apiVersion,
    make: (awaited) => new StatefulSetAwaiter(awaited),
  },
  Service: { apiVersion: watched.service.apiVersion, make: (awaited) => new ServiceAwaiter(awaited) },
  Ingress: { apiVersion: watched.ingress.apiVersion, make: (awaited) => new IngressAwaiter(awaited) },
  Pod: { apiVersion: watched.pod.apiVersion, make: (awaited) => new PodAwaiter(awaited) },
};

/**
 * What an object is waited for with, by its annotations or its kind.
 *
 * @param inputs what was asked for
 * @returns `claim` for what has a way of its own; undefined when nobody waits
 * @throws Error for an annotation that says nothing that can be waited for
 */
export function awaiterOf(inputs: Manifest, awaited: Awaited): Awaiter | "claim" | undefined {
  const { object, progress } = awaited;
  if (isTrue(inputs, annotations.skipAwait)) {
    progress("info", "Skipping await logic");
    return undefined;
  }
  const expression = annotation(object, annotations.waitFor);
  if (expression !== "") return new ConditionAwaiter(awaited, expression);
  return builtIn(object)?.(awaited) ?? (isClaim(object) ? "claim" : undefined);
}

/**
 * Makes sure that an object that is there is ready.
 *
 * @param inputs what was asked for
 * @param list all objects of a kind in the namespace of the object
 * @throws NotReadyError when it is not
 */
export async function checkReady(
  inputs: Manifest,
  awaited: Awaited,
  list: (gvk: Gvk) => Promise<Manifest[]>,
): Promise<void> {
  const make = builtIn(awaited.object);
  if (isTrue(inputs, annotations.skipAwait) || !make) return;
  const awaiter = make(awaited);
  if (awaiter instanceof DeploymentAwaiter) awaiter.skipReconciliation();
  awaiter.observe({ type: "modified", object: awaited.object });
  for (const gvk of Object.values(watched)) {
    const isItsOwn = gvk.kind === awaited.object.kind;
    if (isItsOwn || !awaiter.kinds.includes(gvk)) continue;
    for (const object of await list(gvk)) awaiter.observe({ type: "added", object } satisfies Event);
  }
  if (awaiter instanceof ServiceAwaiter || awaiter instanceof IngressAwaiter) awaiter.settle();
  if (!awaiter.isReady()) throw notInitialized(awaited.object, awaiter.reasons());
}

function builtIn(object: Manifest): ((awaited: Awaited) => Awaiter) | undefined {
  const found = Object.entries(byKind).find(
    ([kind, { apiVersion }]) => object.kind === kind && object.apiVersion === apiVersion,
  );
  return found?.[1].make;
}

function isClaim({ apiVersion, kind }: Manifest): boolean {
  return apiVersion === watched.claim.apiVersion && kind === watched.claim.kind;
}

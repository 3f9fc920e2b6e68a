/** When a PersistentVolumeClaim is ready: `provider/pkg/await/awaiters.go` of the official plugin. */
import { setTimeout as delay } from "node:timers/promises";

import { words } from "../api-error";
import { type Gvk, type Manifest, nameOf, text } from "../object";
import type { Awaited } from "./awaiter";
import { NotReadyError } from "./errors";

/** Seconds that a claim is waited for, whatever the resource's options say. */
const patience = 300;

const storageClass: Gvk = { apiVersion: "storage.k8s.io/v1", kind: "StorageClass" };

/** What {@link awaitClaim} needs to know. */
export interface ClaimOptions {
  /** Looks at the claim. */
  readonly look: () => Promise<Manifest>;
  /** Reads an object of the cluster by its kind and name. */
  readonly read: (gvk: Gvk, name: string) => Promise<Manifest>;
  readonly signal: AbortSignal;
  /** @default 300 */
  readonly seconds?: number;
}

/**
 * Waits for a claim to be bound, or, where its volume is made for the first pod that mounts it, to be waiting for that.
 *
 * @returns the claim as it was seen last
 * @throws NotReadyError when the time is up, or the engine is told to stop
 */
export async function awaitClaim(awaited: Awaited, options: ClaimOptions): Promise<Manifest> {
  const { look, read, signal, seconds = patience } = options;
  const name = nameOf(awaited.object);
  const end = Date.now() + seconds * 1000;
  let mode = "";
  let claim = awaited.object;
  for (;;) {
    claim = await look();
    if (mode === "")
      try {
        mode = await bindingMode(claim, read);
      } catch (error) {
        awaited.progress("warning", words(error));
      }
    if (isReady(claim, mode, awaited.before !== undefined)) return claim;
    if (Date.now() > end) throw new NotReadyError(`Timeout occurred polling for '${name}'`, claim);
    await delay(500 + Math.random() * 100, undefined, { signal }).catch(() => {
      throw new NotReadyError(`Resource operation was cancelled for '${name}'`, claim);
    });
  }
}

/** Whether a claim of a storage class with this binding mode is ready. */
export function isReady(claim: Manifest, mode: string, isUpdate: boolean): boolean {
  const phase = text(claim, "status", "phase");
  // A claim that is bound stays so.
  if (isUpdate && phase === "Bound") return true;
  return phase === (mode === "WaitForFirstConsumer" ? "Pending" : "Bound");
}

async function bindingMode(claim: Manifest, read: ClaimOptions["read"]): Promise<string> {
  const name = text(claim, "spec", "storageClassName");
  if (name === "") throw new Error(`no storage class found for "${nameOf(claim)}"`);
  try {
    return text(await read(storageClass, name), "volumeBindingMode");
  } catch (error) {
    throw new Error(`getting storagclass "${name}": ${words(error)}`, { cause: error });
  }
}

/** What the tests look at in a cluster: the pods of a site, and what goes on in them. */
import * as fs from "node:fs";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import {
  CoreV1Api,
  Exec as PodExec,
  KubeConfig,
  type CoreV1Event,
  type V1Pod,
  type V1Status,
} from "@kubernetes/client-node";
import type { Ran } from "../target";

/** The connection to a cluster. */
export function connection(kubeconfig: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return config;
}

/** The pods of one namespace. */
export class Pods {
  private readonly core: CoreV1Api;

  constructor(
    private readonly config: KubeConfig,
    readonly namespace: string,
  ) {
    this.core = config.makeApiClient(CoreV1Api);
  }

  /** All of them that have a label, those among them that are about to go; oldest first. */
  async list(labelSelector: string): Promise<V1Pod[]> {
    const { items } = await this.core.listNamespacedPod({ namespace: this.namespace, labelSelector });
    const order = (pod: V1Pod): string =>
      `${pod.metadata?.creationTimestamp?.toISOString() ?? ""} ${nameOf(pod)}`;
    return items.sort((a, b) => order(a).localeCompare(order(b)));
  }

  /** Run a command in the first container of a pod. */
  async exec(pod: V1Pod, ...command: string[]): Promise<Ran> {
    const both = new PassThrough();
    const output = text(both);
    const [container] = pod.spec?.containers ?? [];
    const status = await new Promise<V1Status>((resolve, reject) => {
      new PodExec(this.config)
        .exec(this.namespace, nameOf(pod), container?.name ?? "", command, both, both, null, false, resolve)
        .then((socket) => {
          socket.on("error", reject);
          // The status comes before the end of the connection, unless that was lost.
          socket.on("close", () => {
            setTimeout(() => {
              reject(new Error(`the connection to ${nameOf(pod)} was lost`));
            }, 1000).unref();
          });
        }, reject);
    });
    both.end();
    const cause = status.details?.causes?.find(({ reason }) => reason === "ExitCode")?.message;
    if (status.status !== "Success" && cause === undefined)
      return { code: 126, output: (await output) + (status.message ?? "") };
    return { code: Number(cause ?? 0), output: await output };
  }

  /** The log of the first container of a pod, and of what it was before it was started over. */
  async log(pod: V1Pod): Promise<string> {
    const [container] = pod.spec?.containers ?? [];
    const read = (previous: boolean): Promise<string> =>
      this.core.readNamespacedPodLog({
        namespace: this.namespace,
        name: nameOf(pod),
        ...(container && { container: container.name }),
        previous,
      });
    const restarted = (pod.status?.containerStatuses?.[0]?.restartCount ?? 0) > 0;
    const before = restarted ? await read(true).catch(() => "") : "";
    return before + (await read(false));
  }

  /** The events about objects whose names begin alike, that came since a moment in milliseconds since 1970. */
  async events(namesBegin: string, since: number): Promise<CoreV1Event[]> {
    const { items } = await this.core.listNamespacedEvent({ namespace: this.namespace });
    return items.filter(
      ({ involvedObject, lastTimestamp }) =>
        involvedObject.name?.startsWith(namesBegin) === true &&
        // They are by whole seconds.
        (lastTimestamp?.getTime() ?? 0) >= Math.floor(since / 1000) * 1000,
    );
  }

  /** Delete a pod, which has as long to end as it says, and wait until it is gone. */
  async delete(pod: V1Pod, gracePeriodSeconds?: number): Promise<void> {
    const name = nameOf(pod);
    await this.core.deleteNamespacedPod({
      namespace: this.namespace,
      name,
      ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    });
    const gone = async (): Promise<boolean> =>
      this.core.readNamespacedPod({ namespace: this.namespace, name }).then(
        ({ metadata }) => metadata?.uid !== pod.metadata?.uid,
        () => true,
      );
    while (!(await gone())) await delay(200);
  }
}

/** The name of a pod. */
export const nameOf = (pod: V1Pod): string => pod.metadata?.name ?? "";

/** Is it about to go? */
export const isEnding = ({ metadata }: V1Pod): boolean => metadata?.deletionTimestamp !== undefined;

/** Is it ready, and not about to go? */
export const isReady = (pod: V1Pod): boolean =>
  !isEnding(pod) &&
  pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;

/**
 * End the processes of a pod's first container at once, as the kernel does for want of memory. The node is this machine.
 *
 * @throws Error when none was found
 */
export function killProcesses(pod: V1Pod): void {
  const id = /\/\/(.+)$/.exec(pod.status?.containerStatuses?.[0]?.containerID ?? "")?.[1];
  const processes = fs
    .readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => {
      try {
        return id !== undefined && fs.readFileSync(`/proc/${entry}/cgroup`, "utf8").includes(id);
      } catch {
        return false; // It has ended meanwhile.
      }
    })
    .map(Number);
  if (processes.length === 0) throw new Error(`${nameOf(pod)} has no process on this machine`);
  for (const process of processes.sort((a, b) => a - b))
    try {
      globalThis.process.kill(process, "SIGKILL");
    } catch {
      // With the first one of a container the others end.
    }
}

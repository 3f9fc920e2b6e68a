/** What is wrong with a pod, in words. */
import { type ClusterEvent, eventsAbout, lastMessage, nameOf, type Pod, type VolumeClaim } from "./objects";

type ContainerStatus = NonNullable<NonNullable<Pod["status"]>["containerStatuses"]>[number];

/** What is wrong with a pod. */
export interface PodTrouble {
  /** What is wrong, for instance `its container keeps exiting (exit code 3, started over 4 times)`. */
  status: string;
  /** What else is known of it, a line each. */
  details: string[];
  /** Will it not get well by itself? */
  hopeless: boolean;
  /** The container whose log tells more, and whether it is that of its last run; absent when none has run. */
  log?: { container: string; previous: boolean };
}

/** How often a container is started over before it counts as one that will not come up. */
const hopelessRestarts = 3;

/** Why the kubelet has no image. */
const imageReasons = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "ImageInspectError",
  "RegistryUnavailable",
  "SignatureValidationFailed",
]);

/** A registry's answer that another try does not change. */
const finalAnswer =
  /not found|manifest unknown|unauthorized|authentication required|denied|forbidden|InvalidImageName|invalid reference|no match for platform|ErrImageNeverPull|server gave HTTP response to HTTPS client/i;

/**
 * What is wrong with a pod, or undefined when nothing is.
 *
 * @param pod the pod
 * @param events all events of its namespace
 * @param claims the volume claims of its namespace
 */
export function podTrouble(
  pod: Pod,
  events: readonly ClusterEvent[] = [],
  claims: readonly VolumeClaim[] = [],
): PodTrouble | undefined {
  const about = eventsAbout(events, pod);
  const { phase, reason, message, conditions = [] } = pod.status ?? {};
  if (phase === "Failed" && (pod.status?.containerStatuses ?? []).every(({ state }) => !state?.running))
    return {
      status: `its pod has ended${reason === undefined ? "" : ` (${reason})`}`,
      details: message === undefined ? [] : [message.trim()],
      hopeless: false,
    };
  const scheduled = conditions.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False") return unscheduled(pod, scheduled, events, claims);
  for (const container of containerStatuses(pod)) {
    const trouble = containerTrouble(pod, container, about);
    if (trouble) return trouble;
  }
  if (conditions.find(({ type }) => type === "Ready")?.status === "True") return undefined;
  const lacking = lastMessage(about, "FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox");
  return {
    status: "its pod is not ready yet",
    details: lacking === undefined ? [] : [lacking],
    hopeless: false,
  };
}

/** Those that run before the others come first, as long as they have not ended well. */
function containerStatuses({ status }: Pod): ContainerStatus[] {
  const before = (status?.initContainerStatuses ?? []).filter(
    ({ state, started }) => state?.terminated?.exitCode !== 0 && !(state?.running && started),
  );
  return [...before, ...(status?.containerStatuses ?? [])];
}

function unscheduled(
  pod: Pod,
  { reason, message }: { reason?: string; message?: string },
  events: readonly ClusterEvent[],
  claims: readonly VolumeClaim[],
): PodTrouble {
  const said = message && schedulerText(message);
  const wanted = (pod.spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim ? [persistentVolumeClaim.claimName] : [],
  );
  const pending = claims.filter((claim) => wanted.includes(nameOf(claim)) && claim.status?.phase !== "Bound");
  return {
    status:
      reason === "Unschedulable"
        ? `no node takes its pod${said === undefined ? "" : `: ${said}`}`
        : `its pod is on no node yet${said === undefined ? "" : `: ${said}`}`,
    details: pending.map((claim) => claimText(claim, events)),
    // A node may come, or others may go.
    hopeless: false,
  };
}

/** What the scheduler says, without what it says of other ways that it has tried. */
function schedulerText(message: string): string {
  return message
    .trim()
    .replace(/,? ?(preemption: .*|no new claims to deallocate,?.*)$/s, "")
    .replace(/\. not found$/, "")
    .replace(/\.$/, "");
}

/** Why a volume claim has no volume. */
export function claimText(claim: VolumeClaim, events: readonly ClusterEvent[]): string {
  const said = lastMessage(
    eventsAbout(events, claim),
    "ProvisioningFailed",
    "FailedBinding",
    "ExternalProvisioning",
    "ProvisionerNotFound",
    "VolumeMismatch",
  );
  const { storageClassName } = claim.spec ?? {};
  const of =
    storageClassName === undefined || storageClassName === ""
      ? "it names no storage class and the cluster has no default"
      : `storage class ${storageClassName}`;
  return `its volume claim ${nameOf(claim)} has no volume (${of})${said === undefined ? "" : `: ${said}`}`;
}

function containerTrouble(
  pod: Pod,
  container: ContainerStatus,
  about: readonly ClusterEvent[],
): PodTrouble | undefined {
  const { name, restartCount: restarts, state = {}, lastState, ready } = container;
  const waiting = state.waiting;
  if (waiting?.reason !== undefined && imageReasons.has(waiting.reason))
    return imageTrouble(container, waiting.reason, waiting.message, about);
  // Until a pod's first containers have ended well, the kubelet says this of the others.
  if (waiting?.reason === "PodInitializing") return undefined;

  const failed = state.terminated ?? (ready ? undefined : lastState?.terminated);
  // Between two tries the kubelet says why there cannot be a container.
  if (waiting?.reason === "CreateContainerConfigError" || waiting?.reason === "CreateContainerError")
    return {
      status: `its container cannot be made: ${oneLine(waiting.message).replace(/ \(pod: "[^"]*", container: [^)]*\)$/, "") || waiting.reason}`,
      details: [],
      hopeless: /runAsNonRoot|non-root/i.test(waiting.message ?? ""),
    };
  if (failed && isStartError(failed))
    return {
      status: `its container cannot be started: ${startError(failed.message)}`,
      details: [],
      hopeless: restarts >= hopelessRestarts,
    };
  const log = { container: name, previous: !state.terminated && failed !== undefined && !state.running };
  if (failed && (restarts > 0 || failed.exitCode !== 0 || state.terminated)) {
    const over = restarts === 1 ? "once" : `${String(restarts)} times`;
    return {
      status:
        restarts === 0
          ? `its container has exited (exit code ${String(failed.exitCode)})`
          : `its container keeps exiting (exit code ${String(failed.exitCode)}, started over ${over})`,
      details: exitDetails(pod, name, failed, about),
      hopeless: restarts >= hopelessRestarts,
      // What is written now may be nothing yet.
      log: state.running && failed === lastState?.terminated ? { container: name, previous: true } : log,
    };
  }
  if (waiting) {
    const lacking = lastMessage(
      about,
      "FailedMount",
      "FailedAttachVolume",
      "FailedCreatePodSandBox",
      "FailedPostStartHook",
    );
    return {
      status: "its container is not there yet",
      details: lacking === undefined ? [] : [lacking],
      hopeless: false,
    };
  }
  if (ready || !state.running) return undefined;
  const probes = about.filter(({ message = "" }) => / probe (failed|errored)/.test(message));
  const probe = lastMessage(probes, "Unhealthy", "ProbeWarning");
  return {
    status:
      container.started === false
        ? "its container has not passed its startup probe yet"
        : "its container is not ready",
    details: probe === undefined ? [] : [`its last probe said: ${probe}`],
    hopeless: false,
    log: { container: name, previous: false },
  };
}

function imageTrouble(
  { image }: ContainerStatus,
  reason: string,
  message: string | undefined,
  about: readonly ClusterEvent[],
): PodTrouble {
  // Others of this reason only name the state that the message leads to.
  const failures = about.filter(({ message: said = "" }) => / image /i.test(said));
  // While it waits for the next try it says no more than that.
  const said = lastMessage(failures, "Failed", "InspectFailed", "ErrImageNeverPull");
  const full = [oneLine(message), said].find((text) => text !== undefined && !text.startsWith("Back-off"));
  return {
    status: `its image ${image} cannot be pulled (${reason})`,
    details: full === undefined || full === "" ? [] : [pullError(full, image)],
    hopeless: finalAnswer.test(`${reason} ${full ?? ""}`),
  };
}

/** A message that names the image several times, and the kubelet's call besides. */
function pullError(message: string, image: string): string {
  return message
    .replace(/^Failed to pull image "[^"]*": /, "")
    .replace(/^(rpc error: code = \w+ desc = )+/, "")
    .replace(`failed to pull and unpack image "${image}": `, "");
}

interface Terminated {
  exitCode: number;
  reason?: string;
  message?: string;
}

function isStartError({ reason = "" }: Terminated): boolean {
  return ["StartError", "ContainerCannotRun"].includes(reason);
}

/** The end of a message in which each layer names the one below. */
function startError(message = ""): string {
  return (
    oneLine(message.replace(/^.*OCI runtime create failed: /s, "").replace(/: unknown$/, "")) ||
    "no reason is told"
  );
}

function exitDetails(
  pod: Pod,
  name: string,
  { reason, message }: Terminated,
  about: readonly ClusterEvent[],
): string[] {
  const limit = pod.spec?.containers.find((container) => container.name === name)?.resources?.limits?.memory;
  const liveness = about.filter(({ message: text = "" }) =>
    /^(Liveness|Startup) probe (failed|errored)/.test(text),
  );
  const killed = about.some(
    ({ reason: why, message: text = "" }) => why === "Killing" && text.includes("probe"),
  );
  const probe = killed ? lastMessage(liveness, "Unhealthy") : undefined;
  return [
    ...(reason === "OOMKilled"
      ? [`it was killed for want of memory${limit === undefined ? "" : ` (limit ${limit})`}`]
      : []),
    ...(probe === undefined ? [] : [`it was ended because a probe failed: ${probe}`]),
    ...(message === undefined || message.trim() === "" ? [] : [`it said at its end: ${oneLine(message)}`]),
  ];
}

function oneLine(text = ""): string {
  return text.trim().replaceAll(/\s*\n\s*/g, " ");
}

/**
 * An operation of the engine (`up`, `preview`, `destroy`) as its events tell of it: shown in a few lines, with the reason
 * of each fault, once.
 *
 * The engine sends debug messages among the events, with every property in plain text. They are left where they are, and
 * nothing of them is kept.
 */
import type { DiagnosticEvent, EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation";
import type { PendingOperation, State } from "../state";
import type { Failure, Log, Part, StackName, StackTarget } from "../target";
import { BuildLog } from "./build-log";
import { changed, Changes } from "./changes";
import { faultText } from "./fault-text";
import { Family, type StackResource } from "./resource";

/** Seconds between two signs of life of what takes long, and between two looks at what was started. */
const pause = { sign: 5, look: 2 };

/** How the engine says that a plugin ended in the middle of something: in the words of gRPC (`http2_client.go`). */
const pluginEnded = /error reading from server: |transport is closing/;

/** What {@link Operation} takes. */
export interface OperationOptions {
  /** Told what happens, a line at a time. */
  log: Log;
  target: StackTarget;
  name: StackName;
  /** The stack's state before the operation. */
  state: State;
  /** Told whom the operation interrupts and how, a sentence each, before it does. @default nobody */
  announce?: Log;
  /** Called when the engine waits for nothing any more but what has failed already: it need not wait longer. */
  giveUp: () => void;
}

/** What the engine is doing at the moment. */
interface Step {
  resource: StackResource;
  part: Part;
  op: string;
  since: number;
  lastSign: number;
}

/** Shows an operation. */
export class Operation {
  /** What has changed so far or, in a preview, would. */
  readonly changes = new Changes();
  readonly #family: Family;
  readonly #steps = new Map<string, Step>();
  readonly #parts = new Map<string, { resource: StackResource; part: Part }>();
  /** The resources whose first step has come. */
  readonly #begun = new Set<string>();
  readonly #announced = new Set<string>();
  readonly #logs = new Map<string, BuildLog>();
  /** What was told, so that nothing is told twice. */
  readonly #told = new Set<string>();
  /** The resources, by their physical names, whose failure was explained. */
  readonly #explained = new Map<string, Failure>();
  /** What may still get well, by the physical names of those that wait for it: a plugin only says that it waits. */
  readonly #reasons = new Map<string, string>();
  /** What was not made, by its URN; and the URNs of what a plugin ended in the middle of. */
  readonly #notMade = new Map<string, PendingOperation>();
  readonly #cutOff = new Set<string>();
  readonly #timers: NodeJS.Timeout[] = [];
  #pending: Promise<void> = Promise.resolve();
  #gaveUp = false;
  #toldFault = false;

  constructor(private readonly options: OperationOptions) {
    this.#family = new Family(options.state.deployment.resources);
    this.#timers.push(
      setInterval(() => {
        this.#signs();
      }, 1000),
      setInterval(() => {
        this.#soon(() => this.#look());
      }, pause.look * 1000),
    );
  }

  /** Takes in an event of the engine. */
  readonly listen = (event: EngineEvent): void => {
    if (event.diagnosticEvent) this.#diagnostic(event.diagnosticEvent);
    else if (event.resourcePreEvent)
      this.#begin(event.resourcePreEvent.metadata, event.resourcePreEvent.planning === true);
    else if (event.resOutputsEvent)
      this.#finish(event.resOutputsEvent.metadata, event.resOutputsEvent.planning === true);
    else if (event.resOpFailedEvent) this.#fail(event.resOpFailedEvent.metadata);
  };

  /** To be called once the engine has ended: waits until everything is told. */
  async end(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#pending;
  }

  /** Was the engine told to leave what it was waiting for? What that was stays half made. */
  get gaveUp(): boolean {
    return this.#gaveUp;
  }

  /**
   * What a plugin was creating when it ended. The engine does not write it down, so that nobody finds it again: it may be there all the
   * same, or come to be a moment later.
   */
  get lost(): PendingOperation[] {
    return [...this.#notMade].filter(([urn]) => this.#cutOff.has(urn)).map(([, pending]) => pending);
  }

  /** Was anything told that explains a failure? */
  get toldFault(): boolean {
    return this.#toldFault;
  }

  /** Tells what does not do its work on a stack whose operation failed, unless it was told. */
  async explainFailures(): Promise<void> {
    for (const failure of await this.options.target.failures(this.options.name))
      if (!this.#explained.has(failure.resource)) this.#explain(failure);
  }

  #begin(metadata: StepEventMetadata, planning: boolean): void {
    const { urn, op } = metadata;
    const resource = this.#family.resource(metadata);
    const part = this.options.target.partOf(resource);
    this.#parts.set(urn, { resource, part });
    this.#announce(urn, resource, op);
    if (planning) this.#count(metadata, part);
    // A replacement as a whole is not a step of its own: its creation and its deletion are.
    if (planning || op === "replace" || changed(op) === undefined || !isCustom(metadata)) return;
    const now = Date.now();
    this.#steps.set(urn, { resource, part, op, since: now, lastSign: now });
  }

  /** Tells whom the first step of a resource interrupts; of several containers of an app once. */
  #announce(urn: string, resource: StackResource, op: string): void {
    const { target, state, announce } = this.options;
    if (!announce || this.#begun.has(urn) || changed(op) === undefined) return;
    this.#begun.add(urn);
    const sentence = target.interruption(resource, op, state);
    if (sentence === undefined || this.#announced.has(sentence)) return;
    this.#announced.add(sentence);
    announce(sentence);
  }

  #finish(metadata: StepEventMetadata, planning: boolean): void {
    const { urn, op } = metadata;
    const step = this.#steps.get(urn);
    this.#steps.delete(urn);
    if (planning) return;
    const part = step?.part ?? this.options.target.partOf(this.#family.resource(metadata));
    this.#count(metadata, part);
    if (step === undefined || !part.shown) return;
    const seconds = Math.round((Date.now() - step.since) / 1000);
    this.options.log(`${part.name}: ${part.piece} ${doneWord(op)}${seconds > 0 ? ` (${seconds} s)` : ""}`);
  }

  #fail({ urn, op, new: wanted }: StepEventMetadata): void {
    this.#steps.delete(urn);
    if (wanted && op.startsWith("create"))
      this.#notMade.set(urn, {
        type: "creating",
        resource: { type: wanted.type, urn, inputs: wanted.inputs as NonNullable<object> },
      });
  }

  /** A component and a provider are no resources that somebody would count. */
  #count(metadata: StepEventMetadata, part: Part): void {
    if (isCustom(metadata)) this.changes.add(metadata.urn, metadata.op, part);
  }

  #diagnostic({ urn, severity, message, ephemeral }: DiagnosticEvent): void {
    if ((severity as string) === "debug") return;
    const plain = message.replaceAll(/<\{%[^%]*%\}>/g, "");
    if (urn && ephemeral) {
      const log = this.#logs.get(urn) ?? new BuildLog();
      log.add(plain);
      this.#logs.set(urn, log);
    } else if (severity === "error") {
      if (urn !== undefined && pluginEnded.test(plain)) this.#cutOff.add(urn);
      const fault = faultText(plain);
      const about = urn === undefined ? undefined : this.#parts.get(urn);
      if (fault === undefined) return;
      this.#toldFault = true;
      if (about === undefined || urn === undefined) this.#tell(fault, fault);
      else this.#soon(() => this.#fault(urn, about, fault));
    } else if (!ephemeral)
      this.#tell(plain, `${severity === "warning" ? "warning: " : ""}${plain.trimEnd()}`);
  }

  /** Tells why a resource failed: first what was said while it was made, last what the plugin made of it. */
  async #fault(
    urn: string,
    { resource, part }: { resource: StackResource; part: Part },
    fault: string,
  ): Promise<void> {
    const { target, name } = this.options;
    const [failure] =
      resource.physicalName === undefined ? [] : await target.failures(name, [resource.physicalName]);
    // What the engine says of what it was told to stop is of no use to anybody.
    if (resource.physicalName !== undefined && this.#explained.has(resource.physicalName)) return;
    // A message of several lines brings what was said. What has a name where it runs tells more itself, below.
    const said =
      resource.physicalName !== undefined || fault.includes("\n") ? [] : (this.#logs.get(urn)?.lines ?? []);
    const hints = await target.explainFault(name, fault);
    this.#tell(
      `${urn} ${fault}`,
      [
        `${part.name}: the ${part.piece} failed:`,
        ...[...said, ...fault.split("\n"), ...hints].map(indented),
      ].join("\n"),
    );
    if (failure) this.#explain(failure);
  }

  #explain(failure: Failure): void {
    this.#toldFault = true;
    for (const name of [failure.resource, ...(failure.blocks ?? [])]) this.#explained.set(name, failure);
    const { part, status, details, log } = failure;
    this.options.log(
      [`${part}: ${status}`, ...details.map(indented), ...endOfLog(log).map(indented)].join("\n"),
    );
  }

  /** A sign of life of what takes long. */
  #signs(): void {
    const now = Date.now();
    for (const [urn, step] of this.#steps) {
      if (!step.part.shown || now - step.lastSign < pause.sign * 1000) continue;
      step.lastSign = now;
      const seconds = Math.round((now - step.since) / 1000);
      const said = this.#logs.get(urn)?.last;
      const last =
        said === undefined ? undefined : (this.#reasons.get(step.resource.physicalName ?? "") ?? said);
      this.options.log(
        `${step.part.name}: ${doing(step.op)} ${step.part.piece}, ${seconds} s${last === undefined ? "" : `: ${last}`}`,
      );
    }
  }

  /** Looks at what the engine waits for: what has ended, it would wait for until its time is up. */
  async #look(): Promise<void> {
    const waiting = [...this.#steps.values()];
    const started = waiting.flatMap(({ resource, op }) =>
      resource.physicalName !== undefined && /^(create|update)/.test(op) ? [resource.physicalName] : [],
    );
    if (started.length === 0 || this.#gaveUp) return;
    this.#reasons.clear();
    for (const failure of await this.options.target.failures(this.options.name, started)) {
      for (const name of [failure.resource, ...(failure.blocks ?? [])])
        this.#reasons.set(name, failure.status);
      if (failure.hopeless && !this.#explained.has(failure.resource)) this.#explain(failure);
    }
    const isHopeless = ({ resource }: Step): boolean =>
      resource.physicalName !== undefined && this.#explained.get(resource.physicalName)?.hopeless === true;
    const now = [...this.#steps.values()];
    if (now.length === 0 || !now.every(isHopeless)) return;
    this.#gaveUp = true;
    this.options.log("stopping: nothing else is under way, and waiting longer would not help");
    this.options.giveUp();
  }

  #tell(key: string, text: string): void {
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.options.log(text);
  }

  /** One after the other, so that the lines of one fault stay together. */
  #soon(work: () => Promise<void>): void {
    this.#pending = this.#pending.then(work).catch((error: unknown) => {
      const text = error instanceof Error ? error.message : String(error);
      this.#tell(text, `why it failed could not be looked up: ${text}`);
    });
  }
}

const indented = (line: string): string => `  ${line}`;

function endOfLog(log: string | undefined): string[] {
  if (log === undefined) return [];
  return log === "" ? ["it logged nothing"] : ["the end of its log:", ...log.split("\n").map(indented)];
}

function isCustom({ type, old, new: wanted }: StepEventMetadata): boolean {
  return (wanted ?? old)?.custom === true && !type.startsWith("pulumi:providers:");
}

const doneWord = (op: string): string =>
  op === "create-replacement"
    ? "created anew"
    : op === "delete-replaced"
      ? "of before removed"
      : (changed(op) ?? op);

const doing = (op: string): string =>
  op.startsWith("create") ? "making the" : op.startsWith("delete") ? "removing the" : "updating the";

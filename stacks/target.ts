/** What the commands need to know of a target; `targets.ts` has the table of them. */
import type { Output } from "@pulumi/pulumi";
import type { ImagesArgs } from "../components/spec/args";
import type { Engine } from "../offline";
import type { StackResource } from "./operation/resource";
import type { PendingOperation, State } from "./state";

/** What the stack of a site exports, on every target. */
export interface SiteOutputs {
  /** The address of the site. */
  url: Output<string>;
  /** The address of each app by its name. */
  apps: Output<Record<string, string>>;
  /** The certificate authority to trust, PEM. */
  caCertificate: Output<string>;
  /** Generated passwords by user name; secret. */
  passwords: Output<Record<string, string>>;
}

/** The name of the site's component in the program of a stack, on every target; the names of its resources begin so. */
export const siteName = "site";

/** A stack by its names. */
export interface StackName {
  /** The name of the Pulumi project. */
  project: string;
  /** The name of the stack. */
  stack: string;
}

/** Told what is done, a line at a time. */
export type Log = (line: string) => void;

/** What a resource is of a site. */
export interface Part {
  /** The part of the site that it belongs to: `app sales`, `gateway`. */
  name: string;
  /** What it is of that: `container`, `image`, `network`. */
  piece: string;
  /** Does it take long enough, or matter enough, to be told of by itself? */
  shown: boolean;
}

/** A part of a site that does not do its work. */
export interface Failure {
  /** What it is called in the spec, for instance `app sales`. */
  part: string;
  /** What it is called where it runs, as {@link StackResource.physicalName} has it. */
  resource: string;
  /** Other resources, by such names, that the engine waits for until this one is well. @default none */
  blocks?: readonly string[];
  /** What is wrong, for instance `its container keeps exiting (exit code 3, started over 4 times)`. */
  status: string;
  /** What else is known of it, a line each. */
  details: string[];
  /** The last lines of its log; may be empty. Absent where nothing has run that could log. */
  log?: string;
  /** Will it not get well by itself? */
  hopeless: boolean;
}

/** Something of a stack that is there whether any state knows of it or not. */
export interface Leftover {
  /** What it is: `container`, `network`, `volume`, `image`, or the kind of an object of Kubernetes. */
  kind: string;
  /** What it is called there. */
  name: string;
  /** Where the target finds it, when its kind and name are not enough. */
  path?: string;
}

/** One running copy of a part of a site, as the target sees it; on Docker a container. */
export interface PartStatus {
  /** What it is called: `gateway`, `oauth2-proxy`, `redis`, an app's name, `<app>.2` for its second replica and so on. */
  part: string;
  /** The app that it belongs to; absent for what serves all of them. */
  app?: string;
  /** The target's own word, for instance `running`, `restarting` or `exited`. */
  state: string;
  /** `healthy`, `unhealthy` or `starting`; absent where nothing is checked. */
  health?: string;
  /** Since when it is in this state, ISO 8601; absent when it was never started. */
  since?: string;
  /** How often it was started over by itself. */
  restarts: number;
  /** Was it ended the last time because it had used up its memory? */
  killedForMemory: boolean;
  /** The image by its name, where it has one, and its short id. */
  image: string;
  /** Has a newer one, which is healthy, taken its place? It is kept until nobody has it open. */
  old: boolean;
  /** Why it is not well, as far as the target knows: an exit code, or what its health check said. */
  reason?: string;
}

/** Where a site is reached. */
export interface Endpoint {
  /** Is it the port for https, or the one for plain http? */
  protocol: "https" | "http";
  /** An address to connect to, from this machine. */
  address: string;
  /** The port there. */
  port: number;
}

/** What a target knows of a site. */
export interface TargetStatus {
  /** Everything that is there, also what does not run; nothing when the site is not up. */
  parts: PartStatus[];
  /** Where it is reached; nothing while the gateway does not run. */
  endpoints: Endpoint[];
  /** What may be broken when an endpoint does not answer though the gateway runs. @default what Docker has in between */
  between?: string;
}

/** Which lines of which logs are wanted. */
export interface LogRequest {
  /** Only this part; an app's name stands for all its replicas. @default every part */
  part?: string;
  /** No lines from before. @default all that are kept */
  since?: Date;
  /** So many lines of each part at most, the last ones. @default all that are kept */
  tail?: number;
  /** Go on with what is written from now on, over restarts and replacements, until the signal. */
  follow: boolean;
}

/** A line of a log. */
export interface LogLine {
  /** As {@link PartStatus.part}. */
  part: string;
  /** When it was written: ISO 8601 in UTC with nanoseconds, so that the order of texts is the order of times. */
  time: string;
  /** The line, without the line break. */
  text: string;
}

/** A volume of an app, which is kept when its site is removed. */
export interface KeptVolume {
  /** What it is called in the spec: `<app>/<volume>`. */
  volume: string;
  /** What it is called where it is. */
  name: string;
}

/** A kind of place where a site can be deployed to, as far as the commands differ by it. */
export interface StackTarget {
  /**
   * Does an update change what is there where it is, so that one that was cut off is done again even if nothing is to be
   * changed any more? @default false: it makes something new
   */
  readonly updatesInPlace?: boolean;
  /**
   * Why {@link StackTarget.removeLeftovers} is not offered: nothing is removed without a state then. @default it is offered
   */
  readonly leftoversStay?: string;
  /**
   * The program of a stack.
   *
   * @param images where the images come from unless the configuration says so
   */
  program(images?: ImagesArgs): SiteOutputs;
  /** Set up what this machine needs for the stacks of this target, the engine among it. */
  prepare(log: Log): Promise<Engine>;
  /** What a resource is of a site. */
  partOf(resource: StackResource): Part;
  /**
   * Whom a step of the engine interrupts, and how; undefined when nobody notices it.
   *
   * @param op the engine's word for the first step of the resource
   * @param state the stack's state before the operation
   */
  interruption(resource: StackResource, op: string, state: State): string | undefined;
  /**
   * What should run and does not, or is not healthy.
   *
   * @param only the names of what is looked at, as {@link Failure.resource} or {@link Failure.blocks} has them. @default
   *   everything of the stack
   */
  failures(stack: StackName, only?: readonly string[]): Promise<Failure[]>;
  /** What there is to say of a message with which a plugin failed, besides; a line each. */
  explainFault(stack: StackName, message: string): Promise<string[]>;
  /**
   * What is there of a stack, in the order in which it can be removed.
   *
   * @param data with the volumes of the apps' own data
   */
  leftovers(stack: StackName, data: boolean): Promise<Leftover[]>;
  /** Remove such. @returns whether all of it is gone; what stays was told */
  removeLeftovers(found: readonly Leftover[], log: Log): Promise<boolean>;
  /** Remove what a command that was killed had begun to create and did not write down, or tell of it where it cannot be found. */
  removeHalfMade(stack: StackName, pending: readonly PendingOperation[], log: Log): Promise<void>;
  /**
   * Look, after an up that succeeded, for what the engine did not see.
   *
   * @param since when it was begun
   * @throws {@link UserError} when something has gone wrong all the same
   */
  afterUp?(stack: StackName, since: Date): Promise<void>;
  /**
   * Note which builds a stack has.
   *
   * @returns removes those that are no longer used; for after an operation that succeeded
   */
  oldBuilds(stack: StackName): Promise<() => Promise<void>>;
  /** What there is of a site, whether it is well or not. */
  status(stack: StackName): Promise<TargetStatus>;
  /**
   * The parts that a site has when all of it is there, as {@link PartStatus.part} names them.
   *
   * @param spec the site of a stack's file as it stands there, of any shape
   */
  expectedParts(spec: unknown): string[];
  /**
   * Read the logs of a site.
   *
   * @param write gets each line; without `follow` in the order of their times
   * @param signal ends it
   * @returns the names of the parts whose logs there are, with or without lines; resolves at the end of what there is,
   *   with `follow` at the signal
   */
  logs(
    stack: StackName,
    request: LogRequest,
    write: (line: LogLine) => void,
    signal: AbortSignal,
  ): Promise<string[]>;
  /** The volumes of a stack's apps. */
  keptVolumes(stack: StackName): Promise<KeptVolume[]>;
  /** Remove them and what is in them, from a stack that was destroyed. */
  removeVolumes(stack: StackName): Promise<KeptVolume[]>;
}

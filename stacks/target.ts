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
  /** What it is called where it runs. */
  resource: string;
  /** What is wrong, for instance `its container keeps exiting (exit code 3, started over 4 times)`. */
  status: string;
  /** What else is known of it, a line each. */
  details: string[];
  /** The last lines of its log; may be empty. */
  log: string;
  /** Will it not get well by itself? */
  hopeless: boolean;
}

/** Something of a stack that is there whether any state knows of it or not. */
export interface Leftover {
  /** What it is. */
  kind: "container" | "network" | "volume" | "image";
  /** What it is called there. */
  name: string;
}

/** A kind of place where a site can be deployed to, as far as the commands differ by it. */
export interface StackTarget {
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
   * @param only the names of what is looked at, as {@link Failure.resource} has them. @default everything of the stack
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
  /** Remove what a command that was killed had begun to create and did not write down. */
  removeHalfMade(pending: readonly PendingOperation[]): Promise<void>;
  /**
   * Note which builds a stack has.
   *
   * @returns removes those that are no longer used; for after an operation that succeeded
   */
  oldBuilds(stack: StackName): Promise<() => Promise<void>>;
}

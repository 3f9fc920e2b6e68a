/** What the commands need to know of a target; `targets.ts` has the table of them. */
import type { Output } from "@pulumi/pulumi";
import type { ImagesArgs } from "../components/spec/args";
import type { Engine } from "../offline";
import type { PendingOperation } from "./state";

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

/** A part of a site that does not do its work. */
export interface Failure {
  /** What it is called in the spec, for instance an app's name. */
  part: string;
  /** What the target says of it, for instance `Restarting (1) 3 seconds ago`. */
  status: string;
  /** The last lines of its log. */
  log: string;
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
   * The program of a stack.
   *
   * @param images where the images come from unless the configuration says so
   */
  program(images?: ImagesArgs): SiteOutputs;
  /** Set up what this machine needs for the stacks of this target, the engine among it. */
  prepare(log: Log): Promise<Engine>;
  /** Why an `up` failed, as the target tells it: what should run and does not. */
  explainFailures(stack: StackName): Promise<Failure[]>;
  /** Remove what a command that was killed had begun to create and did not write down. */
  removeHalfMade(pending: readonly PendingOperation[]): Promise<void>;
  /** The volumes of a stack's apps. */
  keptVolumes(stack: StackName): Promise<KeptVolume[]>;
  /** Remove them and what is in them, from a stack that was destroyed. */
  removeVolumes(stack: StackName): Promise<KeptVolume[]>;
  /** Remove what the engine does not know of, from a stack that was destroyed. */
  cleanUp(stack: StackName): Promise<void>;
}

import type { Fault } from "./schema";
import type { Props } from "./values";

/** What an operation may use besides its inputs. */
export interface Context {
  readonly urn: string;
  /** Shows a message next to the resource while it is being worked on; the engine prints the first line of each. */
  readonly progress: (line: string) => void;
  /** Aborted when the engine is gone: stop, and leave nothing half done. */
  readonly signal: AbortSignal;
}

/** A resource as it exists: its id, and its outputs without secret marks. */
export interface Live {
  readonly id: string;
  readonly outputs: Props;
}

/**
 * How one resource type is managed. Inputs come checked, with defaults filled in and without secret marks; `I` is the
 * official SDK's type for them.
 */
export interface Resource<I> {
  /** The type token, as in the schema. */
  readonly type: string;
  /**
   * What `diff` compares with the inputs: those of the last deployment, or the outputs, as Terraform and what is built on it
   * do. Default: `inputs`.
   */
  readonly compares?: "inputs" | "outputs";
  /** Whether the official plugin has each replacement delete first, unless the resource's own options say otherwise. */
  readonly deleteBeforeReplace?: boolean;
  /** Adds to the inputs what is computed from them, and finds faults that the schema does not know. */
  readonly check?: (inputs: Props, faults: Fault[]) => Promise<Props> | Props;
  /** Names of properties for whose sake a resource is replaced although its inputs stayed the same. */
  readonly outdated?: (outputs: Props, inputs: I) => string[];
  readonly create: (inputs: I, context: Context) => Promise<Live>;
  /** What is there now; undefined when it is gone. Without it, the state is taken for the truth. */
  readonly read?: (id: string, outputs: Props) => Promise<Live | undefined>;
  readonly update?: (id: string, outputs: Props, inputs: I, context: Context) => Promise<Props>;
  readonly delete?: (id: string, outputs: Props, signal?: AbortSignal) => Promise<void>;
}

/**
 * A creation or an update that failed half-way: the engine records the resource with these outputs, and that it is not as it
 * should be.
 */
export class Incomplete extends Error {
  readonly reasons: string[];

  constructor(
    readonly id: string,
    readonly properties: Props,
    message: string,
  ) {
    super(message);
    this.reasons = [message];
  }
}

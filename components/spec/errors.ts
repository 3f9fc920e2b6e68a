import { RunError } from "@pulumi/pulumi";

/** One fault of a spec: where it is and what would be right. */
export interface Fault {
  /** The path of the field, for instance `apps.sales.route`. */
  path: string;
  /** What is wrong with it and what would be right. */
  message: string;
}

/**
 * A spec was refused. The message lists every fault, one a line, as `path: message`; nothing was created.
 *
 * @example
 * ```ts
 * try {
 *   new DockerSite("analytics", args);
 * } catch (error) {
 *   if (error instanceof SiteSpecError) console.error(error.faults);
 * }
 * ```
 */
export class SiteSpecError extends RunError {
  /**
   * @param faults every fault that was found, at least one
   */
  constructor(readonly faults: readonly Fault[]) {
    const lines = faults.map(({ path, message }) => `  ${path}: ${message}`);
    super(
      `the site's spec has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}:\n${lines.join("\n")}`,
    );
    this.name = "SiteSpecError";
  }
}

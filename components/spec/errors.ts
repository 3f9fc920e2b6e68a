/** What is said of a spec that is wrong. */

/** One fault of a spec: where it is and what would be right. */
export interface Fault {
  /** The path of the field, for instance `apps.sales.route`. */
  path: string;
  /** What is wrong with it and what would be right. It never holds the value, which may be secret. */
  message: string;
}

/**
 * A spec was refused. The message lists every fault, one a line, as `path: message`.
 *
 * It is thrown before any resource is registered. A value that is known only later, an Output or a promise, is checked
 * when it is known: then whatever takes the value fails with this error.
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
export class SiteSpecError extends Error {
  /**
   * By this property Pulumi knows a `RunError`, of which it prints the message without a stack. The class is not
   * extended, so that a spec can be checked without loading Pulumi.
   */
  readonly __pulumiRunError = true;

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

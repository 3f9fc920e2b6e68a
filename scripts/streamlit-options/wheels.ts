/** What the wheels of Streamlit say of its options. */
import * as path from "node:path";
import type { Log } from "../apt";
import { exec } from "../exec";
import { ensureVirtualEnvironment } from "../python";

/** Every option of the versions that were read. */
export interface StreamlitOptions {
  /** The versions, oldest first. */
  versions: string[];
  /** The type of each option that any of them has, by name: `bool`, `int`, `float`, `list`, or `str`. */
  options: Record<string, string>;
}

/** The oldest version that a site may have, and the newest that was looked at. */
const wheels = ["least", "latest"] as const;

/**
 * Read the options of the least and the latest version of Streamlit from their wheels. Hidden options and those that one of
 * the two no longer has count, too.
 *
 * @param log is told what takes long
 * @throws Error if a wheel cannot be installed or no longer has its options where they were
 */
export async function readStreamlitOptions(log: Log): Promise<StreamlitOptions> {
  const read: { version: string; options: Record<string, string> }[] = [];
  for (const wheel of wheels) {
    const files = [wheel, "needed"].map((name) => path.join(__dirname, `${name}.txt`));
    const bin = await ensureVirtualEnvironment(`streamlit-${wheel}`, files, log);
    const { stdout } = await exec(path.join(bin, "python3"), [path.join(__dirname, "read.py")]);
    read.push(JSON.parse(stdout) as (typeof read)[number]);
  }
  const all = Object.entries(
    Object.assign({}, ...read.map(({ options }) => options)) as Record<string, string>,
  );
  return {
    versions: read.map(({ version }) => version),
    options: Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

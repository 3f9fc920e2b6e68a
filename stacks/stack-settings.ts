/** The settings of stacks, `Pulumi.<stack>.yaml`: what somebody wrote, and what Pulumi adds. */
import * as fs from "node:fs";
import * as path from "node:path";
import { load } from "js-yaml";

/** What is in such a file. */
export interface StackSettings {
  encryptionsalt?: string;
  secretsprovider?: string;
  config?: Record<string, unknown>;
}

/** The settings in a file; none if there is no such file. */
export function readSettings(file: string): StackSettings {
  return fs.existsSync(file) ? ((load(fs.readFileSync(file, "utf8")) as StackSettings | null) ?? {}) : {};
}

/** The settings files in a folder, by the names of their stacks. */
export function settingsFiles(folder: string): Map<string, string> {
  const files = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  return new Map(
    files.flatMap((file) => {
      const stack = /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1];
      return stack === undefined ? [] : [[stack, path.join(folder, file)] as const];
    }),
  );
}

/** Do settings hold something that only a passphrase opens? Another provider of secrets has its own key. */
export function needsPassphrase({ encryptionsalt, secretsprovider, config }: StackSettings): boolean {
  if (secretsprovider !== undefined && secretsprovider !== "passphrase") return false;
  return encryptionsalt !== undefined || hasSecure(config);
}

function hasSecure(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(
    ([key, item]) => (key === "secure" && typeof item === "string") || hasSecure(item),
  );
}

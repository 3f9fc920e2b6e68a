import { exec } from "../../scripts/exec";

/** Settings that say how packages are reached; paths and habits of this machine's user stay on the machine. */
const wanted = [
  "index-url",
  "extra-index-url",
  "trusted-host",
  "proxy",
  "timeout",
  "default-timeout",
  "retries",
];

/**
 * This machine's pip settings (from its configuration files and `PIP_…` variables) that builds inside an image need
 * as well: a company's package index, its proxy, its patience.
 *
 * An index address may contain a password. It ends up in the local image, as it would in any build that uses it.
 *
 * @returns settings by name, empty if pip has none or is not there
 */
export async function machinePipSettings(): Promise<Record<string, string>> {
  try {
    const { stdout } = await exec("python3", ["-m", "pip", "config", "list"]);
    return parsePipSettings(stdout);
  } catch {
    return {};
  }
}

/** Reads what `pip config list` writes; of a setting given twice the stronger (variables, then files) is taken. */
export function parsePipSettings(list: string): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const scope of ["global", "install", ":env:"]) {
    for (const line of list.split("\n")) {
      const [, where, name, value] = /^([^.]+)\.([^=]+)='(.*)'$/.exec(line.trim()) ?? [];
      if (where === scope && name !== undefined && wanted.includes(name)) {
        settings[name] = (value ?? "").replace(/\\n/g, " ").trim();
      }
    }
  }
  return settings;
}

/** The settings as `/etc/pip.conf`. */
export function pipConf(settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name} = ${value.split(/\s+/).join("\n  ")}\n`,
  );
  return `[global]\ndisable-pip-version-check = 1\nroot-user-action = ignore\n${lines.join("")}`;
}

/** The package indexes as `/etc/uv/uv.toml`, so that uv finds the same packages as pip. */
export function uvToml(settings: Readonly<Record<string, string>>): string {
  const extra = (settings["extra-index-url"] ?? "").split(/\s+/).filter((url) => url !== "");
  const main = settings["index-url"];
  return [
    ...extra.map((url) => `[[index]]\nurl = ${JSON.stringify(url)}\n`),
    ...(main === undefined ? [] : [`[[index]]\nurl = ${JSON.stringify(main)}\ndefault = true\n`]),
  ].join("\n");
}

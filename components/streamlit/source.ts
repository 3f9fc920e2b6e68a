/** What has to be known of an app's source folder before anything is created. */
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "smol-toml";
import type { Fault } from "../spec/errors";
import type { AppArgs, SiteArgs } from "../spec/args";
import type { Site } from "../spec/site";
import { ownConfigComplaints } from "./options";
import { gatewaySettings, leastStreamlitVersion } from "./streamlit";

/**
 * The faults of the source folders of a spec. What has the wrong shape is left to the check of the spec.
 *
 * @param spec the spec as it was written
 */
export function sourceFaults(spec: unknown): Fault[] {
  const apps = (spec as Partial<SiteArgs> | null | undefined)?.apps as unknown;
  if (typeof apps !== "object" || apps === null) return [];
  return Object.entries(apps).flatMap(([name, app]) => {
    const { source, entry, workingDir } = (app ?? {}) as AppArgs;
    if (typeof source !== "string") return [];
    const faults = folderFaults(`apps.${name}.source`, source, entry);
    if (faults.length > 0) return faults;
    const goesWith = hasOwnDockerfile(source)
      ? {
          field: "entry",
          given: entry !== undefined,
          instead: "the Dockerfile in the source folder has its own command",
        }
      : {
          field: "workingDir",
          given: workingDir !== undefined,
          instead: "an app without a Dockerfile of its own is in /app",
        };
    return goesWith.given
      ? [{ path: `apps.${name}.${goesWith.field}`, message: `must not be set: ${goesWith.instead}` }]
      : [];
  });
}

/**
 * What is likely to be a mistake in the source folders of a site. An option in `.streamlit/config.toml` that no known version
 * of Streamlit has, or of the wrong type, is the app author's, who may have a newer version; Streamlit passes over it. So it
 * is no fault of the spec.
 *
 * @param site a checked spec
 */
export function sourceWarnings(site: Pick<Site, "apps">): Fault[] {
  return site.apps.flatMap(({ name, source }) => {
    if (!("folder" in source)) return [];
    // What the gateway sets replaces whatever the file says.
    const isTheGateways = (option: string): boolean =>
      Object.keys(gatewaySettings).some((own) => option === own || option.startsWith(`${own}.`));
    return ownConfigComplaints(parse(ownStreamlitConfig(source.folder)))
      .filter(({ option }) => !isTheGateways(option))
      .map(({ option, message }) => ({
        path: `apps.${name}.source`,
        message: `${path.join(source.folder, ".streamlit", "config.toml")}: ${option}: ${message}`,
      }));
  });
}

function folderFaults(at: string, folder: string, entry: unknown): Fault[] {
  const fault = (message: string): Fault[] => [{ path: at, message }];
  if (!isFolder(folder)) return fault(`there is no folder ${path.resolve(folder)}`);
  const has = (file: string): boolean => fs.existsSync(path.join(folder, file));
  const faults: Fault[] = [];
  if (!hasOwnDockerfile(folder)) {
    const script = typeof entry === "string" ? entry : "streamlit_app.py";
    if (!has(script)) faults.push(...fault(`has no ${script}: name the app's script in entry`));
    if (!has("requirements.txt") && !has("pyproject.toml"))
      faults.push(
        ...fault(
          `needs a requirements.txt or a pyproject.toml that asks for streamlit>=${leastStreamlitVersion}`,
        ),
      );
  }
  try {
    parse(ownStreamlitConfig(folder));
  } catch (error) {
    faults.push(...fault(`.streamlit/config.toml is no TOML: ${String(error).split("\n")[0]}`));
  }
  return faults;
}

function isFolder(name: string): boolean {
  try {
    return fs.statSync(name).isDirectory();
  } catch {
    return false; // Not there, or a name that no file system takes.
  }
}

/** Does the folder bring a Dockerfile of its own? */
export function hasOwnDockerfile(folder: string): boolean {
  return fs.existsSync(path.join(folder, "Dockerfile"));
}

/** The text of the `.streamlit/config.toml` that came with the source; empty if there is none. */
export function ownStreamlitConfig(folder: string): string {
  const file = path.join(folder, ".streamlit", "config.toml");
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
}

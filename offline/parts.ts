import { existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import Docker from "dockerode";
import type { Log } from "../scripts/apt";
import { exec } from "../scripts/exec";
import { cacheFolder, isExecutable, root } from "../scripts/paths";
import type { Part } from "./decide";
import { buildCli, cliPath, cliVersion, npmVersion } from "./engine/build";
import { buildImages, hasImage } from "./images/build";
import { imageTag, machineSettings, recipes, type ImageName } from "./images/recipes";
import { fits } from "./versions";

/** Images by what they are for; `ImagesArgs` of the components says what each has to have. */
export type Images = Record<ImageName, string>;

/** A stand-in for an official provider plugin, as `plugins.providers` of the project settings takes it. */
export interface StandIn {
  name: string;
  /** The folder with its executable. */
  path: string;
}

/** The provider plugins that the components of every target use; the npm packages `@pulumi/<name>` say at which version. */
const commonPlugins = ["docker", "tls", "random"] as const;

/** A provider plugin that one target alone uses. */
export type TargetPlugin = "kubernetes";

/** Time limits in seconds: for a download of some hundred megabytes on a slow line, and for a silent registry. */
const patience = { download: 300, pull: 900, silence: 30 };

/** The user's PULUMI_HOME, if there is one. */
function usersHome(): string | undefined {
  const home = process.env.PULUMI_HOME;
  return home === "" ? undefined : home;
}

/** PULUMI_HOME for a CLI: the user's, else Pulumi's default, else, for a CLI that was built, a folder of this project. */
export function pulumiHome(cli: string): string {
  return usersHome() ?? (cli.startsWith(cacheFolder()) ? cacheFolder("pulumi") : join(homedir(), ".pulumi"));
}

/** The Pulumi CLI: the path of its executable. */
export function cliPart(log: Log): Part<string> {
  const wanted = cliVersion();
  return {
    name: "Pulumi CLI",
    key: [wanted, process.env.PULUMI_HOME].join("\n"),
    official: async () => (await installedCli(wanted)) ?? (await fetchCli(wanted, log)),
    // Not in the user's PULUMI_HOME, where it would pass for an official one.
    offline: () => buildCli(cacheFolder("pulumi"), log),
    stillThere: (path) => isExecutable(path),
  };
}

async function installedCli(wanted: string): Promise<string | undefined> {
  const home = usersHome() ?? join(homedir(), ".pulumi");
  const onPath = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "pulumi"));
  for (const path of [...onPath, join(home, "bin", "pulumi"), cliPath(home, wanted)]) {
    if (!isExecutable(path) || isLauncher(path)) continue;
    const version = await exec(path, ["version"], { env: quiet, seconds: 20 }).catch(() => undefined);
    if (version !== undefined && fits(version.stdout, wanted)) return path;
  }
  return undefined;
}

// npm puts its launcher for the CLI on PATH of the scripts that it runs.
function isLauncher(path: string): boolean {
  return realpathSync(path).includes("node_modules");
}

// The launcher downloads the CLI on first use.
async function fetchCli(version: string, log: Log): Promise<string> {
  const home = usersHome() ?? join(homedir(), ".pulumi");
  const note = setTimeout(() => {
    log(`fetching the Pulumi CLI ${version}`);
  }, 1000);
  try {
    await exec(process.execPath, [join(root, "node_modules", "pulumi", "run.js"), "version"], {
      env: { ...quiet, PULUMI_HOME: home, PULUMI_VERSION: version },
      seconds: patience.download,
    });
  } finally {
    clearTimeout(note);
  }
  return cliPath(home, version);
}

const quiet = { PULUMI_SKIP_UPDATE_CHECK: "true" };

/**
 * The provider plugins: the stand-ins to use, none with the official ones.
 *
 * @param cli the Pulumi CLI
 * @param reachable whether downloads are worth a try
 * @param more those of a target
 */
export function providersPart(
  cli: string,
  reachable: boolean,
  log: Log,
  more: readonly TargetPlugin[] = [],
): Part<StandIn[]> {
  const plugins = [...commonPlugins, ...more];
  const home = pulumiHome(cli);
  const wanted = plugins.map((name) => ({ name, version: npmVersion(`@pulumi/${name}`) }));
  const missing = () =>
    wanted.filter(({ name, version }) => {
      const folder = join(home, "plugins", `resource-${name}-v${version}`);
      return !existsSync(folder) || existsSync(`${folder}.partial`); // an installation that was interrupted
    });
  const standIns = plugins.map((name) => ({ name, path: join(root, "offline", "providers", name) }));
  return {
    name: "provider plugins",
    key: [home, ...wanted.map(({ name, version }) => `${name} ${version}`)].join("\n"),
    official: async () => {
      for (const { name, version } of missing()) {
        if (!reachable) throw new Error("the CLI could not be downloaded either");
        const note = setTimeout(() => {
          log(`fetching the provider plugin ${name} ${version}`);
        }, 5000);
        const args = ["plugin", "install", "resource", name, version];
        await exec(cli, args, { env: { ...quiet, PULUMI_HOME: home }, seconds: patience.download }).finally(
          () => {
            clearTimeout(note);
          },
        );
      }
      return [];
    },
    offline: () => Promise.resolve(standIns),
    stillThere: (chosen, kind) =>
      kind === "official"
        ? missing().length === 0
        : chosen.every(({ name, path }) => isExecutable(join(path, `pulumi-resource-${name}`))),
  };
}

/** The base images. */
export async function imagesPart(official: Images, log: Log, docker = new Docker()): Promise<Part<Images>> {
  const ours = Object.values(recipes(await machineSettings()));
  return {
    name: "base images",
    key: [...Object.values(official), ...ours.map((recipe) => imageTag(recipe))].join("\n"),
    official: async () => {
      for (const image of Object.values(official)) {
        if (!(await hasImage(docker, image))) await pull(docker, image, log);
      }
      return official;
    },
    offline: () => buildImages(log, docker),
    stillThere: async (images) => {
      const found = await Promise.all(Object.values(images).map((image) => hasImage(docker, image)));
      return found.every(Boolean);
    },
  };
}

async function pull(docker: Docker, image: string, log: Log): Promise<void> {
  const abort = new AbortController();
  const limit = setTimeout(() => {
    abort.abort();
  }, patience.pull * 1000);
  let silence: NodeJS.Timeout | undefined;
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => {
      abort.abort();
    }, patience.silence * 1000);
  };
  try {
    heard();
    const stream = await docker.pull(image, { abortSignal: abort.signal });
    log(`fetching the image ${image}`);
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(
        stream,
        (error) => {
          if (error) reject(error);
          else resolve();
        },
        heard,
      );
    });
  } catch (error) {
    if (abort.signal.aborted) throw new Error(`pulling ${image} took too long`, { cause: error });
    throw error;
  } finally {
    clearTimeout(limit);
    clearTimeout(silence);
  }
}

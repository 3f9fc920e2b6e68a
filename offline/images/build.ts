import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, createReadStream, mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import Docker from "dockerode";
import { aptInstall, type Log } from "../../scripts/apt";
import { exec } from "../../scripts/exec";
import { withLock } from "../../scripts/lock";
import { cacheFolder } from "../../scripts/paths";
import { buildOauth2Proxy } from "../oauth2-proxy/build";
import { debian, imageTag, machineSettings, recipes, type ImageName, type Recipe } from "./recipes";

/**
 * Makes the base images that the Docker daemon does not have yet, from packages alone.
 *
 * @param log told what is being made
 * @returns each image's name with its tag
 * @throws Error if mmdebstrap is missing and cannot be installed, or if a package cannot be had
 */
export async function buildImages(log: Log, docker = new Docker()): Promise<Record<ImageName, string>> {
  const images: [string, string][] = [];
  // One after the other: the machine's cores have enough to do with one, and the next finds apt's locks free.
  for (const [name, recipe] of Object.entries(recipes(await machineSettings()))) {
    images.push([name, await buildImage(recipe, log, docker)]);
  }
  return Object.fromEntries(images) as Record<ImageName, string>;
}

async function buildImage(recipe: Recipe, log: Log, docker: Docker): Promise<string> {
  const tag = imageTag(recipe);
  if (await hasImage(docker, tag)) return tag;
  const waiting = () => {
    log(`waiting for another run that makes ${tag}`);
  };
  const work = cacheFolder("images", tag.replace(/[/:]/g, "-"));
  return withLock(`${work}.lock`, waiting, async () => {
    if (await hasImage(docker, tag)) return tag;
    const started = Date.now();
    log(`making the image ${tag} from Debian packages (about half a minute)`);
    await remove(work); // of a run that was killed
    mkdirSync(work, { recursive: true });
    try {
      await loadImage(docker, tag, recipe, await makeRoot(recipe, work, log));
    } finally {
      await remove(work);
    }
    log(`made ${tag} in ${((Date.now() - started) / 1000).toFixed(0)} s`);
    return tag;
  });
}

// There may be a half-made root file system in it: never follow a mount that may be left in that.
async function remove(work: string): Promise<void> {
  await exec("rm", ["-rf", "--one-file-system", work]);
}

/** Whether the daemon has an image of that name. */
export async function hasImage(docker: Docker, name: string): Promise<boolean> {
  try {
    await docker.getImage(name).inspect();
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false;
    throw error;
  }
}

// Makes the root file system as a tar file.
async function makeRoot(recipe: Recipe, work: string, log: Log): Promise<string> {
  await aptInstall(["mmdebstrap", "debian-archive-keyring"], log);
  const overlay = join(work, "overlay");
  mkdirSync(overlay);
  for (const [path, { text, mode }] of Object.entries(recipe.files)) {
    const file = join(overlay, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, mode ?? 0o644);
  }
  if (recipe.oauth2Proxy !== undefined) await addOauth2Proxy(overlay, log);
  const finish = join(work, "finish.sh");
  writeFileSync(finish, `set -eu\nroot=$1\n${recipe.finish}\n`);

  const tar = join(work, "root.tar");
  const root = process.getuid?.() === 0;
  await exec(
    // As root mmdebstrap mounts /proc and others where everybody sees them. In a mount namespace of its own they
    // vanish with it, even if it is killed.
    root ? "unshare" : "mmdebstrap",
    [
      ...(root ? ["--mount", "mmdebstrap"] : []),
      "--variant=minbase",
      `--include=${recipe.packages.join(",")}`,
      // As Debian's slim images: no documentation, except for the licences, and no translations.
      "--dpkgopt=path-exclude=/usr/share/man/*",
      "--dpkgopt=path-exclude=/usr/share/info/*",
      "--dpkgopt=path-exclude=/usr/share/locale/*",
      "--dpkgopt=path-exclude=/usr/share/doc/*",
      "--dpkgopt=path-include=/usr/share/doc/*/copyright",
      '--aptopt=APT::Install-Recommends "false"',
      '--aptopt=Acquire::Retries "3"',
      ...(await machineAptOptions()).map((option) => `--aptopt=${option}`),
      `--customize-hook=sync-in '${overlay}' /`,
      `--customize-hook=sh '${finish}' "$1"`,
      recipe.release ?? debian,
      tar,
      ...(await machineMirrors(recipe.release)),
    ],
    // mmdebstrap keeps the file system that it is making there, not on a small /tmp.
    { seconds: 1200, env: { TMPDIR: work, LC_ALL: "C.UTF-8" } },
  );
  return tar;
}

async function addOauth2Proxy(overlay: string, log: Log): Promise<void> {
  const target = join(overlay, "usr/bin/oauth2-proxy");
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(await buildOauth2Proxy(log), target);
  chmodSync(target, 0o755);
}

// The mirrors that this machine has its own Debian from, as lines of a sources.list for the images' release.
async function machineMirrors(release?: string): Promise<string[]> {
  const format = "$(ORIGIN) $(CODENAME) $(COMPONENT) $(REPO_URI)";
  const { stdout } = await exec("apt-get", ["indextargets", "--format", format, "Identifier: Packages"]);
  return imageMirrors(stdout, release);
}

/**
 * Turns a machine's Debian mirrors into lines of a sources.list for the images' release.
 *
 * @param targets lines of origin, code name (perhaps with `-updates` or `-security`), component and address
 * @param release the images' release, if it is not {@link debian}: one that is not out yet has all of its updates in itself
 * @returns none if the machine has no mirror of a Debian release; mmdebstrap knows Debian's own
 */
export function imageMirrors(targets: string, release?: string): string[] {
  const lines = targets.split("\n").flatMap((line) => {
    const [origin, codename, component, uri] = line.split(" ");
    const [, section] = /^[a-z]+(-updates|-security)?$/.exec(codename ?? "") ?? [];
    if (origin !== "Debian" || component !== "main" || uri === undefined) return [];
    if (release !== undefined && section !== undefined) return [];
    return `deb ${uri} ${release ?? debian}${section ?? ""} main`;
  });
  return lines.some((line) => line.endsWith(` ${release ?? debian} main`)) ? [...new Set(lines)] : [];
}

// How this machine's apt reaches its mirrors: a proxy, say.
async function machineAptOptions(): Promise<string[]> {
  const { stdout } = await exec("apt-config", ["dump", "--format", "%f=%v%n"]);
  return stdout.split("\n").flatMap((line) => {
    const [, name, value] = /^(Acquire::(?:https?(?:::.+)?|Check-.+))=(.+)$/.exec(line) ?? [];
    return name === undefined ? [] : `${name} "${String(value)}"`;
  });
}

// Gives the root file system to the daemon as an image of one layer. (`docker import` would take it as it is, but
// cannot set the signal that stops nginx gracefully.)
async function loadImage(docker: Docker, tag: string, recipe: Recipe, layer: string): Promise<void> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(layer)) hash.update(chunk as Buffer);
  const config = {
    architecture: dockerArchitecture(process.arch),
    os: "linux",
    created: new Date().toISOString(),
    config: recipe.settings,
    rootfs: { type: "layers", diff_ids: [`sha256:${hash.digest("hex")}`] },
    history: [{ created_by: "made from Debian packages by offline/images" }],
  };
  const folder = dirname(layer);
  const manifest = [{ Config: "config.json", RepoTags: [tag], Layers: [basename(layer)] }];
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
  const archive = join(folder, "image.tar");
  await exec("tar", ["-C", folder, "-cf", archive, "manifest.json", "config.json", basename(layer)]);

  const stream = await docker.loadImage(archive, { quiet: true });
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(stream, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

function dockerArchitecture(node: string): string {
  return { x64: "amd64", arm64: "arm64" }[node] ?? node;
}

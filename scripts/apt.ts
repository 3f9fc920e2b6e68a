import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { exec, ExecError } from "./exec";

/** Receives one line about the progress of something slow. */
export type Log = (line: string) => void;

/** Whether `/etc/os-release` describes Debian or one of its relatives. */
export function isDebian(osRelease = readOsRelease()): boolean {
  return /^ID(_LIKE)?=.*\bdebian\b/m.test(osRelease);
}

function readOsRelease(): string {
  try {
    return readFileSync("/etc/os-release", "utf8");
  } catch {
    return ""; // Not Linux, or not a usual one.
  }
}

/** What decides whether packages can be installed. */
export interface System {
  debian: boolean;
  root: boolean;
}

/** This system, for this process. */
export function thisSystem(): System {
  return { debian: isDebian(), root: process.getuid?.() === 0 };
}

/**
 * Installs Debian packages, those that are not installed yet.
 *
 * The package lists are fetched only when they do not know a package or an installation fails (lists can be outdated).
 * Waits for another apt to finish and tries three times, for the sake of a flaky network.
 *
 * @param packages Debian package names
 * @param log told what is being installed
 * @throws Error if this is not root on Debian (the message says what to install), or if the installation fails
 */
export async function aptInstall(
  packages: readonly string[],
  log: Log,
  system: System = thisSystem(),
): Promise<void> {
  if (packages.length === 0) return;
  const missing = system.debian ? await notInstalled(packages) : packages;
  if (missing.length === 0) return;
  const names = missing.join(" ");
  if (!system.debian) {
    throw new Error(`missing: ${names} (Debian package names). Install them the way this system does it`);
  }
  if (!system.root) throw new Error(`missing: ${names}. As root: apt-get install ${names}`);

  log(`installing ${names}`);
  if (!(await listed(missing))) await apt(["update"]).catch(tolerate);
  for (let attempt = 1; ; attempt++) {
    try {
      await apt(["install", "--yes", "--no-install-recommends", ...missing]);
      return;
    } catch (error) {
      if (attempt === 3) throw error;
      log(`installing ${names} failed, trying again`);
      await delay(attempt * 2000);
      await apt(["update"]).catch(tolerate);
    }
  }
}

const policy = "/usr/sbin/policy-rc.d";

/**
 * Installs Debian packages as {@link aptInstall} does, whose services are not to start by themselves. Debian asks the program
 * `policy-rc.d` before it starts one (deb-systemd-invoke(1), invoke-rc.d(8)); a machine that has one already has decided.
 */
export async function aptInstallWithoutServices(packages: readonly string[], log: Log): Promise<void> {
  const decides = !existsSync(policy) && process.getuid?.() === 0;
  if (decides) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    await aptInstall(packages, log);
  } finally {
    if (decides) rmSync(policy);
  }
}

// A failed update need not matter (one broken third-party list fails it); if it does, the installation says so.
function tolerate(error: unknown): void {
  if (!(error instanceof ExecError)) throw error;
}

async function apt(args: readonly string[]): Promise<void> {
  await exec("apt-get", ["-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=3", ...args], {
    env: { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8" },
    seconds: 1200,
  });
}

async function notInstalled(packages: readonly string[]): Promise<string[]> {
  // dpkg-query fails when it does not know one of the names, and still tells of the others.
  const known = await exec("dpkg-query", ["-W", "-f", "${Package} ${Status}\n", ...packages]).catch(
    (error: unknown) => {
      if (error instanceof ExecError && error.exitCode === 1) return { stdout: error.output };
      throw error;
    },
  );
  const installed = new Set(
    known.stdout.split("\n").flatMap((line) => /^(\S+) install ok installed$/.exec(line)?.[1] ?? []),
  );
  return packages.filter((name) => !installed.has(name));
}

async function listed(packages: readonly string[]): Promise<boolean> {
  const { stdout } = await exec("apt-cache", ["policy", ...packages], { env: { LC_ALL: "C" } });
  return (stdout.match(/^ {2}Candidate: (?!\(none\))/gm) ?? []).length === packages.length;
}

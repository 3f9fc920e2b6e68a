import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import Docker from "dockerode";
import { aptInstall, thisSystem, type Log } from "./apt";
import { exec, lastLines } from "./exec";
import { withLock } from "./lock";
import { onPath } from "./paths";

const socket = "/var/run/docker.sock";
const pidFile = "/var/run/docker.pid";
const logFile = "/var/log/dockerd.log";

/**
 * Makes sure that a Docker daemon answers: the one that `DOCKER_HOST` names, or the local one.
 *
 * As root on Debian the local one is installed and started if need be: by systemd where that is in charge, otherwise
 * directly, in the background (its log is /var/log/dockerd.log). It goes on running when this process ends.
 *
 * @param log told what is being installed or started
 * @throws Error if none answers and none can be had; the message says what is missing and what to do
 */
export async function ensureDocker(log: Log): Promise<void> {
  const problem = await dockerProblem();
  if (problem === undefined) return;

  const host = process.env.DOCKER_HOST;
  if (host !== undefined && host !== "") {
    throw new Error(`no Docker daemon answers at DOCKER_HOST=${host}: ${problem}`);
  }
  if (problem.includes("EACCES")) {
    throw new Error(`this user may not use Docker (${socket}): join the group docker, or run as root`);
  }
  const { debian, root } = thisSystem();
  if (!debian || !root) {
    throw new Error(
      `no Docker daemon answers at ${socket} (${problem}). ` +
        "Install Docker and start it (as root on Debian: apt-get install docker.io), or set DOCKER_HOST",
    );
  }
  const waiting = () => {
    log("waiting for another run that starts the Docker daemon");
  };
  await withLock("/run/streamlit-site-docker.lock", waiting, async () => {
    if ((await dockerProblem()) !== undefined) await installAndStart(log);
  });
}

/** Why the Docker daemon does not answer, or undefined if it does. */
export async function dockerProblem(): Promise<string | undefined> {
  try {
    // Time for a daemon that systemd starts on the first connection.
    await new Docker({ timeout: 10_000 }).ping();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function installAndStart(log: Log): Promise<void> {
  const systemd = existsSync("/run/systemd/system");
  // With the newer, unified control groups there is nothing to mount.
  const mounts = !systemd && !existsSync("/sys/fs/cgroup/cgroup.controllers");
  // A Docker from elsewhere (docker-ce, say) does as well, and does not go together with Debian's.
  const missing = [
    ...(onPath(["dockerd"]) === undefined ? ["docker.io"] : []),
    ...(mounts ? ["cgroupfs-mount"] : []),
  ];
  await aptInstall(missing, log);
  log("starting the Docker daemon");
  if (systemd) {
    await exec("systemctl", ["start", "docker"], { seconds: 120 });
    await untilItAnswers(() => undefined, "journalctl -u docker");
    return;
  }
  if (mounts) await exec("cgroupfs-mount", []);
  removeStalePidFile();
  await untilItAnswers(startDaemon(), logFile);
}

// dockerd refuses to start if the process that its pid file names exists, even if that is another program by now.
function removeStalePidFile(): void {
  if (!existsSync(pidFile)) return;
  const pid = readFileSync(pidFile, "utf8").trim();
  const comm = `/proc/${pid}/comm`;
  if (!existsSync(comm) || readFileSync(comm, "utf8").trim() !== "dockerd") rmSync(pidFile, { force: true });
}

// Debian's /etc/init.d/docker raises resource limits first, which containers and small virtual machines may not.
function startDaemon(): () => string | undefined {
  const output = openSync(logFile, "a");
  const daemon = spawn("dockerd", ["--pidfile", pidFile], {
    detached: true,
    stdio: ["ignore", output, output],
    cwd: "/",
  });
  closeSync(output);
  let ended: string | undefined;
  daemon.once("error", (error) => (ended = error.message));
  daemon.once("exit", (code, signal) => (ended = `it ended with ${String(code ?? signal)}`));
  daemon.unref();
  return () => ended;
}

async function untilItAnswers(ended: () => string | undefined, logPlace: string): Promise<void> {
  const limit = Date.now() + 60_000;
  for (;;) {
    const problem = await dockerProblem();
    if (problem === undefined) return;
    if (ended() !== undefined || Date.now() > limit) {
      const why = ended() ?? problem;
      throw new Error(`the Docker daemon did not start: ${why}. See ${logPlace}\n${complaints(logPlace)}`);
    }
    await delay(250);
  }
}

// The last lines of the daemon's log, without what it says in good health.
function complaints(path: string): string {
  if (!existsSync(path)) return "";
  const lines = readFileSync(path, "utf8").replace(/^.*level=(info|debug).*\n?/gm, "");
  return lastLines(lines, 15).replace(/^/gm, "  ");
}

/** The control groups that a cluster's pods are in: below one of the cluster's own in each hierarchy. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Layout } from "./layout";
import { signal } from "./processes";

const root = "/sys/fs/cgroup";

/** Make the cluster's group in each hierarchy, which the kubelet wants to find. */
export function makeCgroups(layout: Layout): void {
  for (const folder of folders(layout)) {
    mkdirSync(folder, { recursive: true });
    // A new group of the older kind has no processors and no memory until it is given some.
    for (const name of ["cpuset.cpus", "cpuset.mems"]) {
      const [own, parent] = [join(folder, name), join(folder, "..", name)];
      if (existsSync(own) && existsSync(parent) && readFileSync(own, "utf8").trim() === "")
        writeFileSync(own, readFileSync(parent, "utf8"));
    }
  }
  const control = join(root, "cgroup.subtree_control");
  if (existsSync(control)) {
    const all = readFileSync(join(root, "cgroup.controllers"), "utf8").trim().split(/\s+/);
    for (const file of [control, join(root, layout.name, "cgroup.subtree_control")])
      writeFileSync(file, all.map((name) => `+${name}`).join(" "));
  }
}

/** End all processes in the cluster's groups, and remove the groups. */
export async function removeCgroups(layout: Layout): Promise<void> {
  const limit = Date.now() + 30_000;
  for (;;) {
    const groups = folders(layout).flatMap(groupsOf);
    if (groups.length === 0) return;
    for (const pid of new Set(groups.flatMap(processesOf))) signal(pid, "SIGKILL");
    // The deepest first.
    for (const group of groups.sort((a, b) => b.length - a.length)) tryRemove(group);
    if (Date.now() > limit) throw new Error(`the control groups under ${groups.at(-1) ?? ""} do not go`);
    await delay(50);
  }
}

/** A group and all below it. */
function groupsOf(group: string): string[] {
  try {
    const entries = readdirSync(group, { withFileTypes: true });
    const below = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(group, name));
    return [group, ...below.flatMap(groupsOf)];
  } catch {
    return []; // It is gone: containerd removes the groups of containers, too.
  }
}

function processesOf(group: string): number[] {
  try {
    return readFileSync(join(group, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
  } catch {
    return []; // It is gone.
  }
}

function tryRemove(group: string): void {
  try {
    rmdirSync(group);
  } catch {
    // A process in it has not ended yet.
  }
}

/** With the newer, unified control groups there is one hierarchy. */
function folders({ name }: Layout): string[] {
  if (existsSync(join(root, "cgroup.controllers"))) return [join(root, name)];
  const hierarchies = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return hierarchies
    .map((entry) => join(root, entry.name))
    .filter((folder) => existsSync(join(folder, "cgroup.procs")))
    .map((folder) => join(folder, name));
}

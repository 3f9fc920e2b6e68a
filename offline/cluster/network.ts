/** The network namespace that a cluster lives in, and the pair of interfaces that joins it to this machine. */
import { existsSync } from "node:fs";
import { exec } from "../../scripts/exec";
import type { Layout } from "./layout";

/** The file by which the network namespace is entered. */
export function networkNamespace({ name }: Pick<Layout, "name">): string {
  return `/run/netns/${name}`;
}

/**
 * A command as it is run in the cluster's network namespace. `ip netns exec` would give it a mount namespace, too, in which the
 * mounts of containers are lost.
 */
export function inNamespace(layout: Layout, command: readonly string[]): string[] {
  return ["nsenter", `--net=${networkNamespace(layout)}`, ...command];
}

const inside = async (layout: Layout, ...command: string[]): Promise<void> => {
  const [program = "", ...args] = inNamespace(layout, command);
  await exec(program, args);
};

const ip = async (...args: string[]): Promise<void> => {
  await exec("ip", args);
};

/** Make the network, unless it is there. What a killed run has left half made is made anew. */
export async function makeNetwork(layout: Layout): Promise<void> {
  if (await isComplete(layout)) return;
  await removeNetwork(layout);
  const { name, hostInterface, hostAddress, nodeAddress } = layout;
  await ip("netns", "add", name);
  await inside(layout, "ip", "link", "set", "lo", "up");
  await inside(layout, "sysctl", "-qw", "net.ipv4.ip_forward=1");
  await ip("link", "add", hostInterface, "type", "veth", "peer", "name", "eth0", "netns", name);
  await ip("address", "add", `${hostAddress}/24`, "dev", hostInterface);
  await ip("link", "set", hostInterface, "up");
  await inside(layout, "ip", "address", "add", `${nodeAddress}/24`, "dev", "eth0");
  await inside(layout, "ip", "link", "set", "eth0", "up");
  // The last step, by which it is known to be complete.
  await inside(layout, "ip", "route", "add", "default", "via", hostAddress);
}

/** Remove it. The other end of the pair, and all rules of firewalls in it, go with it. */
export async function removeNetwork(layout: Layout): Promise<void> {
  if (existsSync(networkNamespace(layout))) await ip("netns", "delete", layout.name);
  const file = `/sys/class/net/${layout.hostInterface}`;
  if (!existsSync(file)) return;
  try {
    await ip("link", "delete", layout.hostInterface);
  } catch (error) {
    // The kernel removes it, too, a moment after the network namespace that its other end was in.
    if (existsSync(file)) throw error;
  }
}

/** The processes in the network namespace, whoever started them. */
export async function processesInside(layout: Layout): Promise<number[]> {
  if (!existsSync(networkNamespace(layout))) return [];
  const { stdout } = await exec("ip", ["netns", "pids", layout.name]);
  return stdout.split("\n").filter(Boolean).map(Number);
}

async function isComplete(layout: Layout): Promise<boolean> {
  if (!existsSync(networkNamespace(layout)) || !existsSync(`/sys/class/net/${layout.hostInterface}`))
    return false;
  const [program = "", ...args] = inNamespace(layout, ["ip", "route", "show", "default"]);
  const { stdout } = await exec(program, args);
  return stdout.includes(layout.hostAddress);
}

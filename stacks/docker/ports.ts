/** Who holds a port that a container could not get. */
import * as fs from "node:fs";
import Docker from "dockerode";
import type { StackName } from "../target";

/** The port that Docker could not have, by its message; undefined if the message is about something else. */
export function wantedPort(message: string): number | undefined {
  const taken =
    /Bind for \S*?:(\d+) failed: port is already allocated/.exec(message) ??
    /listen (?:tcp|udp)\d? \S*?:(\d+): bind: address already in use/.exec(message);
  return taken?.[1] === undefined ? undefined : Number(taken[1]);
}

/** What there is to say of a message that a port could not be had; see `StackTarget.explainFault`. */
export async function explainPort({ project, stack }: StackName, message: string): Promise<string[]> {
  const port = wantedPort(message);
  if (port === undefined) return [];
  const holders = await holdersOf(port);
  const held = holders.length === 0 ? "" : `; it is held by ${holders.join(", ")}`;
  return [
    `port ${port} is taken on this machine${held}`,
    `\`ports\` in stacks/Pulumi.${stack}.yaml (project ${project}) sets others`,
  ];
}

async function holdersOf(port: number): Promise<string[]> {
  const containers = await new Docker().listContainers({
    filters: JSON.stringify({ publish: [`${port}/tcp`] }),
  });
  if (containers.length > 0)
    return containers.map(({ Names, Labels }) => {
      const stack = Labels["streamlit.stack"];
      const of =
        stack === undefined ? "" : ` of stack ${stack}, project ${String(Labels["streamlit.project"])}`;
      return `the container ${Names.map((name) => name.slice(1)).join(", ")}${of}`;
    });
  return processesOn(port).map(({ pid, command }) => `${command} (process ${pid})`);
}

/** The processes that listen on a TCP port, as far as this user may see them; none where there is no /proc. */
export function processesOn(port: number): { pid: number; command: string }[] {
  const inodes = new Set(
    ["tcp", "tcp6"].flatMap((table) => listeningInodes(read(`/proc/net/${table}`), port)),
  );
  if (inodes.size === 0) return [];
  const pids = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids
    .filter((pid) => sockets(pid).some((inode) => inodes.has(inode)))
    .map((pid) => ({ pid: Number(pid), command: read(`/proc/${pid}/comm`).trim() }));
}

/** The inodes of the sockets that listen on a port, by one of the kernel's tables. */
export function listeningInodes(table: string, port: number): string[] {
  return table.split("\n").flatMap((line) => {
    const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
    const isListening = state === "0A" && parseInt(local.split(":").at(-1) ?? "", 16) === port;
    return isListening && inode !== undefined ? [inode] : [];
  });
}

function sockets(pid: string): string[] {
  try {
    return fs.readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(fs.readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return []; // closed meanwhile
      }
    });
  } catch {
    return []; // another user's, or ended meanwhile
  }
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

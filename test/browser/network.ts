/**
 * A network for the browser alone, as if it ran on another machine, on which there is nothing but the site's ports.
 *
 * Chromium drops every connection (`net::ERR_NETWORK_CHANGED`) when the addresses of its machine change, which they do
 * whenever Docker starts or stops any container; in a network namespace of its own it sees nothing of that.
 */
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import { exec, ExecError } from "../../scripts/exec";
import { address } from "../contract/support/apps";

/** A network that programs can be started in. */
export interface Network {
  /** A program that runs another one in the network. */
  wrapper: (program: string) => string;
  /** When the ports can be reached from inside. */
  ready: Promise<void>;
  close: () => void;
}

/** An address, so that the browser does not think it is offline, in a range that is for documentation. */
const setUp = `ip link set lo up
ip link add outer type veth peer name inner
ip link set outer addrgenmode none
ip link set inner addrgenmode none
ip address add 192.0.2.1/24 dev outer
ip link set outer up
ip link set inner up`;

const root = process.getuid?.() === 0;
const namespace = ["unshare", ...(root ? [] : ["--map-root-user"]), "--net", "--"];

/**
 * Make a network in which these ports of 127.0.0.1 are those of the tests' loopback address.
 *
 * @param folder an empty one, for scripts and sockets
 * @returns undefined where this process may not make one: the browser then shares the machine's
 */
export async function separateNetwork(folder: string, ports: number[]): Promise<Network | undefined> {
  const [unshare = "", ...options] = namespace;
  try {
    await exec(unshare, [...options, "sh", "-ec", setUp]);
  } catch (error) {
    if (error instanceof ExecError) return undefined;
    throw error;
  }
  const servers = await Promise.all(ports.map((port) => listen(path.join(folder, String(port)), port)));
  const controls = new Set<net.Socket>();
  let isReady = (): void => undefined;
  const ready = new Promise<void>((resolve) => (isReady = resolve));
  const control = net.createServer((socket) => {
    controls.add(socket.on("error", () => undefined));
    isReady();
  });
  await new Promise<void>((resolve) => control.listen(path.join(folder, "control"), resolve));

  return {
    wrapper: (program) => {
      const file = path.join(folder, "in-network.sh");
      const forward = [process.execPath, path.join(__dirname, "forward.mjs"), folder, ...ports.map(String)];
      // Playwright waits until nobody holds the browser's pipes any more.
      const detached = "</dev/null >/dev/null 2>&1 3>&- 4>&- &";
      const inside = `${setUp}\n${forward.map(quoted).join(" ")} ${detached}\nexec ${quoted(program)} "$@"\n`;
      fs.writeFileSync(file, `#!/bin/sh\nexec ${namespace.join(" ")} sh -ec ${quoted(inside)} sh "$@"\n`, {
        mode: 0o755,
      });
      return file;
    },
    ready,
    close: () => {
      for (const socket of controls) socket.destroy();
      for (const server of [control, ...servers]) server.close();
    },
  };
}

/** What arrives at the socket goes to the port of this machine, and back. */
async function listen(socket: string, port: number): Promise<net.Server> {
  const server = net.createServer({ allowHalfOpen: true }, (inside) => {
    const outside = net.connect({ port, host: address, allowHalfOpen: true });
    inside.on("error", () => outside.destroy());
    outside.on("error", () => inside.destroy());
    inside.pipe(outside).pipe(inside);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return server;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

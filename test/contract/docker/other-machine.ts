/** Another machine on a network with this one: a network namespace, and a cable between them. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { exec } from "../../../scripts/exec";
import { address as loopback } from "../support/apps";

/** The addresses of both, in a range that is for documentation. */
const addresses = { here: "198.51.100.1", there: "198.51.100.2" };

/** The end of the cable on this machine, and the other one. */
const cable = { here: "contract-here", there: "contract-there" };

/** See the module. */
export class OtherMachine {
  /** This machine's address on the network. */
  readonly here = addresses.here;
  /** The other machine's. */
  readonly there = addresses.there;
  private readonly servers: net.Server[] = [];
  private readonly processes: ChildProcess[] = [];

  private constructor(
    private readonly folder: string,
    private readonly namespace: number,
  ) {}

  /** Make it. This takes the rights of root. */
  static async plugIn(): Promise<OtherMachine> {
    const holder = spawn("unshare", ["--net", "--", "sleep", "infinity"], { stdio: "ignore" });
    await once(holder, "spawn");
    const pid = holder.pid ?? 0;
    const own = fs.readlinkSync("/proc/self/ns/net");
    while (fs.readlinkSync(`/proc/${String(pid)}/ns/net`) === own) await delay(20);
    const machine = new OtherMachine(fs.mkdtempSync(path.join(os.tmpdir(), "other-machine-")), pid);
    machine.processes.push(holder);
    try {
      await exec("sh", [
        "-ec",
        `ip link delete ${cable.here} 2>/dev/null || :
        ip link add ${cable.here} type veth peer name ${cable.there} netns ${String(pid)}
        ip address add ${addresses.here}/24 dev ${cable.here}
        ip link set ${cable.here} up
        nsenter --net --target ${String(pid)} sh -ec '
          ip address add ${addresses.there}/24 dev ${cable.there}
          ip link set lo up
          ip link set ${cable.there} up'`,
      ]);
    } catch (error) {
      machine.unplug();
      throw error;
    }
    return machine;
  }

  /**
   * Let what connects to a port of the tests' loopback address connect from the other machine to that port of this one.
   *
   * @param port free there
   */
  async connectFromThere(port: number): Promise<void> {
    const socket = path.join(this.folder, String(port));
    const forward = [path.join(__dirname, "forward.mjs"), socket, addresses.here, String(port)];
    const there = spawn(
      "nsenter",
      ["--net", "--target", String(this.namespace), process.execPath, ...forward],
      { stdio: "inherit" },
    );
    this.processes.push(there);
    while (!fs.existsSync(socket)) {
      if (there.exitCode !== null) throw new Error("nothing forwards from the other machine");
      await delay(20);
    }
    const server = net.createServer({ allowHalfOpen: true }, (client) => {
      const forwarded = net.connect({ path: socket, allowHalfOpen: true });
      client.on("error", () => forwarded.destroy());
      forwarded.on("error", () => client.destroy());
      client.pipe(forwarded).pipe(client);
    });
    this.servers.push(server);
    await new Promise<void>((resolve) => server.listen(port, loopback, resolve));
  }

  /** Let the ports of the loopback address be free again. */
  stopConnecting(): void {
    for (const server of this.servers.splice(0)) server.close();
  }

  /** Remove it; the cable goes with its namespace. */
  unplug(): void {
    this.stopConnecting();
    for (const process of this.processes) process.kill("SIGKILL");
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

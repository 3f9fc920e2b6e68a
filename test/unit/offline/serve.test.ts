/** A stand-in ends with who started it, whatever the way. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { commandVariable, processIdentity } from "../../../scripts/process-identity";

jest.setTimeout(60_000);

const standIn = path.resolve(__dirname, "../../../offline/providers/random/pulumi-resource-random");

describe("a stand-in", () => {
  const started: ChildProcess[] = [];
  let engine: Server;
  const start = (address: string, environment: NodeJS.ProcessEnv = {}): ChildProcess => {
    const child = spawn(standIn, [address], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
    started.push(child);
    return child;
  };
  const address = (): string => `127.0.0.1:${(engine.address() as AddressInfo).port}`;

  beforeEach(async () => {
    engine = createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
    await once(engine, "listening");
  });
  afterEach(() => {
    for (const child of started) child.kill("SIGKILL");
    engine.close();
  });

  it("ends when its engine was killed before it came up", async () => {
    const gone = address();
    await new Promise((resolve) => engine.close(resolve));
    const [code] = (await once(start(gone), "exit")) as [number];
    expect(code).toBe(1);
  });

  it("ends when the command was killed that its engine worked for, and not before", async () => {
    const command = spawn("sleep", ["600"]);
    started.push(command);
    const mark = `${command.pid} ${processIdentity(command.pid ?? 0)}`;
    const child = start(address(), { [commandVariable]: mark });
    // It prints the port that it serves once it is up.
    await once(child.stdout ?? child, "data");
    expect(child.exitCode).toBeNull();
    command.kill("SIGKILL");
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(1);
  });
});

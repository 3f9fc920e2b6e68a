import { spawn } from "node:child_process";
import { once } from "node:events";
import { commandEnded, commandMark, processIdentity } from "../../../scripts/process-identity";

describe("a process", () => {
  it("is known while it runs, and not afterwards", async () => {
    const child = spawn("sleep", ["60"]);
    const identity = processIdentity(child.pid ?? 0);
    expect(identity).toBeDefined();
    expect(commandEnded(`${child.pid} ${identity}`)).toBe(false);
    // Another process of that number is not this one.
    expect(commandEnded(`${child.pid} 1`)).toBe(true);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(processIdentity(child.pid ?? 0)).toBeUndefined();
    expect(commandEnded(`${child.pid} ${identity}`)).toBe(true);
  });

  it("marks itself; what has no mark was not started by a command", () => {
    expect(commandEnded(commandMark())).toBe(false);
    expect(commandEnded(undefined)).toBe(false);
    expect(commandEnded("")).toBe(false);
  });
});

/** What an app that starts as many processes as it may does to others. */
import { setTimeout as delay } from "node:timers/promises";
import Docker from "dockerode";
import type { ContractSite } from "../support/site";
import { runningParts } from "./docker";

const docker = new Docker();

/** Register the tests. */
export function processLimit(contract: ContractSite): void {
  test("an app that starts as many processes as it may keeps no other from starting one", async () => {
    const { limited } = await runningParts(contract.target.project);
    /** Only root can still start a command there when it is full. */
    const asRoot = async (...command: string[]): Promise<number> => {
      const exec = await docker.getContainer(limited?.Id ?? "").exec({
        Cmd: command,
        User: "0",
        AttachStdout: true,
      });
      (await exec.start({})).resume();
      for (;;) {
        const { Running, ExitCode } = await exec.inspect();
        if (!Running) return ExitCode ?? -1;
        await delay(100);
      }
    };
    const filling = contract.python(
      "limited",
      "import errno, os, pathlib, threading, time",
      "threading.stack_size(64 * 1024)",
      "done = threading.Event()",
      "try:",
      "    while True: threading.Thread(target=done.wait, daemon=True).start()",
      "except RuntimeError: pass",
      "pathlib.Path('/tmp/full').touch()",
      "while not pathlib.Path('/tmp/enough').exists(): time.sleep(0.1)",
      "try:",
      "    if os.fork() == 0: os._exit(0)",
      "    print('not full')",
      "except OSError as error: print(errno.errorcode[error.errno])",
    );
    while ((await asRoot("test", "-e", "/tmp/full")) !== 0) await delay(100);
    const { output } = await contract.python("open", "import os; print('started', os.fork() >= 0)");
    await asRoot("touch", "/tmp/enough");
    // What the kernel says of the limit; of memory it says ENOMEM.
    expect((await filling).output).toMatch(/^EAGAIN$/m);
    expect(output).toContain("started True");
    await asRoot("rm", "/tmp/full", "/tmp/enough");
  });
}

/** The health checks: what they cost, and that they notice. */
import { setTimeout as delay } from "node:timers/promises";
import type { ContractSite } from "../support/site";
import { docker, run, runningParts } from "./docker";

/** Register the tests. */
export function health(contract: ContractSite): void {
  const { target } = contract;

  const status = async (part: string): Promise<string | undefined> =>
    (await runningParts(target.project))[part]?.State.Health?.Status;

  const untilStatus = async (part: string, wanted: string): Promise<void> => {
    for (let attempt = 0; (await status(part)) !== wanted; attempt++) {
      if (attempt === 240) throw new Error(`${part} is ${String(await status(part))}, not ${wanted}`);
      await delay(250);
    }
  };

  /** The commands that Docker has started in each container and that run. */
  const execs = async (): Promise<Record<string, string[] | null | undefined>> =>
    Object.fromEntries(
      Object.entries(await runningParts(target.project)).map(([part, { ExecIDs }]) => [part, ExecIDs]),
    );

  test("no part that is well has a command started in it every few seconds", async () => {
    for (const part of Object.keys(await runningParts(target.project))) await untilStatus(part, "healthy");
    let before: Awaited<ReturnType<typeof execs>>;
    // The first one ends when the part has become well, the next one stays.
    do {
      await delay(500);
      before = await execs();
    } while (Object.values(before).some((ids) => ids?.length !== 1));
    await delay(12_000);
    expect(await execs()).toEqual(before);
  });

  test("an app that hangs is unhealthy, and healthy once it goes on", async () => {
    const app = docker.getContainer((await runningParts(target.project)).open?.Id ?? "");
    const signal = (name: string): Promise<unknown> =>
      run(app.id, "python3", "-c", `import os, signal; os.kill(${streamlit}, signal.${name})`);
    // The child of the container's init.
    const { output } = await run(
      app.id,
      "python3",
      "-c",
      "import pathlib; print(pathlib.Path('/proc/1/task/1/children').read_text().split()[0])",
    );
    const streamlit = Number(output);
    await signal("SIGSTOP");
    try {
      await untilStatus("open", "unhealthy");
    } finally {
      await signal("SIGCONT");
    }
    await untilStatus("open", "healthy");
  });
}

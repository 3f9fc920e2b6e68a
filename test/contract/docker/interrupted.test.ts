/** `npm run up` that is stopped or killed in the middle: the next `up` and `down` put it right. */
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Checkout, type Started } from "./checkout";
import { census, type Census } from "./docker";
import { probe } from "../support/apps";
import { ports } from "./target";

jest.setTimeout(300_000);

const project = "contract-interrupted";
const nothing: Census = { containers: 0, networks: 0, volumes: 0, images: 0 };

describe("up, interrupted", () => {
  let checkout: Checkout;
  beforeAll(() => {
    checkout = new Checkout(project);
    checkout.configure({
      host: "localhost",
      ports,
      apps: { probe: { source: probe } },
      auth: { basic: { generatedUsers: ["demo"] } },
    });
  });
  afterAll(() => checkout.remove());

  /** Wait until the command has made something, and is therefore in the middle. */
  const inTheMiddle = async ({ child, end }: Started, made: (census: Census) => boolean): Promise<void> => {
    while (!made(await census(project))) {
      if (child.exitCode !== null) throw new Error(`it had ended before:\n${(await end).output}`);
      await delay(20);
    }
  };

  /** What the engine may write beside each file of its state, not in one go: a kill in that moment leaves it empty. */
  const metadata = (): string[] =>
    fs
      .readdirSync(path.join(checkout.folder, ".state"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".attrs"))
      .map((file) => path.join(checkout.folder, ".state", file));

  test.each<[string, (census: Census) => boolean, (pid: number) => void]>([
    ["SIGINT to the command", ({ containers }) => containers > 0, (pid) => process.kill(pid, "SIGINT")],
    ["SIGKILL to all of it", ({ containers }) => containers > 1, (pid) => process.kill(-pid, "SIGKILL")],
  ])("%s: the next up goes through, and down leaves nothing", async (_kind, made, kill) => {
    const up = checkout.start("up");
    await inTheMiddle(up, made);
    kill(up.child.pid ?? 0);
    expect((await up.end).how).not.toBe(0);
    for (const file of metadata()) fs.truncateSync(file);

    expect(await checkout.run("up")).toContain(`https://localhost:${ports.https}`);
    expect(await census(project)).toEqual({ containers: 8, networks: 2, volumes: 3, images: 1 });
    const health = await fetch(`http://${ports.address}:${String(ports.http)}/healthz`);
    expect(await health.text()).toBe("ok\n");

    await checkout.run("down");
    expect(await census(project)).toEqual(nothing);
    expect(fs.existsSync(path.join(checkout.folder, ".state"))).toBe(false);
  });

  test("killed early, the command alone: no process outlives it for long, and down alone leaves nothing", async () => {
    const up = checkout.start("up");
    await inTheMiddle(up, ({ networks }) => networks > 0);
    expect(checkout.processes().length).toBeGreaterThan(1);
    process.kill(up.child.pid ?? 0, "SIGKILL");
    await up.end;
    const deadline = Date.now() + 120_000;
    while (checkout.processes().length > 0 && Date.now() < deadline) await delay(500);
    expect(checkout.processes()).toEqual([]);
    for (const file of metadata()) fs.truncateSync(file);
    await checkout.run("down");
    expect(await census(project)).toEqual(nothing);
  });
});

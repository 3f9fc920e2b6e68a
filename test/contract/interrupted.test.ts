/** `npm run up` that is stopped or killed in the middle: the next `up` and `down` put it right. */
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Checkout, type Started } from "./support/checkout";
import { census, type Census } from "./support/docker";
import { ports, probe } from "./support/site";

jest.setTimeout(180_000);

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

  test.each<[string, (census: Census) => boolean, (pid: number) => void]>([
    ["SIGINT to the command", ({ containers }) => containers > 0, (pid) => process.kill(pid, "SIGINT")],
    ["SIGKILL to all of it, early", ({ networks }) => networks > 0, (pid) => process.kill(-pid, "SIGKILL")],
    [
      "SIGKILL to all of it, late",
      ({ containers }) => containers > 1,
      (pid) => process.kill(-pid, "SIGKILL"),
    ],
  ])("%s: the next up goes through, and down leaves nothing", async (_kind, made, kill) => {
    const up = checkout.start("up");
    await inTheMiddle(up, made);
    kill(up.child.pid ?? 0);
    expect((await up.end).how).not.toBe(0);

    expect(await checkout.run("up")).toContain("https://localhost:18443");
    expect(await census(project)).toEqual({ containers: 4, networks: 2, volumes: 2, images: 1 });
    const health = await fetch("http://localhost:18080/healthz");
    expect(await health.text()).toBe("ok\n");

    await checkout.run("down");
    expect(await census(project)).toEqual(nothing);
    expect(fs.existsSync(path.join(checkout.folder, ".state"))).toBe(false);
  });

  test("killed and not brought up again: down alone leaves nothing", async () => {
    const up = checkout.start("up");
    await inTheMiddle(up, ({ containers }) => containers > 0);
    process.kill(-(up.child.pid ?? 0), "SIGKILL");
    await up.end;
    await checkout.run("down");
    expect(await census(project)).toEqual(nothing);
  });
});

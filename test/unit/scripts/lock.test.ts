import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { withLock } from "../../../scripts/lock";

let folder: string;
let lock: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "lock-"));
  lock = path.join(folder, "new", "lock");
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

const unexpected = () => {
  throw new Error("waited");
};

it("lets one work at a time, and says that it waits once", async () => {
  const events: string[] = [];
  const work = (name: string) =>
    withLock(
      lock,
      () => events.push(`${name} waits`),
      async () => {
        events.push(`${name} begins`);
        await delay(700);
        events.push(`${name} ends`);
      },
    );
  await Promise.all([work("one"), work("two")]);
  expect(events).toEqual(["one begins", "two waits", "one ends", "two begins", "two ends"]);
});

it("returns the result and gives the lock back, after an error too", async () => {
  expect(await withLock(lock, unexpected, () => Promise.resolve(5))).toBe(5);
  await expect(withLock(lock, unexpected, () => Promise.reject(new Error("broken")))).rejects.toThrow(
    "broken",
  );
  expect(fs.existsSync(lock)).toBe(false);
});

it("takes over the lock of a process that was killed", async () => {
  fs.mkdirSync(path.dirname(lock));
  fs.writeFileSync(lock, "999999999 1"); // above the largest process number
  expect(await withLock(lock, unexpected, () => Promise.resolve("done"))).toBe("done");
});

it("takes over a lock whose process number belongs to another process by now", async () => {
  fs.mkdirSync(path.dirname(lock));
  fs.writeFileSync(lock, `${String(process.pid)} 1`); // this process was not started right after the machine
  expect(await withLock(lock, unexpected, () => Promise.resolve("done"))).toBe("done");
});

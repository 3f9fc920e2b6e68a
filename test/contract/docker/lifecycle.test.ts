/** What `up` and `down` do to a site over its life: what changes, what stays, and what a failure leaves standing. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { SiteArgs } from "../../../components/spec/args";
import { defaultImages } from "../../../components/spec/defaults";
import { setTimeout as delay } from "node:timers/promises";
import { prepareEngine } from "../../../offline";
import { partName } from "../../../stacks/docker/containers";
import { Checkout } from "./checkout";
import { SiteClient } from "../support/client";
import { census, containersOf, docker, run } from "./docker";
import { buildImage } from "./images";
import { probe } from "../support/apps";
import { ports } from "./target";
import { StreamlitSession } from "../support/streamlit";

// The plugin waits two minutes for a container that does not come up; and the checkout installs its packages first.
jest.setTimeout(600_000);

const project = "contract-lifecycle";
const password = "a password long enough";
/** Answers as a healthy Streamlit does, but not for long. */
const mortal = `
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer


class Healthy(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")


def end():
    print("gone after eight seconds")
    os._exit(3)


threading.Timer(8, end).start()
HTTPServer(("", 8501), Healthy).serve_forever()
`;
/** How long an `up` may take whose build cannot succeed, in milliseconds. */
const bound = 90_000;

describe("a site over its life", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "contract-apps-"));
  let checkout: Checkout;
  let client: SiteClient;
  let python: string;
  let nginx: string;
  /** What runs before a container fails, which may run for moments beside them. */
  let running: Record<string, string> | undefined;

  /** A copy of the probe, and what is to be different in it; `undefined` removes a file. */
  const app = (name: string, changes: Record<string, string | undefined> = {}): string => {
    const copy = path.join(folder, name);
    fs.rmSync(copy, { recursive: true, force: true });
    fs.cpSync(probe, copy, { recursive: true });
    for (const [file, text] of Object.entries(changes))
      if (text === undefined) fs.rmSync(path.join(copy, file));
      else fs.writeFileSync(path.join(copy, file), text);
    return copy;
  };
  const script = fs.readFileSync(path.join(probe, "streamlit_app.py"), "utf8");
  const requirements = fs.readFileSync(path.join(probe, "requirements.txt"), "utf8");

  const spec = (users = { alice: password }): SiteArgs => ({
    host: "lifecycle.test",
    ports,
    apps: {
      one: { source: path.join(folder, "one"), minReadySeconds: 10 },
      two: { source: path.join(folder, "two") },
    },
    auth: { basic: { users } },
  });
  const ids = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await containersOf(project))
        .filter(({ State }) => State.Running)
        .map(({ Id, Config }) => [partName(Config.Labels), Id] as const)
        // They go with what they are for.
        .filter(([part]) => !/\.(drain|check)$/.test(part)),
    );
  const stillRunning = async (before: Record<string, string>): Promise<boolean> => {
    const running = (await containersOf(project)).filter(({ State }) => State.Running);
    return Object.values(before).every((id) => running.some(({ Id }) => Id === id));
  };
  /** The gateway knows after two seconds at most where an app is; until then it may try where it was before an `up`. */
  const open = async (name: string): Promise<StreamlitSession> => {
    const deadline = Date.now() + 5000;
    for (;;)
      try {
        return await StreamlitSession.open(client, `/${name}`, { user: "alice" });
      } catch (error) {
        if (Date.now() > deadline || !/answers 50[24]/.test(String(error))) throw error;
      }
  };

  /** Bring up an app one that works, and look whether it does. */
  const mend = async (): Promise<void> => {
    const { gateway, two } = await ids();
    app("one", { "streamlit_app.py": script.replace("Contract probe", "Mended probe") });
    await checkout.run("up");
    const mended = await open("one");
    expect(mended.text()).toContain("Mended probe");
    await mended.drop();
    expect(await ids()).toEqual({ gateway, one: expect.any(String) as string, two });
    expect((await census(project)).containers).toBe(12);
  };

  beforeAll(async () => {
    const engine = await prepareEngine({ log: () => undefined, officialImages: defaultImages });
    ({ python, nginx } = { ...defaultImages, ...engine.images });
    app("one");
    app("two");
    checkout = new Checkout(project);
    checkout.configure(spec());
    await checkout.run("up");
    const certificate = /-----BEGIN[^]*-----END CERTIFICATE-----\n/.exec(
      await checkout.run("outputs", "caCertificate"),
    );
    client = new SiteClient("lifecycle.test", ports, certificate?.[0] ?? "", (user) => ({
      Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
    }));
  });
  afterAll(async () => {
    await checkout.remove();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  test("a second up and a preview change nothing", async () => {
    const before = await ids();
    for (const command of ["up", "preview"]) {
      const output = await checkout.run(command);
      expect([command, output]).toEqual([command, expect.stringMatching(/^Resources:\n +\d+ unchanged$/m)]);
    }
    expect(await ids()).toEqual(before);
  });

  test("a change of one app's source replaces that app's container, and the other app's sessions go on", async () => {
    const before = await ids();
    const inTwo = await open("two");
    await inTwo.click();
    app("one", { "streamlit_app.py": script.replace("Contract probe", "Changed probe") });
    await checkout.run("up");
    const { one, ...others } = await ids();
    expect(one).not.toBe(before.one);
    expect({ one: before.one, ...others }).toEqual(before);
    expect((await inTwo.click()).clicks).toBe(2);
    await inTwo.drop();
    const inOne = await open("one");
    expect(inOne.text()).toContain("Changed probe");
    await inOne.drop();
  });

  test("another password replaces the gateway's container only", async () => {
    const before = await ids();
    const session = await open("one");
    await session.click();
    checkout.configure(spec({ alice: "another password" }));
    await checkout.run("up");
    const { gateway, ...apps } = await ids();
    expect(gateway).not.toBe(before.gateway);
    expect({ gateway: before.gateway, ...apps }).toEqual(before);
    expect(await session.closed).toBeGreaterThan(0);
    checkout.configure(spec());
    await checkout.run("up");
    const resumed = await StreamlitSession.open(client, "/one", { user: "alice", resume: session });
    expect((await resumed.click()).clicks).toBe(2);
    await resumed.drop();
  });

  test.each<[string, () => Record<string, string | undefined>, RegExp]>([
    [
      "a syntax error",
      () => ({ "streamlit_app.py": `${script}\nif True print("x")\n` }),
      /streamlit_app\.py, line \d+: .*\n? *if True print/,
    ],
    [
      "a requirement that does not exist",
      () => ({ "requirements.txt": `${requirements}\nno-such-package-of-the-contract-tests==1.0\n` }),
      /no-such-package-of-the-contract-tests/,
    ],
    [
      "an import that is not installed",
      () => ({ "streamlit_app.py": `import polars\n${script}` }),
      /imports polars, which is not installed/,
    ],
    [
      "no Streamlit",
      () => ({ "requirements.txt": "itsdangerous==2.2.0\n" }),
      /streamlit is not among the requirements/,
    ],
  ])("%s: up fails soon and says why, and what runs stays up", async (_kind, changes, reason) => {
    const before = await ids();
    const inOne = await open("one");
    const inTwo = await open("two");
    app("one", changes());
    const started = Date.now();
    const { how, output } = await checkout.start("up").end;
    expect([how, output]).toEqual([1, expect.stringMatching(reason)]);
    expect(Date.now() - started).toBeLessThan(bound);

    expect(await ids()).toMatchObject(before);
    for (const session of [inOne, inTwo]) {
      expect((await session.click()).clicks).toBe(1);
      await session.drop();
    }
  });

  test("mended, up goes through, and nothing is left of what failed", mend);

  describe("with an nginx that does not start with the gateway's new files", () => {
    const image = `${project}/nginx`;
    beforeAll(() =>
      buildImage(
        image,
        [
          `FROM ${nginx}`,
          "USER root",
          // As an older nginx says it of a directive that it does not know.
          String.raw`RUN real=$(command -v nginx) && mv $real $real.real && printf '#!/bin/sh\nexec %s.real "$@" -g "no_such_directive on;"\n' $real >$real && chmod 755 $real`,
        ].join("\n"),
      ),
    );
    afterAll(() => docker.getImage(image).remove({ force: true }));

    test("up fails with nginx's words, and the gateway that runs keeps its files, over a restart too", async () => {
      const before = await ids();
      const session = await open("one");
      const { apps, ...rest } = spec();
      const another = { ...rest, apps: { ...apps, three: { source: path.join(folder, "one") } } };
      for (const attempt of [1, 2]) {
        checkout.configure({ ...another, images: { nginx: image } });
        const { how, output } = await checkout.start("up").end;
        expect([attempt, how, output]).toEqual([
          attempt,
          1,
          expect.stringMatching(/gateway\.check[^]*\[emerg\] .*unknown directive "no_such_directive"/),
        ]);
      }
      expect(await ids()).toMatchObject(before);
      expect((await session.click()).clicks).toBe(1);
      await session.drop();

      await docker.getContainer(before.gateway ?? "").restart({ t: 5 });
      // Docker's own proxy takes a connection before nginx does.
      const health = (): Promise<Response> =>
        fetch(`http://${ports.address}:${String(ports.http)}/healthz`, { signal: AbortSignal.timeout(1000) });
      while ((await health().catch(() => undefined))?.status !== 200) await delay(100);
      const resumed = await open("one");
      expect((await resumed.click()).clicks).toBe(1);
      await resumed.drop();
      const { output } = await run(before.gateway ?? "", "cat", "/etc/nginx/site/nginx.conf");
      expect(output).not.toContain("/three");
    });

    test("the next up goes through, and no app is touched", async () => {
      // The app that was new came up; only the gateway did not know of it yet.
      const { one, two } = await ids();
      checkout.configure(spec());
      await checkout.run("up");
      expect(await ids()).toEqual({ gateway: expect.any(String) as string, one, two });
    });
  });

  // The plugin leaves such a container, and takes it for well at the next `up` unless it is told to replace it.
  test.each<[string, string[], RegExp]>([
    ["ends at once", ["echo", "gone at once"], /^ *gone at once/m],
    ["ends at once, also the next time", ["echo", "gone at once"], /^ *gone at once/m],
    [
      "is healthy and ends after eight seconds",
      ["python3", "-u", "mortal.py"],
      /^ *gone after eight seconds/m,
    ],
  ])(
    "a Dockerfile of its own whose process %s: up fails and says why, and what runs stays up",
    async (_when, command, reason) => {
      running ??= await ids();
      const inOne = await open("one");
      app("one", {
        Dockerfile: `FROM ${python}\nWORKDIR /app\nCOPY . .\nUSER 10001:10001\nCMD ${JSON.stringify(command)}\n`,
        "mortal.py": mortal,
      });
      const { how, output } = await checkout.start("up").end;
      expect([how, output]).toEqual([1, expect.stringMatching(reason)]);

      expect(await stillRunning(running)).toBe(true);
      expect((await inOne.click()).clicks).toBe(1);
      await inOne.drop();
    },
  );

  test("mended, up goes through, and nothing is left of what failed", mend);

  test("down leaves nothing", async () => {
    expect(await census(project)).toEqual({ containers: 12, networks: 3, volumes: 4, images: 2 });
    await checkout.run("down");
    expect(await census(project)).toEqual({ containers: 0, networks: 0, volumes: 0, images: 0 });
  });
});

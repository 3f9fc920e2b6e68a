/** The commands of the second day, on one site: status, logs, secret, password. */
import * as fs from "node:fs";
import * as https from "node:https";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { SiteArgs } from "../../../components/spec/args";
import type { SiteStatus } from "../../../stacks/site-status";
import { Checkout, type Started } from "./checkout";
import { docker, filesOf, run, runningParts } from "./docker";
import { buildTestImage, testImage } from "./images";
import { address } from "../support/apps";
import { ports } from "./target";

jest.setTimeout(240_000);

const project = "contract-daily-use";

describe("a site in daily use", () => {
  const checkout = new Checkout(project);
  const settings = path.join(checkout.folder, "stacks", "Pulumi.test.yaml");
  const projectSettings = path.join(checkout.folder, "Pulumi.yaml");
  const withPattern = fs.readFileSync(projectSettings, "utf8");
  const site = (version: string): SiteArgs => ({
    host: "localhost",
    ports,
    apps: {
      live: {
        image: testImage(project, "versions"),
        environment: { VERSION: version },
        replicas: 2,
        // It says that somebody has it open, always.
        drainTimeout: "20s",
        resources: { memory: "128Mi", cpu: 0.5 },
      },
    },
    auth: { basic: { generatedUsers: ["demo", "guest"] } },
  });
  const status = async (): Promise<{ how: unknown; status: SiteStatus }> => {
    const { how, standardOutput } = await checkout.start("status", "--json").end;
    return { how, status: JSON.parse(standardOutput) as SiteStatus };
  };
  const part = ({ parts }: SiteStatus, name: string): SiteStatus["parts"][number] | undefined =>
    parts.find((other) => other.part === name);
  const container = async (name: string): Promise<string> => (await runningParts(project))[name]?.Id ?? "";
  /** Ask for the status until it is as expected; a test that is over asks no more. */
  let testNumber = 0;
  const until = async (expected: (status: SiteStatus) => boolean): Promise<SiteStatus> => {
    const mine = testNumber;
    for (;;) {
      const { status: shown } = await status();
      if (mine !== testNumber || expected(shown)) return shown;
      await delay(500);
    }
  };
  /** Write into the log of a container what a command of its own says. */
  const logged = async (name: string, command: string): Promise<void> => {
    await run(await container(name), "sh", "-c", `(${command}) >/proc/1/fd/1 2>&1`);
  };
  /** Log a text again and again: a command that follows says nothing of when it has begun to. */
  const loggedUntil = async (text: string, end: Promise<unknown>): Promise<void> => {
    const mine = testNumber;
    const ended = end.then(() => true);
    while (mine === testNumber) {
      await logged("live", `echo ${text}`);
      if (await Promise.race([ended, delay(300, false)])) return;
    }
  };
  const passwords = async (): Promise<Record<string, string>> =>
    JSON.parse(await checkout.standardOutput("outputs", "passwords", "--json", "--show-secrets")) as Record<
      string,
      string
    >;
  const visit = (user: string, password: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      https
        .get(
          `https://${address}:${ports.https}/`,
          {
            auth: `${user}:${password}`,
            servername: "localhost",
            headers: { Host: `localhost:${ports.https}` },
            rejectUnauthorized: false,
            agent: false,
          },
          (response) => {
            response.destroy();
            resolve(response.statusCode);
          },
        )
        .on("error", reject);
    });
  /** Resolves when a command has written a text. */
  const hasSaid = ({ child }: Started, text: string): Promise<void> =>
    new Promise((resolve) => {
      let said = "";
      child.stdout?.on("data", (more: string) => {
        said += more;
        if (said.includes(text)) resolve();
      });
    });

  beforeEach(() => {
    testNumber += 1;
  });
  beforeAll(async () => {
    await buildTestImage(project, "versions");
    checkout.configure(site("1"));
    // As the project was before it had a pattern for names.
    fs.writeFileSync(projectSettings, withPattern.replace(/^config:\n(?: .*\n)+/m, ""));
    fs.writeFileSync(settings, `# A comment that stays.\n${fs.readFileSync(settings, "utf8")}`);
  });
  afterAll(async () => {
    testNumber += 1;
    await checkout.remove();
    await docker.getImage(testImage(project, "versions")).remove({ force: true });
  });

  describe("before the first `up`", () => {
    test("`status` says that it is not up, and fails", async () => {
      const { how, standardOutput } = await checkout.start("status").end;
      expect(standardOutput).toBe("stack test is not up: npm run up -- --stack test brings it up\n");
      expect(how).toBe(1);
      expect(await status()).toMatchObject({ how: 1, status: { stack: "test", up: false, well: false } });
    });

    test("`logs` says so, too", async () => {
      expect(await checkout.start("logs").end).toEqual({
        how: 1,
        output: "error: stack test is not up: npm run up -- --stack test brings it up\n",
        standardOutput: "",
      });
    });

    test("`secret` encrypts what it reads in the stack's file, and keeps the comments there", async () => {
      const { how, output } = await checkout.startWith(
        { input: "first secret\n" },
        "secret",
        "live.DB_PASSWORD",
      ).end;
      expect([how, output]).toEqual([
        0,
        expect.stringContaining("apps.live.secrets.DB_PASSWORD is encrypted"),
      ]);
      expect(output).not.toContain("first secret");
      const written = fs.readFileSync(settings, "utf8");
      expect(written).toMatch(/^# A comment that stays\.$/m);
      expect(written).toMatch(/DB_PASSWORD:\s+secure: v1:/);
      expect(written).toMatch(/^encryptionsalt: /m);
      expect(written).not.toContain("first secret");
    });

    test("`secret` refuses a wrong field and a wrong value, and changes nothing", async () => {
      const before = fs.readFileSync(settings, "utf8");
      const wrongName = await checkout.startWith({ input: "a value" }, "secret", "apps.live.title").end;
      expect(wrongName.output).toContain("apps.live.title is no field that can be secret");
      const wrongValue = await checkout.startWith(
        { input: "too short" },
        "secret",
        "auth.basic.users.jane.doe",
      ).end;
      expect(wrongValue.output).toContain(
        'auth.basic.users["jane.doe"]: a password needs at least 12 characters',
      );
      expect(wrongValue.output).not.toContain("too short");
      expect([wrongName.how, wrongValue.how]).toEqual([1, 1]);
      expect(fs.readFileSync(settings, "utf8")).toBe(before);
    });
  });

  describe("when it is up", () => {
    beforeAll(async () => {
      await checkout.run("up");
    });

    test("containers keep the names that they have; new ones carry the project and the stack", async () => {
      const names = async (): Promise<string[]> =>
        Object.values(await runningParts(project)).map(({ Name }) => Name.slice(1));
      const before = await names();
      expect(before).toEqual(expect.arrayContaining([expect.stringMatching(/^site-gateway-[0-9a-f]{7}$/)]));
      fs.writeFileSync(projectSettings, withPattern);
      await checkout.run("up");
      expect(await names()).toEqual(before);
    });

    test("the app has its secret, and one that is set now comes with the next `up`", async () => {
      const secrets = async (): Promise<string | undefined> =>
        (await filesOf(await container("live"), "/app/.streamlit"))["secrets.toml"];
      expect(await secrets()).toContain('DB_PASSWORD = "first secret"');

      await checkout.startWith({ input: '{"a": 1}\n-----\n' }, "secret", "apps.live.secrets.KEY").end;
      await checkout.run("secret", "live.DB_PASSWORD", "--remove");
      expect(await checkout.standardOutput("secret", "--list")).toBe("apps.live.secrets.KEY\n");
      await checkout.run("up");
      expect(await secrets()).toContain("-----");
      expect(await secrets()).not.toContain("DB_PASSWORD");
    });

    test("`status` shows each part, where it answers and its certificate, and succeeds", async () => {
      const { how, status: shown } = await status();
      expect(shown.hints).toEqual([]);
      expect(how).toBe(0);
      expect(shown.parts.filter(({ old }) => !old).map((one) => [one.part, one.state, one.health])).toEqual([
        ["gateway", "running", "healthy"],
        ["live", "running", "healthy"],
        ["live.2", "running", "healthy"],
        ["live.drain", "running", "healthy"],
      ]);
      expect(part(shown, "live")?.image).toMatch(/^contract-daily-use-versions:latest [0-9a-f]{12}$/);
      expect(Date.parse(part(shown, "live")?.since ?? "")).toBeLessThanOrEqual(Date.now());
      expect(shown.apps).toEqual([{ app: "live", egress: "no" }]);
      expect(shown.endpoints).toEqual([
        { protocol: "https", address, port: ports.https },
        { protocol: "http", address, port: ports.http },
      ]);
      expect(Date.parse(shown.certificate?.until ?? "")).toBeGreaterThan(Date.now());
      const { output } = await checkout.start("status").end;
      expect(output).toMatch(/^gateway +healthy/m);
      expect(output).toMatch(/^live\.2 +healthy/m);
    });

    test("`logs` prints the lines of all parts in the order of their times, or of one", async () => {
      await logged("live", "echo one of the first");
      await logged("live.2", "echo two of the second");
      await logged("live", "echo three of the first; echo four of the first");
      const lines = (await checkout.standardOutput("logs"))
        .split("\n")
        .filter((line) => line.includes(" of the "));
      expect(lines).toEqual([
        "live       | one of the first",
        "live.2     | two of the second",
        "live       | three of the first",
        "live       | four of the first",
      ]);
      expect(await checkout.standardOutput("logs", "live.2", "--tail", "1")).toBe(
        "live.2 | two of the second\n",
      );
      expect(await checkout.standardOutput("logs", "live", "--since", "2000-01-01", "--tail", "1")).toBe(
        "live.2 | two of the second\nlive   | four of the first\n",
      );
      const wrong = await checkout.start("logs", "nobody").end;
      expect(wrong.output).toBe(
        "error: there is no part nobody; there are gateway, live, live.2, live.drain\n",
      );
    });

    test("`logs -f` goes on over a restart, and Ctrl-C ends it without an error", async () => {
      const follow = checkout.start("logs", "live", "-f", "--tail", "0");
      await loggedUntil("before the restart", hasSaid(follow, "before the restart"));
      const saidAfter = hasSaid(follow, "after the restart");
      await docker.getContainer(await container("live")).restart({ t: 1 });
      await logged("live", "echo after the restart");
      await saidAfter;
      follow.child.kill("SIGINT");
      const { how, standardOutput } = await follow.end;
      expect(how).toBe(0);
      expect(standardOutput.match(/after the restart/g)).toHaveLength(1);
      expect(standardOutput).not.toContain("of the first");
      await until(({ well }) => well);
    });

    test("`logs` ends when nobody reads on", async () => {
      const follow = checkout.start("logs", "-f");
      follow.child.stdout?.once("data", () => follow.child.stdout?.destroy());
      await loggedUntil("more", follow.end);
      const { how, output } = await follow.end;
      expect(how).toBe(0);
      expect(output).not.toContain("EPIPE");
    });

    test("`status` names `egress` when a call of an app without it fails", async () => {
      await logged(
        "live",
        `RES_OPTIONS='timeout:1 attempts:1' python3 -c "import urllib.request as u; u.urlopen('http://example.com')"`,
      );
      const { how, status: shown } = await status();
      expect(shown.hints).toEqual([
        expect.stringMatching(
          /^live has no egress, and a call of it failed: .*: apps\.live\.egressTo .*apps\.live\.egress for everything$/,
        ),
      ]);
      expect(how).toBe(0);
    });

    test("`status` tells of a replica that was killed for its memory", async () => {
      // The app itself is what the kernel is to take.
      const eat = [
        "import glob, pathlib",
        "for file in glob.glob('/proc/[0-9]*/cmdline'):",
        // Not the whole name, which would also be in this very command.
        "    if b'versions' + b'.py' in pathlib.Path(file).read_bytes():",
        "        pathlib.Path(file).with_name('oom_score_adj').write_text('1000')",
        "hoard = []",
        "while True: hoard.append(b'x' * 2**20)",
      ];
      await run(await container("live.2"), "python3", "-c", eat.join("\n"));
      const killed = ({ restarts, health }: SiteStatus["parts"][number]): boolean =>
        restarts > 0 && health === "healthy";
      const shown = await until(({ parts }) => parts.some((one) => one.part === "live.2" && killed(one)));
      expect(part(shown, "live.2")).toMatchObject({ restarts: 1, killedForMemory: true });
      expect(shown.hints).toContain("live.2 was ended the last time because it had used up its memory");
    });

    test("`password` makes one password anew, and changes nothing else", async () => {
      const before = await passwords();
      const live = await container("live");
      expect(await visit("demo", before.demo ?? "")).toBe(200);
      const shown = await checkout.standardOutput("password", "demo", "--show");
      const after = await passwords();
      expect(after.demo).not.toBe(before.demo);
      expect(shown).toBe(`${after.demo ?? ""}\n`);
      expect(after.guest).toBe(before.guest);
      expect(await container("live")).toBe(live);
      expect(await visit("demo", before.demo ?? "")).toBe(401);
      expect(await visit("demo", after.demo ?? "")).toBe(200);
      expect(await visit("guest", before.guest ?? "")).toBe(200);

      const nobody = await checkout.start("password", "nobody").end;
      expect(nobody.how).toBe(1);
      expect(nobody.output).toContain(
        "error: the stack makes no password for nobody; it does for demo, guest.",
      );
    });

    test("`status` says that old replicas drain", async () => {
      checkout.configure(site("2"));
      const up = checkout.start("up");
      const shown = await until(({ draining }) => draining.length > 0);
      expect(shown.draining).toEqual(["live"]);
      expect(shown.parts.filter((one) => one.part === "live").map(({ old }) => old)).toEqual([false, true]);
      expect((await up.end).how).toBe(0);
      expect((await status()).status.draining).toEqual([]);
      expect((await runningParts(project)).live?.Name).toMatch(
        /^\/contract-daily-use-test-site-live-[0-9a-f]{7}$/,
      );
    });

    test("`status` fails when a part is missing, and says what makes it", async () => {
      await docker.getContainer(await container("live.2")).remove({ force: true });
      const { how, status: shown } = await status();
      expect(how).toBe(1);
      expect(part(shown, "live.2")?.state).toBe("missing");
      expect(shown.hints).toContain("live.2 is missing: npm run up -- --refresh --stack test makes it");
      await checkout.run("up", "--refresh");
      expect((await status()).how).toBe(0);
    });

    test("`status` fails when a part is not healthy, with the reason", async () => {
      await docker.getContainer(await container("gateway")).pause();
      const { how, status: shown } = await status();
      await docker.getContainer(await container("gateway")).unpause();
      expect(how).toBe(1);
      expect(shown.hints).toEqual([
        expect.stringContaining("gateway is paused"),
        expect.stringContaining(`nothing answers at https://${address}:${ports.https}`),
        expect.stringContaining(`nothing answers at http://${address}:${ports.http}`),
      ]);
    });
  });
});

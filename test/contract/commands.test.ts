/** The commands of a checkout, and `pulumi` itself on the same program and state. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import Docker from "dockerode";
import { dump, load } from "js-yaml";
import { defaultImages, type SiteArgs } from "../../components/site";
import { type Engine, prepareEngine } from "../../offline";
import { exec, type ExecError } from "../../scripts/exec";

const root = path.resolve(__dirname, "../..");

describe("a checkout of this repository", () => {
  const checkout = fs.mkdtempSync(path.join(os.tmpdir(), "checkout-"));
  const file = (...names: string[]): string => path.join(checkout, ...names);
  let engine: Engine;

  /** The stack `dev` without its containers' ports in the way of anything else on this machine. */
  function editStack(file: string): void {
    const settings = load(fs.readFileSync(file, "utf8")) as { config: { "streamlit-site:site": SiteArgs } };
    const site = settings.config["streamlit-site:site"];
    delete site.apps.explorer;
    site.ports = { https: 48443, http: 48080 };
    // `npm run up` passes these by itself where the official images cannot be had.
    if (engine.images) site.images = engine.images;
    fs.writeFileSync(file, dump(settings));
  }

  const npmRun = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
    exec("node", ["scripts/run.mjs", "stacks/cli.ts", ...args], { cwd: checkout, seconds: 240 });

  beforeAll(async () => {
    engine = await prepareEngine({ log: () => undefined, officialImages: defaultImages });
    const { stdout } = await exec("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
      cwd: root,
    });
    for (const name of stdout
      .split("\n")
      .filter((name) => name !== "" && fs.existsSync(path.join(root, name))))
      fs.cpSync(path.join(root, name), file(name), { recursive: true });
    for (const name of ["node_modules", ".cache"]) fs.symlinkSync(path.join(root, name), file(name));
    // A stack of its own name: what it makes must not be mistaken for that of the stack `dev` of this machine.
    fs.renameSync(file("stacks", "Pulumi.dev.yaml"), file("stacks", "Pulumi.checkout.yaml"));
    editStack(file("stacks", "Pulumi.checkout.yaml"));
  }, 60_000);

  afterAll(async () => {
    if (fs.existsSync(file(".state"))) await npmRun("down", "--stack", "checkout");
    fs.rmSync(checkout, { recursive: true, force: true });
  }, 120_000);

  test("`pulumi preview` has nothing to change after `npm run up`", async () => {
    await npmRun("up", "--stack", "checkout");

    // Pulumi keeps the salt of the passphrase in the stack's file; `npm run up` keeps it out of the committed one.
    const committed = fs.readFileSync(file("stacks", "Pulumi.checkout.yaml"));
    fs.copyFileSync(file(".state", "Pulumi.checkout.yaml"), file("stacks", "Pulumi.checkout.yaml"));
    const { stdout } = await exec(engine.cli, ["preview", "--stack", "checkout", "--non-interactive"], {
      cwd: checkout,
      seconds: 120,
      env: {
        ...engine.env,
        PULUMI_CONFIG_PASSPHRASE_FILE: file(".state", "passphrase"),
        PATH: [
          // Where the official CLI is, its own language host and plugins are found before these.
          path.join(__dirname, "language-host"),
          ...(engine.providers ?? []).map((provider) => provider.path),
          engine.env.PATH,
        ].join(path.delimiter),
      },
    });

    fs.writeFileSync(file("stacks", "Pulumi.checkout.yaml"), committed);

    expect(stdout).toMatch(/Resources:\n\s+\d+ unchanged/);
    expect(stdout).not.toMatch(/to (create|update|delete|replace)/);
  }, 300_000);

  test("`npm run outputs` prints JSON without secrets, and with them when asked", async () => {
    const masked = JSON.parse((await npmRun("outputs", "--stack", "checkout", "--json")).stdout) as Record<
      string,
      unknown
    >;
    expect(masked).toMatchObject({ url: "https://localhost:48443", passwords: "[secret]" });
    expect(masked.caCertificate).toContain("BEGIN CERTIFICATE");
    expect(masked.apps).toEqual({ live: "https://localhost:48443/" });

    const { stdout } = await npmRun("outputs", "--stack", "checkout", "--json", "--show-secrets");
    const { passwords } = JSON.parse(stdout) as { passwords: Record<string, string> };
    expect(Object.keys(passwords).sort()).toEqual(["demo", "guest"]);
    expect(passwords.demo).toMatch(/^[A-Za-z0-9]{20}$/);
  }, 120_000);

  test("a stack that does not exist is a clear error", async () => {
    await expect(npmRun("up", "--stack", "nowhere")).rejects.toThrow(
      /there is no stacks\/Pulumi\.nowhere\.yaml; the stacks are: checkout/,
    );
  }, 60_000);

  test("a wrong spec is refused with every fault and no stack trace, and nothing changes", async () => {
    const settings = file("stacks", "Pulumi.checkout.yaml");
    const right = fs.readFileSync(settings, "utf8");
    fs.writeFileSync(
      settings,
      right.replace("realm: Streamlit sample site", "realm: 'a\"b'").replace("title:", "titel:"),
    );
    const before = await parts();
    try {
      const error = await npmRun("up", "--stack", "checkout").catch((error: unknown) => error as ExecError);
      const { output } = error as ExecError;
      expect(output).toMatch(/the site's spec has 2 faults:/);
      expect(output).toMatch(/auth\.basic\.realm: must have/);
      expect(output).toMatch(/apps\.live\.titel: is no field of the spec/);
      expect(output).not.toMatch(/\n\s+at /);
    } finally {
      fs.writeFileSync(settings, right);
    }
    expect(await parts()).toEqual(before);
  }, 120_000);

  test("`npm run down` leaves nothing", async () => {
    await npmRun("down", "--stack", "checkout");
    expect(fs.existsSync(file(".state"))).toBe(false);
    expect(await parts()).toEqual([]);
  }, 120_000);

  /** Kill `up`, with everything it started if so asked, as soon as the first container runs. */
  async function killUp(signal: NodeJS.Signals, whom: "group" | "process"): Promise<number | null> {
    const up = spawn("node", ["scripts/run.mjs", "stacks/cli.ts", "up", "--stack", "checkout"], {
      cwd: checkout,
      stdio: "ignore",
      detached: true,
    });
    const ended = once(up, "close") as Promise<[number | null]>;
    while ((await parts()).filter((part) => part.startsWith("container")).length < 2 && up.exitCode === null)
      await delay(50);
    if (up.exitCode !== null) throw new Error("up ended before it could be killed");
    process.kill(whom === "group" ? -(up.pid ?? 0) : (up.pid ?? 0), signal);
    return (await ended)[0];
  }

  test.each([
    ["SIGKILL", "group"],
    ["SIGKILL", "process"],
    ["SIGINT", "group"],
    ["SIGINT", "process"],
  ] as const)(
    "after %s to the %s in the middle of `up` the next `up` works and `down` leaves nothing",
    async (signal, whom) => {
      const code = await killUp(signal, whom);
      expect(code).not.toBe(0);

      await npmRun("up", "--stack", "checkout");
      const url = (await npmRun("outputs", "--stack", "checkout", "url")).stdout.trim();
      expect(url).toBe("https://localhost:48443");
      const made = await parts();
      expect(made.filter((part) => part.startsWith("container"))).toHaveLength(4);
      expect(made.filter((part) => part.startsWith("network"))).toHaveLength(2);
      expect(made.filter((part) => part.startsWith("volume"))).toHaveLength(2);

      await npmRun("down", "--stack", "checkout");
      expect(await parts()).toEqual([]);
      expect(fs.existsSync(file(".state"))).toBe(false);
    },
    300_000,
  );

  test("`down` after a killed `up` leaves nothing", async () => {
    await killUp("SIGKILL", "group");
    await npmRun("down", "--stack", "checkout");
    expect(await parts()).toEqual([]);
    expect(fs.existsSync(file(".state"))).toBe(false);
  }, 300_000);
});

/** Everything on this machine that is labelled as this checkout's stack. */
async function parts(): Promise<string[]> {
  const docker = new Docker();
  const filters = JSON.stringify({ label: ["streamlit.stack=checkout"] });
  const containers = await docker.listContainers({ all: true, filters });
  const networks = await docker.listNetworks({ filters });
  const volumes = await docker.listVolumes({ filters });
  return [
    ...containers.map(({ Names }) => `container ${Names.join()}`),
    ...networks.map(({ Name }) => `network ${Name}`),
    ...volumes.Volumes.map(({ Name }) => `volume ${Name}`),
  ].sort();
}

/** The commands of a checkout, and `pulumi` itself on the same program and state. */
import * as fs from "node:fs";
import * as path from "node:path";
import { load } from "js-yaml";
import type { SiteArgs } from "../../../components/spec/args";
import { defaultImages } from "../../../components/spec/defaults";
import { type Engine, prepareEngine } from "../../../offline";
import { exec } from "../../../scripts/exec";
import { Checkout } from "./checkout";
import { census, containersOf, docker } from "./docker";
import { ports } from "./target";

jest.setTimeout(180_000);

const project = "contract-commands";

describe("a checkout of this repository", () => {
  let checkout: Checkout;
  let engine: Engine;
  let site: SiteArgs;
  const file = (...names: string[]): string => path.join(checkout.folder, ...names);

  beforeAll(async () => {
    engine = await prepareEngine({ log: () => undefined, officialImages: defaultImages });
    checkout = new Checkout(project);
    for (const name of ["live", "explorer"])
      fs.cpSync(path.resolve(__dirname, "../../../apps", name), file("apps", name), { recursive: true });
    const dev = load(fs.readFileSync(file("stacks", "Pulumi.dev.yaml"), "utf8")) as {
      config: { "streamlit-site:site": SiteArgs };
    };
    const { live } = dev.config["streamlit-site:site"].apps;
    site = {
      ...dev.config["streamlit-site:site"],
      ports,
      apps: live ? { live } : {},
      // `npm run up` passes these by itself where the official images cannot be had; `pulumi up` does not.
      ...(engine.images && { images: engine.images }),
    };
    checkout.configure(site);
    await checkout.run("up");
  });
  afterAll(() => checkout.remove());

  test("`pulumi preview` has nothing to change after `npm run up`, as the README says it", async () => {
    const { stdout } = await exec(engine.cli, ["preview", "--stack", "test", "--non-interactive"], {
      cwd: checkout.folder,
      seconds: 120,
      env: {
        ...engine.env,
        PULUMI_CONFIG_PASSPHRASE_FILE: ".state/passphrase",
        PATH: [
          // Where the official CLI is, its own language host and plugins are found before these.
          path.join(__dirname, "language-host"),
          ...(engine.providers ?? []).map((provider) => provider.path),
          engine.env.PATH,
        ].join(path.delimiter),
      },
    });

    expect(stdout).toMatch(/Resources:\n\s+\d+ unchanged/);
    expect(stdout).not.toMatch(/to (create|update|delete|replace)/);
  });

  test("`npm run outputs` prints JSON without secrets, and with them when asked", async () => {
    const masked = JSON.parse(await checkout.standardOutput("outputs", "--json")) as Record<string, unknown>;
    expect(masked).toMatchObject({ url: `https://localhost:${ports.https}`, passwords: "[secret]" });
    expect(masked.caCertificate).toContain("BEGIN CERTIFICATE");
    expect(masked.apps).toEqual({ live: `https://localhost:${ports.https}/` });

    const shown = JSON.parse(await checkout.standardOutput("outputs", "--json", "--show-secrets")) as {
      passwords: Record<string, string>;
    };
    expect(Object.keys(shown.passwords).sort()).toEqual(["demo", "guest"]);
    expect(shown.passwords.demo).toMatch(/^[A-Za-z0-9]{20}$/);

    expect(await checkout.standardOutput("outputs", "url")).toBe(`https://localhost:${ports.https}\n`);
  });

  test("a stack that does not exist is a clear error", async () => {
    const { how, output } = await checkout.start("up", "--stack", "nowhere").end;
    expect(how).toBe(1);
    expect(output).toBe(
      "error: there is no stacks/Pulumi.nowhere.yaml; the stacks are: aws, dev, kubernetes, kubernetes-local, test\n",
    );
  });

  test("a wrong spec is refused with every fault and no stack trace, and nothing changes", async () => {
    const before = await census(project);
    checkout.configure({
      ...site,
      auth: { basic: { ...site.auth.basic, realm: 'a"b' } },
      apps: { live: { ...site.apps.live, titel: "Live" } as SiteArgs["apps"][string] },
    });
    const { how, output } = await checkout.start("up").end;
    checkout.configure(site);
    expect(how).toBe(1);
    expect(output).toMatch(/the site's spec has 2 faults:/);
    expect(output).toMatch(/auth\.basic\.realm: must have/);
    expect(output).toMatch(/apps\.live\.titel: is no field of the spec/);
    expect(output).not.toMatch(/\n\s+at /);
    expect(await census(project)).toEqual(before);
  });

  test("a second `up` changes nothing", async () => {
    const output = await checkout.run("up");
    expect(output).toMatch(/Resources:\n\s+\d+ unchanged/);
    expect(output).not.toMatch(/created|replaced|updated|deleted/);
  });

  test("what is `secure` in the configuration is nowhere in the state, an environment variable neither", async () => {
    const token = "a token that nobody may read in the state";
    await exec(
      engine.cli,
      [
        "config",
        "set",
        "--secret",
        "--path",
        "site.apps.live.environment.API_TOKEN",
        token,
        "--stack",
        "test",
      ],
      {
        cwd: file(".state"),
        env: { ...engine.env, PULUMI_CONFIG_PASSPHRASE_FILE: file(".state", "passphrase") },
      },
    );
    fs.copyFileSync(file(".state", "Pulumi.test.yaml"), file("stacks", "Pulumi.test.yaml"));
    expect(fs.readFileSync(file("stacks", "Pulumi.test.yaml"), "utf8")).toMatch(/API_TOKEN:\s+secure: v1:/);
    const said = await checkout.run("up");
    // `down` removes the passphrase: settings that are encrypted with it would be of no use to a later command.
    checkout.configure(site);

    // It has arrived, or what follows would show nothing.
    const [live] = (await containersOf(project)).filter(({ Config }) =>
      Config.Env.includes(`API_TOKEN=${token}`),
    );
    expect(live?.State.Running).toBe(true);
    expect(said).not.toContain(token);
    const states = fs
      .readdirSync(file(".state"), { recursive: true, encoding: "utf8" })
      .map((name) => file(".state", name))
      .filter((name) => fs.statSync(name).isFile());
    expect(states.filter((name) => name.includes("stacks")).length).toBeGreaterThan(0);
    for (const name of states)
      expect([name, fs.readFileSync(name, "utf8").includes(token)]).toEqual([name, false]);
  });

  test("two at once wait for each other, and say so", async () => {
    const both = await Promise.all([checkout.start("up").end, checkout.start("up").end]);
    expect(both.map(({ how }) => how)).toEqual([0, 0]);
    const waited = both.filter(({ output }) =>
      output.includes("another command works on this stack: waiting for its end"),
    );
    expect(waited).toHaveLength(1);
  });

  test("a reader who has enough ends a command quietly", async () => {
    for (const args of [[], ["--diff"]]) {
      const preview = checkout.start("preview", ...args);
      preview.child.stdout?.destroy();
      const { how, output } = await preview.end;
      expect([how, output]).toEqual([0, expect.not.stringMatching(/EPIPE|failed|\n\s+at /)]);
    }
  });

  test("what the engine says of a passphrase and a backend is one line", async () => {
    const last = async (environment: NodeJS.ProcessEnv): Promise<string | undefined> => {
      const { how, output } = await checkout.startWith({ environment }, "preview").end;
      expect(how).toBe(1);
      return output.trimEnd().split("\n").at(-1);
    };
    expect(await last({ PULUMI_CONFIG_PASSPHRASE: "wrong" })).toMatch(
      /^error: the passphrase is not the one that stack test was encrypted with/,
    );
    expect(await last({ PULUMI_BACKEND_URL: "file:///no/such" })).toBe(
      "error: PULUMI_BACKEND_URL is file:///no/such: there is no folder /no/such",
    );
  });

  test("a changed app is one line of `preview`, and its former build goes with `up`", async () => {
    const [before] = (await containersOf(project)).filter(({ Config }) => Config.Labels["streamlit.app"]);
    const [build] = await docker.listImages({ filters: { reference: [`${project}/test-site-live`] } });
    fs.appendFileSync(file("apps", "live", "streamlit_app.py"), "\n# changed\n");
    const preview = await checkout.standardOutput("preview");
    expect(preview).toMatch(/^app live: .*image to update.*$/m);
    expect(preview).not.toMatch(/^gateway/m);
    const up = await checkout.run("up");
    expect(up).toMatch(/^app live: image updated/m);
    expect(up).toMatch(/^app live: container created anew/m);
    expect(before).toBeDefined();
    await expect(docker.getImage(build?.Id ?? "").inspect()).rejects.toMatchObject({ statusCode: 404 });
  });

  test("`npm run down` leaves nothing but the passphrase that Pulumi's salt in the settings needs", async () => {
    const settings = file("stacks", "Pulumi.test.yaml");
    const { encryptionsalt } = load(fs.readFileSync(file(".state", "Pulumi.test.yaml"), "utf8")) as {
      encryptionsalt: string;
    };
    // As `pulumi up` writes it.
    fs.appendFileSync(settings, `encryptionsalt: ${encryptionsalt}\n`);
    expect(await checkout.run("down")).toContain("stacks/Pulumi.test.yaml");
    expect(fs.existsSync(file(".state", "passphrase"))).toBe(true);
    expect(await census(project)).toEqual({ containers: 0, networks: 0, volumes: 0, images: 0 });

    // The next command can open what is encrypted.
    expect(await checkout.standardOutput("preview")).toMatch(/^app live: to create$/m);
    checkout.configure(site);
    await checkout.run("down");
    expect(fs.existsSync(file(".state"))).toBe(false);
  });
});

/** What apps keep in volumes, over the life of a site. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { SiteArgs } from "../../../components/spec/args";
import { exec } from "../../../scripts/exec";
import { partName } from "../../../stacks/docker/containers";
import { removeHalfMade } from "../../../stacks/docker/half-made";
import { keptVolumes } from "../../../stacks/docker/volumes";
import { appsFolder } from "../support/apps";
import { SiteClient } from "../support/client";
import { type Page, StreamlitSession } from "../support/streamlit";
import { Checkout } from "./checkout";
import { census, containersOf, docker, run, runningParts } from "./docker";
import { ports } from "./target";

jest.setTimeout(300_000);

const project = "contract-volumes";
const password = "a password long enough";
const root = path.resolve(__dirname, "../../..");

/** What the ledger shows. */
type Ledger = Pick<Page, "clicks" | "container"> & { files: string[] };

describe("apps with volumes", () => {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "contract-volumes-apps-")));
  const source = path.join(folder, "ledger");
  let checkout: Checkout;
  let client: SiteClient;

  const spec: SiteArgs = {
    host: "volumes.test",
    ports,
    apps: {
      sales: { source, volumes: { data: { path: "/app/data" } } },
      models: {
        source,
        replicas: 2,
        drainTimeout: "0s",
        volumes: { data: { path: "/app/data", shared: true }, models: { path: "/models", shared: true } },
      },
    },
    auth: { basic: { users: { alice: password } } },
  };
  /** An app that `docker start` has started needs its time, the more so beside load. */
  const open = async (app = "sales"): Promise<StreamlitSession> => {
    const deadline = Date.now() + 90_000;
    for (;;)
      try {
        return await StreamlitSession.open(client, `/${app}`, { user: "alice" });
      } catch (error) {
        if (Date.now() > deadline || !/answers 50[24]/.test(String(error))) throw error;
      }
  };
  /** Open the app, look at its page, press the button so often, and close it. */
  const use = async (clicks: number, app?: string): Promise<Ledger> => {
    const session = await open(app);
    let page = await session.page();
    for (let click = 0; click < clicks; click++) page = await session.click();
    await session.drop();
    return page as unknown as Ledger;
  };
  /** The site's certificate is another after a `down`. */
  const connect = async (): Promise<void> => {
    const certificate = await checkout.run("outputs", "caCertificate");
    client = new SiteClient(
      "volumes.test",
      ports,
      /-----BEGIN[^]*-----END CERTIFICATE-----\n/.exec(certificate)?.[0] ?? "",
      (user) => ({ Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` }),
    );
  };
  const containersOfSales = async (): Promise<string[]> =>
    (await containersOf(project))
      .filter(({ State, Config }) => State.Status !== "created" && partName(Config.Labels) === "sales")
      .map(({ Id }) => Id);

  beforeAll(async () => {
    fs.cpSync(path.join(appsFolder, "ledger"), source, { recursive: true });
    checkout = new Checkout(project);
    checkout.configure(spec);
    await checkout.run("up");
    await connect();
  });
  afterAll(async () => {
    await checkout.remove();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  test("an app writes to its volume as the user that it is, also where its image has something of root's", async () => {
    const { clicks, files } = await use(2);
    expect(clicks).toBe(2);
    expect(files).toContain("ledger.db");
    expect(files).not.toContain("in-the-image.txt");
    const { sales } = await runningParts(project);
    expect(sales?.Config.User).toBe("10001:10001");
    expect(sales?.HostConfig.ReadonlyRootfs).toBe(true);
    expect(
      (await run(sales?.Id ?? "", "stat", "-c", "%u:%g", "/app/data", "/app/data/ledger.db")).output,
    ).toBe("10001:10001\n10001:10001\n");
  });

  test("replicas have a shared one together, and no other app's", async () => {
    const parts = await runningParts(project);
    const [one = "", two = ""] = [parts.models?.Id, parts["models.2"]?.Id];
    expect((await run(one, "sh", "-c", "echo learned > /models/model")).code).toBe(0);
    expect((await run(two, "cat", "/models/model")).output).toBe("learned\n");
    expect((await run(two, "sh", "-c", "echo more >> /models/model")).code).toBe(0);
    expect((await run(one, "cat", "/models/model")).output).toBe("learned\nmore\n");
    expect((await use(0, "models")).clicks).toBe(0);
  });

  test("a second up and a preview change nothing", async () => {
    for (const command of ["up", "preview"])
      expect(await checkout.run(command)).toMatch(/^Resources:\n +\d+ unchanged$/m);
  });

  test("a changed app finds what it kept, and its old container was gone before the new one started", async () => {
    const [before = ""] = await containersOfSales();
    const script = path.join(source, "streamlit_app.py");
    fs.writeFileSync(script, fs.readFileSync(script, "utf8").replace('"Ledger"', '"Changed ledger"'));
    const since = Math.floor(Date.now() / 1000);
    await checkout.run("up");
    const [after = "", ...more] = await containersOfSales();
    expect([more, after === before]).toEqual([[], false]);
    const filters = JSON.stringify({ container: [before, after], event: ["start", "die", "destroy"] });
    const until = Math.ceil(Date.now() / 1000);
    const events = (await text(await docker.getEvents({ since, until, filters })))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { Action: string; id: string })
      .map(({ Action, id }) => `${id === before ? "old" : "new"}: ${Action}`);
    expect(events).toEqual(["old: die", "old: destroy", "new: start"]);
    expect((await use(1)).clicks).toBe(3);
  });

  test("the commands of docs/volumes.md make a backup, and bring it back", async () => {
    const commands = commandsOf("docs/volumes.md", { prod: "test" });
    const inFolder = (script: string | undefined): Promise<unknown> =>
      exec("sh", ["-euc", script ?? "exit 1"], { cwd: folder, seconds: 120 });
    await inFolder(commands.Backup?.[0]);
    await inFolder(commands.Backup?.[1]);
    expect((await use(2)).clicks).toBe(5);
    const container = (await runningParts(project)).sales?.Id ?? "";
    await run(container, "touch", "/app/data/added later");
    await inFolder(commands.Restore?.[0]);
    const { clicks, files } = await use(0);
    expect(clicks).toBe(3);
    expect(files).not.toContain("added later");
    expect((await use(1)).clicks).toBe(4);
    // The copy of the file alone is whole as well.
    const count =
      'import sqlite3; print(sqlite3.connect("ledger-copy.db").execute("SELECT count(*) FROM clicks").fetchone())';
    expect((await exec("python3", ["-c", count], { cwd: folder })).stdout).toBe("(3,)\n");
  });

  test("down keeps the volumes and says so, and a later up finds them again", async () => {
    const { clicks } = await use(0);
    const kept = await keptVolumes(project, "test");
    expect(kept.map(({ volume }) => volume)).toEqual(["models/data", "models/models", "sales/data"]);
    const said = await checkout.run("down");
    expect(said).toContain("but the volumes of its apps, which a later up finds again:");
    for (const { volume, name } of kept) expect(said).toContain(`  ${volume}: ${name}`);
    expect(said).toContain("To remove these, too: npm run down -- --volumes --stack test");
    expect(await census(project)).toEqual({ containers: 0, networks: 0, volumes: 3, images: 0 });

    // What is put right after a command that was killed while it took one over.
    const { Labels } = await docker.getVolume(kept[0]?.name ?? "").inspect();
    await removeHalfMade([
      {
        type: "creating",
        resource: {
          type: "docker:index/volume:Volume",
          inputs: {
            name: kept[0]?.name,
            labels: Object.entries(Labels).map(([label, value]) => ({ label, value })),
          },
        },
      },
    ]);
    expect(await keptVolumes(project, "test")).toEqual(kept);

    await checkout.run("up");
    await connect();
    expect((await use(1)).clicks).toBe(clicks + 1);
  });

  test("a volume that is taken out of the spec is kept as well", async () => {
    const { clicks } = await use(0);
    const { sales, models } = spec.apps;
    checkout.configure({ ...spec, apps: { sales: { ...sales, volumes: {} }, ...(models && { models }) } });
    // Without it the ledger cannot write to its folder; that it fails is not the point here.
    await checkout.start("up").end;
    checkout.configure(spec);
    await checkout.run("up");
    expect((await use(0)).clicks).toBe(clicks);
  });

  test("down with --volumes removes them", async () => {
    const said = await checkout.run("down", "--volumes");
    expect(said).toMatch(/and the volumes of its apps:\n {2}models\/data: /);
    expect(await census(project)).toEqual({ containers: 0, networks: 0, volumes: 0, images: 0 });
  });
});

/** All that a stream has. */
async function text(stream: NodeJS.ReadableStream): Promise<string> {
  let all = "";
  for await (const chunk of stream) all += String(chunk);
  return all;
}

/** The commands that a document tells people to run, by the heading that they are under. */
function commandsOf(document: string, changed: Record<string, string>): Record<string, string[]> {
  const sections = fs.readFileSync(path.join(root, document), "utf8").split(/^## /m).slice(1);
  return Object.fromEntries(
    sections.map((section) => [
      section.split("\n")[0] ?? "",
      [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = ""]) =>
        Object.entries(changed).reduce(
          (text, [word, other]) => text.replaceAll(`=${word} `, `=${other} `),
          block,
        ),
      ),
    ]),
  );
}

/**
 * The way of somebody who has only the README and the pages in `docs` that it leads to: an app of one's own, from the first
 * secret to the end.
 */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { dump, load } from "js-yaml";
import type { SiteArgs } from "../../../components/spec/args";
import { dockerProblem, ensureDocker } from "../../../scripts/docker-daemon";
import { exec } from "../../../scripts/exec";
import type { SiteStatus } from "../../../stacks/site-status";
import { certificate, type Wanted } from "../../unit/certificates";
import { SiteClient } from "../support/client";
import { type Page, StreamlitSession } from "../support/streamlit";
import { Checkout } from "./checkout";
import { type Census, census, containersOf, docker } from "./docker";
import { ports } from "./target";

jest.setTimeout(300_000);

const project = "contract-newcomer";
const host = "newcomer.test";
const root = path.resolve(__dirname, "../../..");

/** What the newcomer's app shows. */
type Shown = Pick<Page, "clicks"> & {
  version: string;
  password: string;
  warehouse: { url: string; port: number };
};

const script = (version: string): string => `
import json
import pathlib

import streamlit as st

notes = pathlib.Path("data/notes.txt")
if st.button("Note", key="count"):
    with notes.open("a") as file:
        file.write("a note\\n")
report = {
    "version": ${JSON.stringify(version)},
    "clicks": len(notes.read_text().splitlines()) if notes.exists() else 0,
    "password": st.secrets["DB_PASSWORD"],
    "warehouse": dict(st.secrets["connections"]["warehouse"]),
}
st.code(f"<probe>{json.dumps(report)}</probe>")
`;

describe("a new user's way", () => {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "contract-newcomer-apps-")));
  const source = path.join(folder, "sales");
  let checkout: Checkout;
  const authority = certificate({ authority: true });
  const right = certificate({ dnsNames: [host], by: authority });
  /** What `npm run secret` has put into the stack's file stays there, as when it is edited by hand. */
  const edit = (change: (site: SiteArgs) => void): void => {
    const file = path.join(checkout.folder, "stacks", "Pulumi.test.yaml");
    const settings = load(fs.readFileSync(file, "utf8")) as { config: Record<string, SiteArgs> };
    change(settings.config[`${project}:site`] ?? ({} as SiteArgs));
    fs.writeFileSync(file, dump(settings));
  };
  const write = (version: string, changes: Record<string, string> = {}): void => {
    fs.mkdirSync(source, { recursive: true });
    fs.writeFileSync(path.join(source, "streamlit_app.py"), script(version));
    for (const [name, text] of Object.entries(changes)) fs.writeFileSync(path.join(source, name), text);
  };
  const requirements = "streamlit>=1.61\n";
  const output = (name: string): Promise<string> =>
    checkout.standardOutput("outputs", name, "--show-secrets", "--json");
  const passwords = async (): Promise<Record<string, string>> =>
    JSON.parse(await output("passwords")) as Record<string, string>;
  const clientWith = (password: string): SiteClient =>
    new SiteClient(host, ports, authority.certificate, (user) => ({
      Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
    }));
  let client: SiteClient;
  let app = "";
  /** Whatever restarts the site has its moment in which it does not answer. */
  const open = async (): Promise<StreamlitSession> => {
    const until = Date.now() + 120_000;
    for (;;)
      try {
        return await StreamlitSession.open(client, app, { user: "demo" });
      } catch (error) {
        if (Date.now() > until) throw error;
        await delay(500);
      }
  };
  const look = async (clicks = 0): Promise<Shown> => {
    const session = await open();
    let page = await session.page();
    for (let click = 0; click < clicks; click++) page = await session.click();
    await session.drop();
    return page as unknown as Shown;
  };
  const refused = async (): Promise<string> => {
    const { how, output } = await checkout.start("up").end;
    expect([how, output]).toEqual([1, expect.any(String)]);
    expect(output).not.toMatch(/\n\s+at /);
    return output;
  };
  /** The commands of a page of the docs, for this site's app. */
  const documented = async (section: string): Promise<void> => {
    const text = fs.readFileSync(path.join(root, "docs", "volumes.md"), "utf8");
    const commands = new RegExp(`^## ${section}\n[^]*?^\`\`\`sh\n([^]*?)^\`\`\``, "m").exec(text)?.[1];
    if (commands === undefined) throw new Error(`docs/volumes.md has no commands under ${section}`);
    const ours = commands.replaceAll(
      "label=streamlit.stack=prod",
      `label=streamlit.stack=test --filter label=streamlit.project=${project}`,
    );
    await exec("bash", ["-euc", ours], { cwd: folder, seconds: 120 });
  };

  beforeAll(() => {
    checkout = new Checkout(project);
    write("first", { "requirements.txt": requirements });
    checkout.configure(
      {
        host,
        ports,
        apps: { sales: { source, volumes: { data: { path: "/app/data" } } } },
        auth: { basic: { generatedUsers: ["demo"] } },
      },
      15,
    );
  });
  afterAll(async () => {
    await checkout.remove();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  test("secrets are kept before the first up, one of them nested", async () => {
    const keep = async (name: string, value: string): Promise<void> => {
      const { how, output } = await checkout.startWith({ input: value }, "secret", name).end;
      expect([how, output]).toEqual([0, expect.stringContaining("is encrypted in")]);
    };
    await keep("sales.DB_PASSWORD", "a secret of mine\n");
    edit((site) => {
      const { sales } = site.apps;
      if (sales?.secrets)
        Object.assign(sales.secrets, { connections: { warehouse: { url: "db.internal", port: 5432 } } });
    });
    expect(fs.readFileSync(path.join(checkout.folder, "stacks", "Pulumi.test.yaml"), "utf8")).not.toContain(
      "a secret of mine",
    );
  });

  const before: Census = { containers: 0, networks: 0, volumes: 0, images: 0 };
  test.each<[string, Wanted | undefined, RegExp]>([
    [
      "for another host",
      { dnsNames: ["other.test"], by: authority },
      /tls\.provided\.certificate: .*newcomer\.test/,
    ],
    [
      "that has ended",
      { dnsNames: [host], by: authority, hours: -1 },
      /tls\.provided\.certificate: .*(ended|expired)/,
    ],
    ["of an authority", { dnsNames: [host], authority: true }, /tls\.provided\.certificate: .*authority/],
    ["with the key of another", undefined, /tls\.provided\.(privateKey|certificate): .*(belong|key)/],
  ])("a certificate %s is refused before anything is made", async (_kind, wanted, reason) => {
    const wrong =
      wanted === undefined
        ? { certificate: right.certificate, privateKey: certificate({ dnsNames: [host] }).privateKey }
        : certificate(wanted);
    edit((site) => {
      site.tls = { provided: { certificate: wrong.certificate, privateKey: wrong.privateKey } };
    });
    const said = await refused();
    expect(said).toMatch(reason);
    expect(said).not.toContain(wrong.privateKey.split("\n")[1]);
    expect(await census(project)).toEqual(before);
  });

  test("the right one is taken, and the app has its secrets and its volume", async () => {
    edit((site) => {
      site.tls = { provided: { certificate: right.certificate, privateKey: right.privateKey } };
    });
    expect(await checkout.run("up")).toContain(`https://${host}:${String(ports.https)}`);
    client = clientWith((await passwords()).demo ?? "");
    expect(await look(2)).toEqual({
      version: "first",
      clicks: 2,
      password: "a secret of mine",
      warehouse: { url: "db.internal", port: 5432 },
    });
  });

  test("the password is rotated", async () => {
    const old = client;
    await checkout.run("password", "demo");
    client = clientWith((await passwords()).demo ?? "");
    expect((await look()).clicks).toBe(2);
    expect((await old.request("/", { user: "demo" })).status).toBe(401);
  });

  test("an app is added, and up says where the first one is now", async () => {
    fs.cpSync(source, path.join(folder, "admin"), { recursive: true });
    edit((site) => {
      site.apps.admin = {
        source: path.join(folder, "admin"),
        secrets: { DB_PASSWORD: "another", "connections.warehouse.url": "none" },
        volumes: { data: { path: "/app/data" } },
        drainTimeout: "0s",
      };
    });
    const said = await checkout.run("up");
    expect(said).toMatch(
      /sales moved from .* to .*\/sales\/; `route: \/` under apps\.sales keeps it where it was/,
    );
    app = "/sales";
    expect((await look()).clicks).toBe(2);
    expect((await client.request("/admin/_stcore/health", { user: "demo" })).status).toBe(200);
  });

  test("its old addresses are kept, for those who are signed in", async () => {
    edit((site) => {
      const { sales } = site.apps;
      if (sales) sales.formerRoutes = ["/", "/shop"];
    });
    await checkout.run("up");
    const led = async (page: string): Promise<unknown[]> => {
      const { status, headers } = await client.request(page, { user: "demo" });
      return [status, headers.location];
    };
    const { origin } = client;
    expect(await led("/year/2025?region=eu")).toEqual([308, `${origin}/sales/year/2025?region=eu`]);
    expect(await led("/shop/year?region=eu")).toEqual([308, `${origin}/sales/year?region=eu`]);
    expect(await led("/shop?region=eu")).toEqual([308, `${origin}/sales/?region=eu`]);
    expect(await led("/shop")).toEqual([308, `${origin}/sales/`]);
    expect((await client.request("/", { user: "demo" })).status).toBe(200);
    const stranger = await client.request("/year/2025");
    expect([stranger.status, stranger.headers.location]).toEqual([401, undefined]);
  });

  test("a broken app fails up with the reason, and what runs goes on; mended, it is there", async () => {
    write("broken", { "streamlit_app.py": "if True print(1)\n" });
    expect(await refused()).toMatch(/streamlit_app\.py, line 1/);
    expect((await look()).version).toBe("first");
    write("second");
    await checkout.run("up");
    expect(await look()).toMatchObject({ version: "second", clicks: 2 });
  });

  test("it is rolled back", async () => {
    write("first");
    await checkout.run("up");
    expect(await look()).toMatchObject({ version: "first", clicks: 2 });
  });

  test("its logs and its status are read", async () => {
    expect(await checkout.standardOutput("logs", "sales")).toMatch(/^sales +.*URL: /m);
    const { how, standardOutput } = await checkout.start("status", "--json").end;
    expect(how).toBe(0);
    const { parts } = JSON.parse(standardOutput) as SiteStatus;
    expect(parts.map(({ part }) => part).sort()).toEqual(["admin", "gateway", "sales"]);
  });

  test("what it keeps is saved, and restored", async () => {
    await documented("Backup");
    expect((await look(3)).clicks).toBe(5);
    await documented("Restore");
    expect((await look()).clicks).toBe(2);
  });

  test("it comes back by itself after a restart of the machine", async () => {
    const pidFile = "/var/run/docker.pid";
    const others = (await docker.listContainers()).filter(
      ({ Labels }) => Labels["streamlit.project"] !== project,
    );
    // Somebody else's containers are not stopped for a test, and nobody else's daemon.
    if (!fs.existsSync(pidFile) || fs.existsSync("/run/systemd/system") || others.length > 0) {
      console.warn("not restarted: the Docker daemon here is not the tests' own");
      return;
    }
    process.kill(Number(fs.readFileSync(pidFile, "utf8")), "SIGTERM");
    while ((await dockerProblem()) === undefined) await delay(200);
    await ensureDocker(() => undefined);
    expect((await look()).clicks).toBe(2);
    const up = (await containersOf(project)).filter(({ State }) => State.Running);
    expect(up.length).toBeGreaterThanOrEqual(3);
    await checkout.run("up");
  });

  test("down keeps its data, and with --volumes leaves nothing", async () => {
    expect(await checkout.run("down")).toMatch(/sales\/data: /);
    expect(await census(project)).toEqual({ ...before, volumes: 2 });
    await checkout.run("up");
    client = clientWith((await passwords()).demo ?? "");
    expect((await look()).clicks).toBe(2);
    await checkout.run("down", "--volumes");
    expect(await census(project)).toEqual(before);
  });
});

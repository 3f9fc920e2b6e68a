/** Contract 12: secrets are where they are needed and nowhere else. */
import * as fs from "node:fs";
import * as path from "node:path";
import { containersOf, docker, log, run } from "../support/docker";
import { appSecret, fileOf, sha256, type ContractSite } from "../support/site";
import { StreamlitSession } from "../support/streamlit";

/** Register the tests. */
export function secrets(contract: ContractSite): void {
  let hidden: [what: string, text: string][];
  beforeAll(async () => {
    const key = await fileOf(contract.container("gateway"), "/etc/nginx/site/tls.key");
    hidden = [
      ...(await contract.hidden()),
      ["the private key", key.split("\n")[1] ?? ""],
      ["a private key", "PRIVATE KEY"],
      ["the app's secret", appSecret],
    ];
    for (const [, text] of hidden) expect(text.length).toBeGreaterThan(10);
  });

  /** What of it is found in a text, as it is, or as JSON or base64 have it. */
  const found = (text: string): string[] =>
    hidden
      .filter(([, secret]) =>
        [
          secret,
          JSON.stringify(secret).slice(1, -1),
          Buffer.from(secret)
            .toString("base64")
            .replace(/.{0,2}=*$/, ""),
        ].some((form) => text.includes(form)),
      )
      .map(([what]) => what);

  test("the search finds what is there", () => {
    expect(found(`x${appSecret}x`)).toEqual(["the app's secret"]);
    for (const [what, secret] of hidden) expect(found(JSON.stringify({ a: secret }))).toContain(what);
  });

  test("the app has its secret, and another app has not", async () => {
    const secretIn = async (app: string): Promise<string> => {
      const session = await StreamlitSession.open(contract.client, app, { user: "alice" });
      const { secret } = await session.page();
      await session.drop();
      return secret;
    };
    expect(await secretIn("/open")).toBe(sha256(appSecret));
    expect(await secretIn("/limited")).toBe(sha256("None"));
  });

  test("none is in what Docker shows of containers, networks, volumes and images", async () => {
    const containers = await containersOf(contract.project);
    expect(containers.length).toBeGreaterThanOrEqual(8);
    for (const container of containers) {
      expect([container.Name, found(JSON.stringify(container))]).toEqual([container.Name, []]);
      const image = docker.getImage(container.Image);
      const shown = JSON.stringify([await image.inspect(), await image.history()]);
      expect([container.Name, found(shown)]).toEqual([container.Name, []]);
    }
    const filters = JSON.stringify({ label: [`streamlit.project=${contract.project}`] });
    const rest = [await docker.listNetworks({ filters }), await docker.listVolumes({ filters })];
    expect(found(JSON.stringify(rest))).toEqual([]);
  });

  test("none is in an environment, a command line or a log", async () => {
    for (const [part, name] of Object.entries(contract.outputs.containers)) {
      const { output } = await run(
        name,
        "sh",
        "-c",
        "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null; true",
      );
      expect([part, output.length > 100, found(output)]).toEqual([part, true, []]);
      expect([part, found(await log(name))]).toEqual([part, []]);
    }
  });

  test("none is in the engine's own words", () => {
    expect(contract.said.length).toBeGreaterThan(100);
    expect(found(contract.said)).toEqual([]);
  });

  test("none is in the state, neither in what is exported nor in any file of it", async () => {
    const exported = await contract.site.pulumi("stack", "export");
    expect(exported).toContain(contract.project);
    expect(found(exported)).toEqual([]);
    const files = fs
      .readdirSync(contract.site.folder, { recursive: true, encoding: "utf8" })
      .map((file) => path.join(contract.site.folder, file))
      .filter((file) => fs.statSync(file).isFile());
    const states = files.filter((file) => file.includes("stacks"));
    expect(states.length).toBeGreaterThan(0);
    for (const file of files) expect([file, found(fs.readFileSync(file, "utf8"))]).toEqual([file, []]);
  });

  test("none is in the app's image, nor in a container's own files", async () => {
    const { output } = await run(
      contract.container("open"),
      "sh",
      "-c",
      `grep -rlF '${appSecret}' /app /etc /home /root /tmp /usr/local 2>/dev/null; true`,
    );
    expect(output.trim()).toBe("/app/.streamlit/secrets.toml");
  });
}

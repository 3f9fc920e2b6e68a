import * as fs from "node:fs";
import * as http from "node:http";
import * as os from "node:os";
import * as path from "node:path";
import Docker from "dockerode";
import { defaultImages } from "../../components/spec/defaults";
import { cliPath, cliVersion, npmVersion } from "../../offline/engine/build";
import { imageTag, machineSettings, recipes, type ImageName } from "../../offline/images/recipes";
import { cliPart, imagesPart, providersPart, pulumiHome } from "../../offline/parts";
import { cacheFolder } from "../../scripts/paths";

const before = { ...process.env };
let folder: string;
const log: string[] = [];
const said = (line: string): void => {
  log.push(line);
};

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "parts-"));
  process.env.PULUMI_HOME = path.join(folder, "home");
  process.env.PATH = "/usr/bin:/bin";
});
afterEach(() => {
  process.env = { ...before };
  fs.rmSync(folder, { recursive: true });
});

function program(file: string, body: string): string {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return file;
}

/** Puts a pulumi of a version into a folder, and that folder first on PATH. */
function onPath(name: string, version: string): string {
  process.env.PATH = `${path.join(folder, name)}:${process.env.PATH ?? ""}`;
  return program(path.join(folder, name, "pulumi"), `echo ${version}`);
}

describe("the official CLI", () => {
  const installed = () => program(cliPath(process.env.PULUMI_HOME ?? ""), `echo v${cliVersion()}`);

  it("is one on PATH that is new enough", async () => {
    installed();
    const found = onPath("bin", "v3.999.0");
    expect(await cliPart(said).official()).toBe(found);
  });

  it("is the one in PULUMI_HOME when those on PATH are too old, broken or npm's launcher", async () => {
    const found = installed();
    onPath("old", "v3.100.0");
    onPath("next", "v4.0.0");
    onPath("node_modules", "v3.999.0");
    program(path.join(folder, "old", "pulumi"), "exit 1");
    expect(await cliPart(said).official()).toBe(found);
  });

  it("is forgotten with another PULUMI_HOME", () => {
    const { key } = cliPart(said);
    process.env.PULUMI_HOME = path.join(folder, "other");
    expect(cliPart(said).key).not.toBe(key);
  });

  it("is no longer there when its file is gone", async () => {
    const found = installed();
    expect(await cliPart(said).stillThere(found, "official")).toBe(true);
    fs.rmSync(found);
    expect(await cliPart(said).stillThere(found, "official")).toBe(false);
  });
});

describe("PULUMI_HOME", () => {
  it("is the user's", () => {
    expect(pulumiHome("/usr/bin/pulumi")).toBe(path.join(folder, "home"));
  });
  it("is Pulumi's default for an official CLI, and a folder of the project for one that was built", () => {
    process.env.PULUMI_HOME = "";
    expect(pulumiHome("/usr/bin/pulumi")).toBe(path.join(os.homedir(), ".pulumi"));
    expect(pulumiHome(cliPath(cacheFolder("pulumi")))).toBe(cacheFolder("pulumi"));
  });
});

describe("the provider plugins", () => {
  const installs = 'mkdir -p "$PULUMI_HOME/plugins/resource-$4-v$5"; echo "$@" >> "$PULUMI_HOME/calls"';
  const cli = (body: string) => program(path.join(folder, "pulumi"), body);
  const dockerPlugin = () =>
    path.join(folder, "home", "plugins", `resource-docker-v${npmVersion("@pulumi/docker")}`);

  it("are fetched at the versions of the npm packages, those that are missing", async () => {
    fs.mkdirSync(dockerPlugin(), { recursive: true });
    const part = providersPart(cli(installs), true, said);
    expect(await part.official()).toEqual([]);
    const calls = fs
      .readFileSync(path.join(folder, "home", "calls"), "utf8")
      .trim()
      .split("\n");
    expect(calls).toEqual(
      ["tls", "random"].map((name) => `plugin install resource ${name} ${npmVersion(`@pulumi/${name}`)}`),
    );
  });

  it("are given up at the first that cannot be fetched", async () => {
    const part = providersPart(cli("echo no route >&2; exit 255"), true, said);
    await expect(part.official()).rejects.toThrow(
      /plugin install resource docker.*exit code 255\n {2}no route/,
    );
  });

  it("are not tried when the CLI could not be fetched, but used if they are there", async () => {
    const part = providersPart(cli(installs), false, said);
    await expect(part.official()).rejects.toThrow("the CLI could not be downloaded either");
    await providersPart(cli(installs), true, said).official();
    expect(await part.official()).toEqual([]);
  });

  it("are no longer there when one is gone or half installed", async () => {
    const part = providersPart(cli(installs), true, said);
    await part.official();
    expect(await part.stillThere([], "official")).toBe(true);
    fs.writeFileSync(`${dockerPlugin()}.partial`, "");
    expect(await part.stillThere([], "official")).toBe(false);
    fs.rmSync(`${dockerPlugin()}.partial`);
    fs.rmSync(dockerPlugin(), { recursive: true });
    expect(await part.stillThere([], "official")).toBe(false);
  });

  it("have stand-ins, each with its executable", async () => {
    const part = providersPart(cli(""), false, said);
    const standIns = await part.offline();
    expect(standIns.map(({ name }) => name)).toEqual(["docker", "tls", "random"]);
    expect(await part.stillThere(standIns, "offline")).toBe(true);
    expect(await part.stillThere([{ name: "docker", path: folder }], "offline")).toBe(false);
  });
});

describe("the base images", () => {
  let images: Set<string>;
  let registry: Set<string>;
  let pulled: string[];
  let server: http.Server;
  let docker: Docker;

  /** A daemon that has the `images`, and reaches a registry that has those of `registry`. */
  beforeEach(async () => {
    process.env.PATH = folder; // without Python, so that nobody waits for pip to tell its settings
    [images, registry, pulled] = [new Set(), new Set(Object.values(defaultImages)), []];
    server = http.createServer((request, response) => {
      const url = new URL(request.url ?? "", "http://daemon");
      const answer = (status: number, message: string) => {
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ message }));
      };
      if (request.method === "GET") {
        const [, image = ""] = /^\/images\/(.+)\/json$/.exec(url.pathname) ?? [];
        answer(images.has(image) ? 200 : 404, image);
        return;
      }
      const image = ["fromImage", "tag"].map((name) => url.searchParams.get(name)).join(":");
      pulled.push(image);
      if (registry.has(image)) images.add(image);
      answer(registry.has(image) ? 200 : 500, `no ${image} reached`);
    });
    const socketPath = path.join(folder, "docker.sock");
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    docker = new Docker({ socketPath });
  });
  afterEach(() => {
    server.close();
  });

  const ours = async () =>
    Object.fromEntries(
      Object.entries(recipes(await machineSettings())).map(([name, recipe]) => [name, imageTag(recipe)]),
    ) as Record<ImageName, string>;

  it("are fetched, those that are missing", async () => {
    images.add(defaultImages.nginx);
    const part = await imagesPart(defaultImages, said, docker);
    expect(await part.official()).toEqual(defaultImages);
    expect(pulled).toEqual([defaultImages.python, defaultImages.oauth2Proxy, defaultImages.redis]);
  });

  it("are given up at the first that cannot be fetched", async () => {
    registry.delete(defaultImages.nginx);
    const part = await imagesPart(defaultImages, said, docker);
    await expect(part.official()).rejects.toThrow("no nginx:1.30 reached");
    expect(pulled).toEqual([defaultImages.python, defaultImages.nginx]);
  });

  it("made from packages are not made again", async () => {
    const made = await ours();
    images = new Set(Object.values(made));
    const part = await imagesPart(defaultImages, said, docker);
    expect(await part.offline()).toEqual(made);
  });

  it("are thought over when one of either kind is to be another", async () => {
    const { key } = await imagesPart(defaultImages, said, docker);
    const expected = [...Object.values(defaultImages), ...Object.values(await ours())];
    expect(key.split("\n")).toEqual(expected);
  });

  it.each(Object.keys(defaultImages) as ImageName[])("are no longer there without %s", async (name) => {
    const part = await imagesPart(defaultImages, said, docker);
    images = new Set(Object.values(defaultImages));
    expect(await part.stillThere(defaultImages, "official")).toBe(true);
    images.delete(defaultImages[name]);
    expect(await part.stillThere(defaultImages, "official")).toBe(false);
  });
});

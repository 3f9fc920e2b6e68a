import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { defaultImages } from "../../components/spec/defaults";
import { choose, retryAfter, type Choice, type Kind, type Memory, type Part } from "../../offline/decide";
import { cliModule } from "../../offline/engine/build";
import { moduleVersion } from "../../offline/go-program";
import { imageMirrors } from "../../offline/images/build";
import { certificatesIn } from "../../offline/images/certificates";
import { parsePipSettings, pipConf, uvToml } from "../../offline/images/pip-settings";
import { imageTag, recipes, type ImageName } from "../../offline/images/recipes";
import { forcedMode, summary } from "../../offline";
import { atLeast, fits } from "../../offline/versions";
import { exec } from "../../scripts/exec";

const root = path.resolve(__dirname, "../..");
const json = (...names: string[]): unknown => JSON.parse(fs.readFileSync(path.join(root, ...names), "utf8"));

describe("the choice between the official article and one made from packages", () => {
  const noon = Date.UTC(2026, 0, 1, 12);
  let tried: string[];
  beforeEach(() => {
    tried = [];
  });

  /** A part of which each way works or fails; each try is noted. */
  function part(ways: {
    official?: boolean;
    offline?: boolean;
    stillThere?: boolean;
    key?: string;
  }): Part<string> {
    const way = (name: Kind, works: boolean) => () => {
      tried.push(name);
      return works ? Promise.resolve(`${name} thing`) : Promise.reject(new Error(`${name} failed`));
    };
    return {
      name: "thing",
      key: ways.key ?? "1.0",
      official: way("official", ways.official ?? true),
      offline: way("offline", ways.offline ?? true),
      stillThere: (value) => (ways.stillThere ?? true) && value.endsWith("thing"),
    };
  }
  const remembered = (kind: Kind): Memory => ({
    thing: { kind, value: `${kind} thing`, key: "1.0", at: noon },
  });

  it("takes the official article where it can be had", async () => {
    const memory: Memory = {};
    expect(await choose(part({}), "auto", memory, noon)).toMatchObject({
      kind: "official",
      value: "official thing",
    });
    expect(tried).toEqual(["official"]);
  });

  it("makes one where it cannot, and remembers why", async () => {
    const memory: Memory = {};
    await choose(part({ official: false }), "auto", memory, noon);
    expect(tried).toEqual(["official", "offline"]);
    expect(memory).toEqual({
      thing: { kind: "offline", value: "offline thing", because: "official failed", key: "1.0", at: noon },
    });
  });

  it("gives all reasons when it can be had in no way", async () => {
    await expect(choose(part({ official: false, offline: false }), "auto", {}, noon)).rejects.toThrow(
      /thing cannot be had.*official failed.*offline failed/s,
    );
  });

  it("tries nothing again that it remembers", async () => {
    for (const kind of ["official", "offline"] as const) {
      const later = noon + retryAfter - 1;
      expect(await choose(part({}), "auto", remembered(kind), later)).toMatchObject({ kind, at: noon });
    }
    expect(tried).toEqual([]);
  });

  it("thinks one that is not official over after a day, and an official one never", async () => {
    const memory = remembered("offline");
    expect(await choose(part({}), "auto", memory, noon + retryAfter)).toMatchObject({ kind: "official" });
    expect(memory.thing).toMatchObject({ kind: "official", at: noon + retryAfter });
    await choose(part({}), "auto", remembered("official"), noon + 100 * retryAfter);
    expect(tried).toEqual(["official"]);
  });

  it("thinks it over when the clock was set back", async () => {
    await choose(part({}), "auto", remembered("offline"), noon - 1);
    expect(tried).toEqual(["official"]);
  });

  it.each([
    ["is gone", { stillThere: false }],
    ["is of another version", { key: "2.0" }],
  ])("forgets what %s", async (_, ways) => {
    await choose(part(ways), "auto", remembered("official"), noon);
    expect(tried).toEqual(["official"]);
  });

  it("does as it is told", async () => {
    expect(await choose(part({}), "offline", remembered("official"), noon)).toMatchObject({
      kind: "offline",
    });
    expect(await choose(part({}), "official", remembered("offline"), noon)).toMatchObject({
      kind: "official",
    });
    expect(tried).toEqual(["offline", "official"]);
  });

  it("remembers what it was told, without an end", async () => {
    await choose(part({}), "offline", remembered("offline"), noon + 100 * retryAfter);
    expect(tried).toEqual([]);
  });

  it("makes nothing when the official article is demanded", async () => {
    const memory: Memory = {};
    await expect(choose(part({ official: false }), "official", memory, noon)).rejects.toThrow(
      "the official thing cannot be had: official failed",
    );
    expect(tried).toEqual(["official"]);
    expect(memory).toEqual({});
  });
});

describe("STREAMLIT_SITE_ENGINE", () => {
  it("may be absent, empty, auto, official or offline", () => {
    const values = [undefined, "", "auto", "official", "offline"];
    expect(values.map(forcedMode)).toEqual(["auto", "auto", "auto", "official", "offline"]);
  });
  it("may be nothing else", () => {
    expect(() => forcedMode("oficial")).toThrow('"oficial"; it may be official, offline or auto');
  });
});

describe("the summary", () => {
  const of = (kind: Kind): Choice => ({ kind, value: "", key: "", at: 0 });
  const [official, offline] = [of("official"), of("offline")];
  it.each([
    [{ cli: official, providers: official, images: official }, "engine: official"],
    [{ cli: official, providers: official }, "engine: official"],
    [
      { cli: offline, providers: offline, images: offline },
      "engine: built from Go modules; providers: stand-ins; images: made from packages " +
        "(no release downloads or image registry reached)",
    ],
    [
      { cli: official, providers: official, images: offline },
      "engine: official; providers: official; images: made from packages (no image registry reached)",
    ],
    [
      { cli: offline, providers: offline },
      "engine: built from Go modules; providers: stand-ins (no release downloads reached)",
    ],
  ])("%#", (chosen, expected) => {
    expect(summary(chosen)).toBe(expected);
  });
});

describe("versions", () => {
  const { version } = json("node_modules", "pulumi", "package.json") as { version: string };

  it("agree: the CLI of go.mod and of the npm package", () => {
    expect(moduleVersion(path.join(root, "offline", "engine"), cliModule)).toBe(version);
  });

  it("agree: the CLI's and the SDK's minor version", () => {
    const sdk = (json("node_modules", "@pulumi/pulumi", "package.json") as { version: string }).version;
    expect(fits(sdk, version) && fits(version, sdk)).toBe(true);
  });

  it.each(Object.keys(defaultImages) as ImageName[])(
    "agree: the official image for %s and the one made from packages",
    (name) => {
      const [, official] = /:v?([\d.]+)/.exec(defaultImages[name]) ?? [];
      const ours = recipes({ certificates: [], pip: {} })[name].version;
      expect(`${ours}.`.startsWith(`${String(official)}.`)).toBe(true);
    },
  );

  it.each([
    ["1.26.8", "1.25.11", true],
    ["1.25.11", "1.25.11", true],
    ["1.25.9", "1.25.11", false],
    ["1.3", "1.25", false],
    ["1.26rc1", "1.25.11", true],
    ["2.0.0", "1.25.11", true],
    ["v3.259.0\n", "3.259", true],
    ["", "1.0", false],
  ])("%j is at least %s: %s", (have, oldest, expected) => {
    expect(atLeast(have, oldest)).toBe(expected);
  });

  it.each([
    ["v3.259.0", true],
    ["v3.259.7-alpha.1", true],
    ["v3.300.0", true],
    ["v3.258.9", false],
    ["v4.0.0", false],
    ["v2.400.0", false],
    ["pulumi: command not found", false],
  ])("a CLI %j does for 3.259.0: %s", (found, expected) => {
    expect(fits(found, "3.259.0")).toBe(expected);
  });
});

describe("an image's tag", () => {
  const machine = { certificates: ["one"], pip: { "index-url": "https://a.example" } };
  const tag = (settings = machine, change: object = {}) =>
    imageTag({ ...recipes(settings).python, ...change }, "x64");

  it("has the version and a short hash, always the same", () => {
    expect(tag()).toMatch(/^streamlit-site\/python:3\.13-[0-9a-f]{10}$/);
    expect(tag()).toBe(tag());
    const { nginx, oauth2Proxy, redis } = recipes(machine);
    expect(imageTag(nginx)).toMatch(/^streamlit-site\/nginx:1\.30\.6-[0-9a-f]{10}$/);
    expect(imageTag(oauth2Proxy)).toMatch(/^streamlit-site\/oauth2proxy:7\.15\.4-[0-9a-f]{10}$/);
    expect(imageTag(redis)).toMatch(/^streamlit-site\/redis:8\.0-[0-9a-f]{10}$/);
  });

  it.each(Object.keys(defaultImages) as ImageName[])("is no stack's: %s", (name) => {
    expect(imageTag(recipes(machine)[name])).toMatch(/^streamlit-site\/[^-]+:/);
  });

  it("is the same wherever the repository is", () => {
    expect(JSON.stringify(recipes(machine))).not.toContain(root);
  });

  it.each([
    ["packages", { packages: ["python3"] }],
    ["files", { files: { "/etc/motd": { text: "hello" } } }],
    ["last steps", { finish: "true" }],
    ["settings", { settings: { Env: [], Cmd: ["bash"] } }],
    ["release of Debian", { release: "sid" }],
    ["sources of oauth2-proxy", { oauth2Proxy: "1234" }],
  ])("changes with the recipe's %s", (_, change) => {
    expect(tag(machine, change)).not.toBe(tag());
  });

  it("changes with the machine's certificates and pip settings", () => {
    expect(tag({ ...machine, certificates: ["one", "two"] })).not.toBe(tag());
    expect(tag({ ...machine, pip: { "index-url": "https://b.example" } })).not.toBe(tag());
  });

  it("changes with the processor", () => {
    const recipe = recipes(machine).nginx;
    expect(imageTag(recipe, "arm64")).not.toBe(imageTag(recipe, "x64"));
  });

  it("says the least version of the nginx that is in it, in which what is known is mended", () => {
    const { version, finish } = recipes(machine).nginx;
    // CVE-2026-93479, see `images.nginx` in `args.ts`.
    expect(version).toBe("1.30.6");
    expect(finish).toContain(`[ "$oldest" = ${version} ]`);
  });
});

describe("nginx in the image made from packages", () => {
  const load = "load_module /usr/lib/nginx/modules/ngx_stream_module.so;";

  it.each([
    [
      ["-t", "-c", "/etc/x.conf"],
      ["-t", "-c", "/etc/x.conf", "-g", load],
    ],
    [
      ["-c", "a b", "-g", "daemon off;"],
      ["-c", "a b", "-g", `${load} daemon off;`],
    ],
    [
      ["-g", "daemon off;", "-e", "stderr"],
      ["-g", `${load} daemon off;`, "-e", "stderr"],
    ],
    [[], ["-g", load]],
  ])("has the stream module as the official one has, with the arguments %j", async (given, passedOn) => {
    const file = recipes({ certificates: [], pip: {} }).nginx.files["/usr/lib/nginx/nginx.sh"];
    const script = (file?.text ?? "").replace("exec /usr/lib/nginx/nginx", "exec printf '%s\\n'");
    expect((await exec("sh", ["-c", script, "nginx", ...given])).stdout).toBe(`${passedOn.join("\n")}\n`);
  });
});

describe("what an image takes from the machine", () => {
  it("is the certificates, each once", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "certificates-"));
    try {
      const pem = (name: string) => `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----`;
      fs.mkdirSync(path.join(folder, "sub"));
      fs.writeFileSync(path.join(folder, "sub", "b.crt"), `# B\n${pem("bbb")}\n${pem("aaa")}\n`);
      fs.writeFileSync(path.join(folder, "a.crt"), pem("aaa").replace(/\n/g, "\r\n"));
      expect(certificatesIn([folder, path.join(folder, "missing")])).toEqual([pem("aaa"), pem("bbb")]);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("is the pip settings that reach an index, those of variables before those of files", () => {
    const list = [
      "global.index-url='https://file.example/simple'",
      "global.cert='/etc/ssl/company.pem'",
      "install.trusted-host='a.example'",
      ":env:.index-url='https://variable.example/simple'",
      ":env:.extra-index-url='https://one.example https://two.example'",
      ":env:.find-links='/opt/wheels'",
    ].join("\n");
    expect(parsePipSettings(list)).toEqual({
      "index-url": "https://variable.example/simple",
      "trusted-host": "a.example",
      "extra-index-url": "https://one.example https://two.example",
    });
  });

  it("becomes configurations of pip and uv", () => {
    const settings = {
      "index-url": "https://main.example",
      "extra-index-url": "https://one.example https://two.example",
    };
    expect(pipConf(settings)).toContain("\nindex-url = https://main.example\n");
    expect(pipConf(settings)).toContain("\nextra-index-url = https://one.example\n  https://two.example\n");
    expect(uvToml(settings).match(/url = .*/g)).toEqual([
      'url = "https://one.example"',
      'url = "https://two.example"',
      'url = "https://main.example"',
    ]);
    expect(uvToml(settings)).toMatch(/main\.example"\ndefault = true\n$/);
    expect(uvToml({})).toBe("");
  });

  it("is the Debian mirrors, for the images' release", () => {
    const targets = [
      "Debian bookworm main http://mirror.example/debian/",
      "Debian bookworm contrib http://mirror.example/debian/",
      "Debian bookworm-security main http://mirror.example/security/",
      "Debian bookworm-security main http://mirror.example/security/",
      "Node.js nodistro main https://other.example/node",
      "",
    ].join("\n");
    expect(imageMirrors(targets)).toEqual([
      "deb http://mirror.example/debian/ trixie main",
      "deb http://mirror.example/security/ trixie-security main",
    ]);
    expect(imageMirrors(targets, "forky")).toEqual(["deb http://mirror.example/debian/ forky main"]);
    expect(imageMirrors("Ubuntu noble main http://mirror.example/ubuntu/\n")).toEqual([]);
  });
});

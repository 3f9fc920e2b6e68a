import { spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const repository = path.resolve(__dirname, "../../..");

interface Listed {
  version: string;
  resolved?: string;
  integrity?: string;
  optional?: boolean;
}
type Packages = Record<string, Listed>;

const installed: Listed = { version: "4.0.0", integrity: "sha512-a" };
const tsx: Packages = { "node_modules/tsx": installed };

let root: string;
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "run test "));
  fs.mkdirSync(path.join(root, "scripts"));
  for (const name of ["scripts/run.mjs", "scripts/bundle.mjs"])
    fs.copyFileSync(path.join(repository, name), path.join(root, name));
  fs.writeFileSync(path.join(root, "package.json"), "{}");
  wants(tsx);
});
afterEach(() => {
  fs.rmSync(root, { recursive: true });
});

function wants(packages: Packages): void {
  const list = { packages: { "": { version: "1.0.0" }, ...packages } };
  fs.writeFileSync(path.join(root, "package-lock.json"), JSON.stringify(list));
}

function hasInstalled(packages: Packages): void {
  fs.mkdirSync(path.join(root, "node_modules"), { recursive: true });
  fs.writeFileSync(path.join(root, "node_modules/.package-lock.json"), JSON.stringify({ packages }));
  fs.symlinkSync(path.join(repository, "node_modules/tsx"), path.join(root, "node_modules/tsx"));
}

/** Puts a program in place of npm that installs as package-lock.json says, or fails. */
function npm(body: string): NodeJS.ProcessEnv {
  const bin = path.join(root, "bin");
  fs.mkdirSync(bin);
  fs.writeFileSync(path.join(bin, "npm"), `#!/bin/sh\necho "$@" >> '${root}/npm.log'\n${body}\n`, {
    mode: 0o755,
  });
  return { ...process.env, PATH: `${bin}:${process.env.PATH ?? ""}` };
}
const npmInstalls = `mkdir node_modules && cp package-lock.json node_modules/.package-lock.json &&
  sed -i 's/"":{"version":"1.0.0"},//' node_modules/.package-lock.json &&
  ln -s '${repository}/node_modules/tsx' node_modules/tsx`;

function program(source: string): string {
  const file = path.join(root, "program.ts");
  fs.writeFileSync(file, source);
  return file;
}

function run(args: string[], env: NodeJS.ProcessEnv = process.env) {
  return spawnSync(process.execPath, [path.join(root, "scripts/run.mjs"), ...args], {
    encoding: "utf8",
    env,
    input: "from outside",
  });
}

describe("staleness", () => {
  function staleness(): string {
    const source = `import { staleness } from ${JSON.stringify(path.join(root, "scripts/run.mjs"))};
      process.stdout.write(String(staleness(${JSON.stringify(root)})));`;
    return spawnSync(process.execPath, ["--input-type=module", "-e", source], { encoding: "utf8" }).stdout;
  }

  it("is none when everything is installed as wanted", () => {
    hasInstalled(tsx);
    expect(staleness()).toBe("undefined");
  });

  it("tolerates a missing optional package, which is for another kind of machine", () => {
    wants({ ...tsx, "node_modules/@esbuild/aix-ppc64": { version: "1.0.0", optional: true } });
    hasInstalled(tsx);
    expect(staleness()).toBe("undefined");
  });

  it("sees that nothing is installed", () => {
    expect(staleness()).toBe("no packages are installed");
  });

  it.each<[string, Packages, string]>([
    ["a missing package", {}, "node_modules/tsx is not installed"],
    ["another version", { "node_modules/tsx": { ...installed, version: "3.9.9" } }, "3.9.9 instead of 4.0.0"],
    [
      "other content of the same version",
      { "node_modules/tsx": { ...installed, integrity: "sha512-b" } },
      "from another source",
    ],
    [
      "a package too many",
      { ...tsx, "node_modules/old": { version: "1.0.0" } },
      "old is installed and not wanted",
    ],
  ])("sees %s", (_, packages, expected) => {
    hasInstalled(packages);
    expect(staleness()).toContain(expected);
  });
});

describe("running a program", () => {
  it("gives it arguments, input and output, and ends with its exit code", () => {
    hasInstalled(tsx);
    const file = program(`
      import { readFileSync } from "node:fs";
      const args: string[] = process.argv.slice(2);
      console.log(JSON.stringify({ args, input: readFileSync(0, "utf8"), main: require.main === module }));
      console.error("to the error output");
      process.exitCode = 7;
    `);
    const { stdout, stderr, status } = run([file, "up", "--flag", "two words"]);
    expect(JSON.parse(stdout)).toEqual({
      args: ["up", "--flag", "two words"],
      input: "from outside",
      main: true,
    });
    expect(stderr).toBe("to the error output\n");
    expect(status).toBe(7);
  });

  describe("that is a command", () => {
    const bundles = (): string[] => fs.readdirSync(path.join(root, ".cache/commands"));
    const write = (file: string, text: string): string => {
      const place = path.join(root, file);
      fs.mkdirSync(path.dirname(place), { recursive: true });
      fs.writeFileSync(place, text);
      return place;
    };
    let command: string;

    beforeEach(() => {
      hasInstalled(tsx);
      fs.symlinkSync(path.join(repository, "node_modules/esbuild"), path.join(root, "node_modules/esbuild"));
      for (const folder of ["components", "offline"]) fs.mkdirSync(path.join(root, folder));
      write("scripts/place.ts", "export const place: string = __dirname;");
      command = write(
        "stacks/one.ts",
        `import { place } from "../scripts/place";
        import { word } from "./data.json";
        console.log(JSON.stringify({ place, word, args: process.argv.slice(2), main: require.main === module }));
        process.exitCode = 7;`,
      );
      write("stacks/data.json", '{ "word": "first" }');
    });

    it("bundles it once, and it has its arguments and its place as if it were not bundled", () => {
      const ended = { place: path.join(root, "scripts"), word: "first", args: ["up", "--flag"], main: true };
      for (let time = 0; time < 2; time++) {
        const { stdout, stderr, status } = run([command, "up", "--flag"]);
        expect([stderr, status]).toEqual(["", 7]);
        expect(JSON.parse(stdout)).toEqual(ended);
        expect(bundles()).toEqual([expect.stringMatching(/^stacks-one-[0-9a-f]{16}\.cjs$/)]);
      }
    });

    it("bundles it anew when its sources change, not when settings do", () => {
      run([command]);
      const before = bundles();
      write("stacks/Pulumi.dev.yaml", "config: {}");
      run([command]);
      expect(bundles()).toEqual(before);
      write("stacks/data.json", '{ "word": "second" }');
      expect(JSON.parse(run([command]).stdout)).toMatchObject({ word: "second" });
      expect(bundles()).toHaveLength(1);
      expect(bundles()).not.toEqual(before);
    });

    it("has one bundle with another checkout that has the same sources, and its own place", () => {
      run([command]);
      const other = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "run test ")));
      try {
        for (const name of [
          "components",
          "offline",
          "scripts",
          "stacks",
          "package.json",
          "package-lock.json",
        ])
          fs.cpSync(path.join(root, name), path.join(other, name), { recursive: true });
        for (const name of ["node_modules", ".cache"])
          fs.symlinkSync(path.join(root, name), path.join(other, name));
        const { stdout } = spawnSync(process.execPath, ["scripts/run.mjs", "stacks/one.ts"], {
          cwd: other,
          encoding: "utf8",
        });
        expect(JSON.parse(stdout)).toMatchObject({ place: path.join(other, "scripts") });
        expect(bundles()).toHaveLength(1);
      } finally {
        fs.rmSync(other, { recursive: true });
      }
    });

    it("says why it cannot be bundled, and leaves nothing half", () => {
      write("stacks/one.ts", "export const = 1;");
      const { stderr, status } = run([command]);
      expect(stderr).toMatch(/one\.ts:1:13: ERROR: Expected identifier/);
      expect(status).toBe(1);
      expect(bundles()).toEqual([]);
    });
  });

  it.each(["SIGINT", "SIGTERM"] as const)("leaves it to the program what %s does, once", async (signal) => {
    hasInstalled(tsx);
    const file = program(`
      let count = 0;
      process.on("${signal}", () => { count++; setTimeout(() => { console.log("signals:", count); process.exit(3); }, 100); });
      setTimeout(() => undefined, 10_000);
      console.log("ready");
    `);
    const child = spawn(process.execPath, [path.join(root, "scripts/run.mjs"), file]);
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (output === "ready\n") child.kill(signal);
    });
    const status = await new Promise((resolve) => child.once("close", resolve));
    expect(output).toBe("ready\nsignals: 1\n");
    expect(status).toBe(3);
  });

  it("shows an error with its place in the TypeScript", () => {
    hasInstalled(tsx);
    const { stderr, status } = run([program("\ninterface A { a: string }\n\nthrow new Error('broken');")]);
    expect(stderr).toContain("broken");
    expect(stderr).toContain("program.ts:4");
    expect(status).toBe(1);
  });
});

describe("installing", () => {
  it("installs what is missing, in one line, and runs the program", () => {
    const { stdout, stderr, status } = run([program("console.log('ran')")], npm(npmInstalls));
    expect(stderr).toBe("installing npm packages (no packages are installed)\n");
    expect(stdout).toBe("ran\n");
    expect(status).toBe(0);
    expect(fs.readdirSync(path.join(root, ".cache"))).toEqual([]);
  });

  it("does not install what is there", () => {
    hasInstalled(tsx);
    run([program("")], npm(npmInstalls));
    expect(fs.existsSync(path.join(root, "npm.log"))).toBe(false);
  });

  it("shows npm's whole message when it fails, and leaves what was installed alone", () => {
    hasInstalled({});
    const { stdout, stderr, status } = run(
      [program("console.log('ran')")],
      npm("echo first; echo last >&2; exit 9"),
    );
    expect(stderr).toContain("npm ci: exit code 9\nfirst\nlast\n");
    expect(stdout).toBe("");
    expect(status).toBe(1);
    expect(fs.existsSync(path.join(root, "node_modules/.package-lock.json"))).toBe(true);
    expect(fs.readdirSync(path.join(root, ".cache"))).toEqual([]);
  });

  it("is safe for several runs at once", async () => {
    hasInstalled({});
    const env = npm(npmInstalls);
    const file = program("console.log('ran')");
    const outputs = await Promise.all(
      [1, 2, 3].map(async () => {
        const child = spawn(process.execPath, [path.join(root, "scripts/run.mjs"), file], { env });
        let output = "";
        child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
        child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
        await new Promise((resolve) => child.once("close", resolve));
        return output.split("\n").at(-2);
      }),
    );
    expect(outputs).toEqual(["ran", "ran", "ran"]);
  });
});

it("says how it is used", () => {
  const { stderr, status } = run([]);
  expect(stderr).toContain("usage: ");
  expect(status).toBe(1);
});

import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { buildGoProgram, moduleVersion, type GoProgram } from "../../offline/go-program";

const before = { ...process.env };
let folder: string;
let program: GoProgram;
let target: string;
const log: string[] = [];
const said = (line: string): void => {
  log.push(line);
};

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "go-"));
  fs.writeFileSync(
    path.join(folder, "go.mod"),
    "module x\n\ngo 1.25.11\n\nrequire (\n\tgo.example/tool/v3 v3.260.1 // indirect\n)\n",
  );
  program = {
    name: "the tool",
    folder,
    package: "go.example/tool/v3/cmd",
    version: "3.260.1",
    versionVariables: ["go.example/tool/v3.Version"],
    takes: "a while",
  };
  target = path.join(folder, "cache", "bin", "tool");
  process.env.PATH = path.join(folder, "bin");
  log.length = 0;
});
afterEach(() => {
  process.env = { ...before };
  fs.rmSync(folder, { recursive: true });
});

/** Puts a `go` on PATH that notes how it was called, and whose `build` does as it is told. */
function go(version = "go1.26.8", build = 'for last in "$@"; do :; done; echo "$last" > "$output"'): void {
  const body = `
    echo "$PWD CGO_ENABLED=$CGO_ENABLED $*" >> '${folder}/calls'
    case $1 in
      env) echo ${version} ;;
      list) printf 'one\\ntwo\\n' ;;
      build) for flag in "$@"; do case $flag in -o=*) output=\${flag#-o=} ;; esac; done; ${build} ;;
    esac`;
  fs.mkdirSync(path.join(folder, "bin"));
  fs.writeFileSync(path.join(folder, "bin", "go"), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
}
const calls = (): string[] => fs.readFileSync(path.join(folder, "calls"), "utf8").trim().split("\n");
const made = (): string[] => fs.readdirSync(path.dirname(target));

describe("a version in go.mod", () => {
  it("is that of the module", () => {
    expect(moduleVersion(folder, "go.example/tool/v3")).toBe("3.260.1");
  });
  it.each(["go.example/tool", "go-example/tool/v3", "example/tool/v3"])("is not that of %s", (module) => {
    expect(() => moduleVersion(folder, module)).toThrow(`go.mod names no ${module}`);
  });
});

describe("a program made from Go modules", () => {
  it("is built in its folder, without C, and told its version", async () => {
    go();
    expect(await buildGoProgram(program, target, said)).toBe(target);
    expect(fs.readFileSync(target, "utf8")).toBe("go.example/tool/v3/cmd\n");
    expect(made()).toEqual(["tool"]);
    const build = calls().at(-1);
    expect(build).toMatch(new RegExp(`^${folder} CGO_ENABLED=0 build -mod=readonly `));
    expect(build).toContain(" -ldflags=-s -w -X go.example/tool/v3.Version=v3.260.1 ");
    expect(log[0]).toBe("building the tool 3.260.1 from Go modules; this takes a while, once");
  });

  it("is not built again", async () => {
    go();
    await buildGoProgram(program, target, said);
    const first = calls();
    await buildGoProgram(program, target, said);
    expect(calls()).toEqual(first);
  });

  it("is built once by two at a time", async () => {
    go();
    await Promise.all([buildGoProgram(program, target, said), buildGoProgram(program, target, said)]);
    expect(calls().filter((call) => call.includes(" build "))).toHaveLength(1);
  });

  it("leaves nothing of a build that fails", async () => {
    go("go1.26.8", 'echo half > "$output"; echo no such module >&2; exit 1');
    await expect(buildGoProgram(program, target, said)).rejects.toThrow(/exit code 1\n {2}no such module/);
    expect(made()).toEqual([]);
  });

  it("needs Go", async () => {
    const needed =
      "the tool cannot be fetched ready-made here, and building it needs Go 1.25.11 or later. " +
      "Install Go and put it on PATH.\n";
    await expect(buildGoProgram(program, target, said)).rejects.toThrow(needed);
  });

  it("needs a Go that is new enough, or what takes its place", async () => {
    go("go1.25.10");
    const other = { ...program, instead: "bring a tool" };
    await expect(buildGoProgram(other, target, said)).rejects.toThrow(
      "put it on PATH, or bring a tool. (This one is go1.25.10.)",
    );
  });
});

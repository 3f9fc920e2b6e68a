import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { aptInstall, isDebian } from "../../../scripts/apt";

let folder: string;
let log: string[];
const path0 = process.env.PATH;
const said = (line: string): void => {
  log.push(line);
};

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "apt-"));
  log = [];
  process.env.PATH = `${folder}:${path0 ?? ""}`;
  command("dpkg-query", "echo 'curl install ok installed'; echo 'old deinstall ok config-files'; exit 1");
  command("apt-cache", "shift; for name; do echo \"$name:\"; echo '  Candidate: 1.0'; done");
});
afterEach(() => {
  process.env.PATH = path0;
  fs.rmSync(folder, { recursive: true });
});

function command(name: string, body: string): void {
  const file = path.join(folder, name);
  fs.writeFileSync(file, `#!/bin/sh\necho ${name} "$@" >> '${folder}/calls'\n${body}\n`, { mode: 0o755 });
}

function calls(name: string): string[] {
  const all = fs.existsSync(path.join(folder, "calls"))
    ? fs.readFileSync(path.join(folder, "calls"), "utf8")
    : "";
  return all
    .split("\n")
    .filter((line) => line.startsWith(`${name} `))
    .map((line) => line.replace(/.*? (update|install)\b/, "$1"));
}

const rootOnDebian = { debian: true, root: true };

describe("isDebian", () => {
  it.each([
    ["ID=debian\nVERSION_ID=12", true],
    ["ID=ubuntu\nID_LIKE=debian", true],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"', true],
    ["ID=alpine", false],
    ['ID=fedora\nHOME_URL="https://debian.example"', false],
    ["", false],
  ])("%j: %s", (osRelease, expected) => {
    expect(isDebian(osRelease)).toBe(expected);
  });
});

describe("aptInstall", () => {
  const install = "install --yes --no-install-recommends";

  it("installs what is missing only, without fetching lists that know it", async () => {
    command("apt-get", "");
    await aptInstall(["curl", "mmdebstrap", "old"], said, rootOnDebian);
    expect(calls("apt-get")).toEqual([`${install} mmdebstrap old`]);
    expect(log).toEqual(["installing mmdebstrap old"]);
  });

  it("does nothing when nothing is missing", async () => {
    command("apt-get", "");
    await aptInstall(["curl"], said, { debian: true, root: false });
    expect(calls("apt-get")).toEqual([]);
    expect(log).toEqual([]);
  });

  it("fetches the lists first if they do not know a package", async () => {
    command("apt-cache", "echo 'mmdebstrap:'; echo '  Candidate: (none)'");
    command("apt-get", "");
    await aptInstall(["mmdebstrap"], said, rootOnDebian);
    expect(calls("apt-get")).toEqual(["update", `${install} mmdebstrap`]);
  });

  it("fetches the lists and tries again if the installation fails", async () => {
    command(
      "apt-get",
      `case "$*" in *install*) test -e '${folder}/once' || { touch '${folder}/once'; exit 100; };; esac`,
    );
    await aptInstall(["mmdebstrap"], said, rootOnDebian);
    expect(calls("apt-get")).toEqual([`${install} mmdebstrap`, "update", `${install} mmdebstrap`]);
  });

  it("is not stopped by lists that cannot be fetched", async () => {
    command("apt-cache", "");
    command("apt-get", 'case "$*" in *update*) exit 100;; esac');
    await aptInstall(["mmdebstrap"], said, rootOnDebian);
    expect(calls("apt-get")).toEqual(["update", `${install} mmdebstrap`]);
  });

  it("says what to do without root", async () => {
    await expect(aptInstall(["curl", "mmdebstrap"], said, { debian: true, root: false })).rejects.toThrow(
      "missing: mmdebstrap. As root: apt-get install mmdebstrap",
    );
  });

  it("says what to do on another system", async () => {
    await expect(aptInstall(["mmdebstrap"], said, { debian: false, root: true })).rejects.toThrow(
      "missing: mmdebstrap (Debian package names)",
    );
  });
});

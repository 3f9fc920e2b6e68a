import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { encryptedSettings, type Folders, passphraseVariables } from "../../../stacks/passphrase";
import { needsPassphrase } from "../../../stacks/stack-settings";

const salt = "encryptionsalt: v1:abc=:v1:def:ghi\n";
const secure =
  "config:\n  a:site:\n    apps:\n      live:\n        secrets:\n          TOKEN:\n            secure: v1:x:y\n";

describe("the passphrase", () => {
  let folder: string;
  let folders: Folders;
  const variables = (environment: NodeJS.ProcessEnv = {}): Record<string, string> =>
    passphraseVariables("dev", folders, environment);
  const write = (where: keyof Folders, stack: string, text: string): void => {
    fs.writeFileSync(path.join(folders[where], `Pulumi.${stack}.yaml`), text);
  };
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "passphrase-"));
    folders = { committed: path.join(folder, "stacks"), state: path.join(folder, ".state") };
    fs.mkdirSync(folders.committed);
    fs.mkdirSync(folders.state);
    write("committed", "dev", "config: {}\n");
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  it("is made once, for its owner's eyes only, and then kept", () => {
    const { PULUMI_CONFIG_PASSPHRASE_FILE: file = "" } = variables();
    const made = fs.readFileSync(file, "utf8");
    expect(made.length).toBeGreaterThanOrEqual(43);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    variables();
    expect(fs.readFileSync(file, "utf8")).toBe(made);
  });

  it("is the user's own, where there is one, a file of it seen from where the command was called", () => {
    expect(variables({ PULUMI_CONFIG_PASSPHRASE: "" })).toEqual({});
    expect(variables({ PULUMI_CONFIG_PASSPHRASE_FILE: "package.json" })).toEqual({
      PULUMI_CONFIG_PASSPHRASE_FILE: path.resolve("package.json"),
    });
    expect(() => variables({ PULUMI_CONFIG_PASSPHRASE_FILE: "nowhere/at-all" })).toThrow(
      "PULUMI_CONFIG_PASSPHRASE_FILE is nowhere/at-all: there is no such file",
    );
    expect(fs.existsSync(path.join(folders.state, "passphrase"))).toBe(false);
  });

  it.each<[string, keyof Folders, string]>([
    ["a salt that `pulumi up` wrote", "committed", salt],
    ["a value that was encrypted", "committed", secure],
    ["the salt of a stack that was up", "state", salt],
  ])("is not made anew where there is %s", (_what, where, text) => {
    write(where, "dev", text);
    expect(() => variables()).toThrow(/is encrypted with a passphrase that is not here/);
    expect(fs.existsSync(path.join(folders.state, "passphrase"))).toBe(false);
    fs.writeFileSync(path.join(folders.state, "passphrase"), "the team's");
    expect(variables()).toEqual({ PULUMI_CONFIG_PASSPHRASE_FILE: path.join(folders.state, "passphrase") });
  });

  it("has to be kept for each of the settings that it opens, of whatever stack", () => {
    expect(encryptedSettings(folders)).toEqual([]);
    write("committed", "prod", salt);
    write("committed", "test", secure);
    write("state", "other", salt);
    expect(encryptedSettings(folders).map((file) => path.relative(folder, file))).toEqual([
      "stacks/Pulumi.prod.yaml",
      "stacks/Pulumi.test.yaml",
      ".state/Pulumi.other.yaml",
    ]);
  });

  it("does not open what another provider of secrets encrypts", () => {
    const config = { "a:site": { secure: "v1:x" } };
    expect(needsPassphrase({ config })).toBe(true);
    expect(needsPassphrase({ config, secretsprovider: "passphrase" })).toBe(true);
    expect(needsPassphrase({ config, secretsprovider: "awskms://alias/x" })).toBe(false);
    expect(needsPassphrase({ config: { "a:site": { title: "secure: no" } } })).toBe(false);
  });
});

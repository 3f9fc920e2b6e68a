/**
 * The passphrase that opens what is encrypted in the stacks' settings and states. It is made once, kept in
 * `.state/passphrase`, and never made or removed while something is encrypted with another or with it.
 */
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { root } from "../scripts/paths";
import { needsPassphrase, readSettings, settingsFiles } from "./stack-settings";
import { UserError } from "./user-error";

/** The folders that hold settings of stacks: what is committed, and the copies that Pulumi adds to. */
export interface Folders {
  committed: string;
  state: string;
}

/**
 * The engine's variables for the passphrase: the user's own, else of the one that is kept, which is made if need be.
 *
 * @param stack the stack that is to be worked on
 * @throws {@link UserError} when it is needed for what is encrypted, and not here
 */
export function passphraseVariables(
  stack: string,
  folders: Folders,
  environment: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const { PULUMI_CONFIG_PASSPHRASE: given, PULUMI_CONFIG_PASSPHRASE_FILE: givenFile } = environment;
  if (given !== undefined) return {};
  if (givenFile !== undefined && givenFile !== "") {
    // The engine runs in another folder.
    const file = path.resolve(root, givenFile);
    if (!fs.existsSync(file))
      throw new UserError(`PULUMI_CONFIG_PASSPHRASE_FILE is ${givenFile}: there is no such file`);
    return { PULUMI_CONFIG_PASSPHRASE_FILE: file };
  }
  const file = path.join(folders.state, "passphrase");
  if (!fs.existsSync(file)) {
    const locked = [folders.committed, folders.state]
      .map((folder) => path.join(folder, `Pulumi.${stack}.yaml`))
      .find((settings) => needsPassphrase(readSettings(settings)));
    if (locked !== undefined)
      throw new UserError(
        `${path.relative(root, locked)} is encrypted with a passphrase that is not here: ` +
          `put it into ${path.relative(root, file)}, or set PULUMI_CONFIG_PASSPHRASE`,
      );
    fs.mkdirSync(folders.state, { recursive: true, mode: 0o700 });
    fs.writeFileSync(file, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx" });
  }
  return { PULUMI_CONFIG_PASSPHRASE_FILE: file };
}

/** The settings that only the passphrase opens, so that it must be kept. */
export function encryptedSettings({ committed, state }: Folders): string[] {
  return [committed, state]
    .flatMap((folder) => [...settingsFiles(folder).values()])
    .filter((file) => needsPassphrase(readSettings(file)));
}

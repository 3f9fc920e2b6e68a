/**
 * Where `npm run up` works: the folder `.state` beside `stacks`, so that a path in a stack's configuration means the same
 * there as under `pulumi up`. It holds what is not committed: the state of the stacks, the passphrase, and copies of
 * the project's and the stack's settings, which Pulumi adds to.
 */
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { LocalWorkspace, PulumiCommand, Stack } from "@pulumi/pulumi/automation";
import { load, dump } from "js-yaml";
import type { Engine } from "../offline";
import type { SiteOutputs } from "./target";

const root = path.resolve(__dirname, "..");

/** The folder that holds what is not committed. */
export const stateFolder = path.join(root, ".state");

/** Messages that end a command without a stack trace. */
export class UserError extends Error {}

/**
 * The stack of a name, ready for `preview`, `up` and the like.
 *
 * @param name a stack that has a file `stacks/Pulumi.<name>.yaml`
 * @param engine from `prepareEngine`
 * @param program what the stack is made of
 * @throws {@link UserError} when there is no such file
 */
export async function openStack(name: string, engine: Engine, program: () => SiteOutputs): Promise<Stack> {
  fs.mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
  writeProjectSettings(engine);
  writeStackSettings(name);
  process.chdir(stateFolder);
  const workspace = await LocalWorkspace.create({
    workDir: stateFolder,
    pulumiHome: engine.pulumiHome,
    pulumiCommand: await PulumiCommand.get({ root: engine.cliRoot, skipVersionCheck: true }),
    envVars: { ...engine.env, ...passphrase() },
    program: () => Promise.resolve({ ...program() }),
  });
  return Stack.createOrSelect(name, workspace);
}

/** Does this stack keep its state in {@link stateFolder}? */
export function usesOwnBackend(): boolean {
  return process.env.PULUMI_BACKEND_URL === undefined;
}

function writeProjectSettings(engine: Engine): void {
  const { name, description, config } = load(fs.readFileSync(path.join(root, "Pulumi.yaml"), "utf8")) as {
    name: string;
    description: string;
    config?: Record<string, unknown>;
  };
  const settings = {
    name,
    description,
    runtime: "nodejs",
    ...(config && { config }),
    // Without the files of attributes, which are left empty by a kill at the wrong moment and then not read again.
    ...(usesOwnBackend() && { backend: { url: `file://${stateFolder}?metadata=skip` } }),
    ...(engine.providers && { plugins: { providers: engine.providers } }),
  };
  fs.writeFileSync(path.join(stateFolder, "Pulumi.yaml"), dump(settings));
}

interface StackSettings {
  encryptionsalt?: string;
  secretsprovider?: string;
  config?: Record<string, unknown>;
}

/**
 * The committed settings of a stack.
 *
 * @throws {@link UserError} when there are none, with the names of the stacks that have some
 */
export function requireStackFile(name: string): string {
  const folder = path.join(root, "stacks");
  const file = path.join(folder, `Pulumi.${name}.yaml`);
  if (fs.existsSync(file)) return file;
  const known = fs.readdirSync(folder).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
  throw new UserError(`there is no stacks/Pulumi.${name}.yaml; the stacks are: ${known.join(", ")}`);
}

/** The committed settings, with the salt that Pulumi adds to a stack that has a passphrase. */
function writeStackSettings(name: string): void {
  const committed = requireStackFile(name);
  const read = (file: string): StackSettings =>
    fs.existsSync(file) ? (load(fs.readFileSync(file, "utf8")) ?? {}) : {};
  const file = path.join(stateFolder, `Pulumi.${name}.yaml`);
  const settings = read(committed);
  const { encryptionsalt } = read(file);
  if (
    settings.encryptionsalt === undefined &&
    settings.secretsprovider === undefined &&
    encryptionsalt !== undefined
  )
    settings.encryptionsalt = encryptionsalt;
  fs.writeFileSync(file, dump(settings));
}

/** The passphrase of the environment, else one that is made once. */
function passphrase(): Record<string, string> {
  if (
    process.env.PULUMI_CONFIG_PASSPHRASE !== undefined ||
    process.env.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined
  )
    return {};
  const file = path.join(stateFolder, "passphrase");
  if (!fs.existsSync(file))
    fs.writeFileSync(file, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx" });
  return { PULUMI_CONFIG_PASSPHRASE_FILE: file };
}

/** Remove what is kept of a stack that was destroyed, and the folder itself with the last one. */
export async function removeStack(stack: Stack): Promise<void> {
  await stack.workspace.removeStack(stack.name);
  fs.rmSync(path.join(stateFolder, `Pulumi.${stack.name}.yaml`), { force: true });
  const others = (await stack.workspace.listStacks()).length;
  process.chdir(root);
  if (usesOwnBackend() && others === 0) fs.rmSync(stateFolder, { recursive: true });
}

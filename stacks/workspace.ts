/**
 * Where `npm run up` works: the folder `.state` beside `stacks`, so that a path in a stack's configuration means the same
 * there as under `pulumi up`. It holds what is not committed: the state of the stacks, the passphrase, and copies of
 * the project's and the stack's settings, which Pulumi adds to.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { LocalWorkspace, PulumiCommand, Stack } from "@pulumi/pulumi/automation";
import { load, dump } from "js-yaml";
import type { Engine } from "../offline";
import { root } from "../scripts/paths";
import { commandMark, commandVariable } from "../scripts/process-identity";
import { backendFolder, backendUrl, stateFolder, usesOwnBackend } from "./backend";
import { encryptedSettings, passphraseVariables } from "./passphrase";
import { readSettings, settingsFiles } from "./stack-settings";
import type { SiteOutputs } from "./target";
import { UserError } from "./user-error";

export { UserError };

const folders = { committed: path.join(root, "stacks"), state: stateFolder };

/** The name of the project, by which everything of its stacks is labelled. */
export function projectName(): string {
  return projectSettings().name;
}

interface ProjectSettings {
  name: string;
  description: string;
  config?: Record<string, unknown>;
}

function projectSettings(): ProjectSettings {
  return load(fs.readFileSync(path.join(root, "Pulumi.yaml"), "utf8")) as ProjectSettings;
}

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
    envVars: {
      ...engine.env,
      ...passphraseVariables(name, folders),
      PULUMI_BACKEND_URL: backendUrl(),
      [commandVariable]: commandMark(),
    },
    program: () => Promise.resolve({ ...program() }),
  });
  // Each of these would be another start of the engine. It is told the stack with every command; what the Automation API
  // asks for after an operation, nobody here reads.
  if (isKnown(name)) workspace.selectStack = () => Promise.resolve();
  const stack = await Stack.createOrSelect(name, workspace);
  stack.info = () => Promise.resolve(undefined);
  return stack;
}

/** Is there a state of such a stack, as far as can be seen without the engine? */
function isKnown(name: string): boolean {
  const folder = backendFolder();
  return (
    folder !== undefined &&
    fs.existsSync(path.join(folder, ".pulumi", "stacks", projectName(), `${name}.json`))
  );
}

function writeProjectSettings(engine: Engine): void {
  const { name, description, config } = projectSettings();
  const settings = {
    name,
    description,
    runtime: "nodejs",
    ...(config && { config }),
    backend: { url: backendUrl() },
    ...(engine.providers && { plugins: { providers: engine.providers } }),
  };
  fs.writeFileSync(path.join(stateFolder, "Pulumi.yaml"), dump(settings));
}

/**
 * The committed settings of a stack.
 *
 * @throws {@link UserError} when there are none, with the names of the stacks that have some
 */
export function requireStackFile(name: string): string {
  const known = settingsFiles(folders.committed);
  const file = known.get(name);
  if (file !== undefined) return file;
  throw new UserError(
    `there is no stacks/Pulumi.${name}.yaml; the stacks are: ${[...known.keys()].sort().join(", ")}`,
  );
}

/** Has a stack settings that are committed? */
export function hasStackFile(name: string): boolean {
  return settingsFiles(folders.committed).has(name);
}

/** The committed settings, with the salt that Pulumi adds to a stack that has a passphrase. */
function writeStackSettings(name: string): void {
  const file = path.join(stateFolder, `Pulumi.${name}.yaml`);
  const settings = readSettings(requireStackFile(name));
  const { encryptionsalt } = readSettings(file);
  if (
    settings.encryptionsalt === undefined &&
    settings.secretsprovider === undefined &&
    encryptionsalt !== undefined
  )
    settings.encryptionsalt = encryptionsalt;
  fs.writeFileSync(file, dump(settings));
}

/**
 * Remove what is kept of a stack that was destroyed, and with the last one the folder itself. The passphrase stays while
 * there are settings that only it opens.
 *
 * @returns the settings, relative to the repository, for which it stays
 */
export async function removeStack(stack: Stack): Promise<string[]> {
  await stack.workspace.removeStack(stack.name);
  fs.rmSync(path.join(stateFolder, `Pulumi.${stack.name}.yaml`), { force: true });
  const others = (await stack.workspace.listStacks()).length;
  process.chdir(root);
  if (!usesOwnBackend() || others > 0) return [];
  const encrypted = encryptedSettings(folders);
  if (encrypted.length === 0) fs.rmSync(stateFolder, { recursive: true });
  return encrypted.map((file) => path.relative(root, file));
}

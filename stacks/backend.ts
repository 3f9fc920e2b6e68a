/** Where the state of the stacks is kept. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { root } from "../scripts/paths";
import { UserError } from "./user-error";

/** The folder that holds what is not committed. */
export const stateFolder = path.join(root, ".state");

/** The backend that the user asked for, or undefined for the one in {@link stateFolder}. */
function wanted(): string | undefined {
  const url = process.env.PULUMI_BACKEND_URL;
  return url === "" ? undefined : url;
}

/** Is the state kept in {@link stateFolder}? */
export function usesOwnBackend(): boolean {
  return wanted() === undefined;
}

/** The folder of a backend that is one, absolute; undefined for a service. */
export function backendFolder(url = wanted(), from = root): string | undefined {
  if (url === undefined) return stateFolder;
  const written = /^file:\/\/([^?]*)/.exec(url)?.[1];
  if (written === undefined) return undefined;
  return path.resolve(from, written.replace(/^~(?=\/|$)/, os.homedir()));
}

/**
 * The address of the backend, as good from every folder: the engine takes a relative one from where it runs. Without the
 * files of attributes beside a folder's, which a kill at the wrong moment leaves empty, to be not read again.
 *
 * @throws {@link UserError} when it is a folder that is not there
 */
export function backendUrl(url = wanted(), from = root): string {
  const folder = backendFolder(url, from);
  if (url === undefined) return `file://${stateFolder}?metadata=skip`;
  if (folder === undefined) return url;
  if (!fs.existsSync(folder))
    throw new UserError(`PULUMI_BACKEND_URL is ${url}: there is no folder ${folder}`);
  const [, query] = url.split("?");
  return `file://${folder}?${query ?? "metadata=skip"}`;
}

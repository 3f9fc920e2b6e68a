/** The Python programs of these tests, in an environment of their own. */
import * as path from "node:path";
import { ensureVirtualEnvironment } from "../../scripts/machine";

/**
 * cfn-lint and checkov at pinned versions, installed on first use.
 *
 * @returns the folder with their executables
 */
export function ensureAwsPythonTools(log: (line: string) => void = () => undefined): Promise<string> {
  return ensureVirtualEnvironment("python-aws", [path.join(__dirname, "requirements.txt")], log);
}

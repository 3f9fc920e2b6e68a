import { engineFault } from "../../../stacks/engine-error";

/** As the Automation API has what the engine wrote. */
const written = (text: string): string =>
  `code: -2\n stdout: \n stderr: Command failed with exit code 255: /a/bin/pulumi up --yes\n${text}\n err?: Error: Command failed\n${text}\n    at x (y.js:1:2)`;

describe("an error of the engine's command line", () => {
  it.each([
    [
      "error: getting stack configuration: get stack secrets manager: incorrect passphrase",
      /^the passphrase is not the one that stack prod was encrypted with/,
    ],
    [
      "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.\n  file:///tmp/x/.pulumi/locks/organization/p/prod/1.json: created by root@host (pid 4711) at 2026-11-26T21:00:00Z",
      /^another command works on stack prod \(root@host, process 4711, since 2026-11-26T21:00:00Z\): .*pulumi cancel --stack prod/,
    ],
    ["error: something that nobody foresaw", /^something that nobody foresaw$/],
  ])("is one line: %s", (text, line) => {
    const fault = engineFault("prod", written(text));
    expect(fault).toMatch(line);
    expect(fault).not.toContain("\n");
  });
});

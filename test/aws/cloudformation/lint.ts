/**
 * AWS's own rules, by cfn-lint on the recorded inputs as a CloudFormation template.
 *
 * It does NOT find everything that AWS refuses: it lets target group names over 32 characters, ports of 70000 and invented TLS policies pass (the
 * rules of our own are for these), and knows nothing of quotas.
 */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { exec, ExecError } from "../../../scripts/exec";
import { defaultRegion } from "../outputs";
import type { Template } from "./render";

/** Something that cfn-lint says against a template. */
export interface LintFinding {
  /** For instance `E3047`. */
  rule: string;
  /** The logical id of the resource. */
  resource: string;
  message: string;
}

/** Rules that are about templates written by people. */
const notForRendered = [
  // A zone that stands in the template: ours come from what AWS says of the account.
  "W3010",
];

interface Match {
  Rule: { Id: string };
  Message: string;
  Location: { Path: (string | number)[] | null };
}

/** What cfn-lint says; empty if nothing. */
export async function lintFindings(
  bin: string,
  template: Template,
  region = defaultRegion,
): Promise<LintFinding[]> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "cfn-lint-"));
  try {
    const file = path.join(folder, "template.json");
    fs.writeFileSync(file, JSON.stringify(template, undefined, 1));
    const report = path.join(folder, "report.json");
    const output = ["--format", "json", "--output-file", report];
    const args = [...output, "--regions", region, "--ignore-checks", ...notForRendered, "--", file];
    await exec(path.join(bin, "cfn-lint"), args, { seconds: 120 }).catch((error: unknown) => {
      // It fails when it has found something.
      if (!(error instanceof ExecError) || !fs.existsSync(report)) throw error;
    });
    return (JSON.parse(fs.readFileSync(report, "utf8")) as Match[]).map(({ Rule, Message, Location }) => ({
      rule: Rule.Id,
      resource: String(Location.Path?.[1] ?? ""),
      message: Message,
    }));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

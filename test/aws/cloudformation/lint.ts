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
  Filename: string;
  Message: string;
  Location: { Path: (string | number)[] | null };
}

/**
 * What cfn-lint says of templates, by their names; empty lists if nothing. It is run once for all, because it starts longer than it reads one.
 */
export async function lintFindings<Name extends string>(
  bin: string,
  templates: Readonly<Record<Name, Template>>,
  region = defaultRegion,
): Promise<Record<Name, LintFinding[]>> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "cfn-lint-"));
  try {
    const names = Object.keys(templates) as Name[];
    const files = names.map((name, index) => {
      const file = path.join(folder, `${String(index)}.json`);
      fs.writeFileSync(file, JSON.stringify(templates[name], undefined, 1));
      return file;
    });
    const report = path.join(folder, "report.json");
    const output = ["--format", "json", "--output-file", report];
    const args = [...output, "--regions", region, "--ignore-checks", ...notForRendered, "--", ...files];
    await exec(path.join(bin, "cfn-lint"), args, { seconds: 180 }).catch((error: unknown) => {
      // It fails when it has found something.
      if (!(error instanceof ExecError) || !fs.existsSync(report)) throw error;
    });
    const matches = JSON.parse(fs.readFileSync(report, "utf8")) as Match[];
    const stray = matches.find(({ Filename }) => !files.includes(Filename));
    if (stray !== undefined) throw new Error(`cfn-lint speaks of ${stray.Filename}: ${stray.Message}`);
    const findings = (file: string): LintFinding[] =>
      matches
        .filter(({ Filename }) => Filename === file)
        .map(({ Rule, Message, Location }) => ({
          rule: Rule.Id,
          resource: String(Location.Path?.[1] ?? ""),
          message: Message,
        }));
    return Object.fromEntries(names.map((name, index) => [name, findings(files[index]!)])) as Record<
      Name,
      LintFinding[]
    >;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Good practice, by checkov on the recorded inputs as a Terraform plan.
 *
 * What it finds is for review: mend it, or answer in writing beside the resource. It does NOT find everything: it says nothing of port 8501 open to the
 * world, nor of a weak Cognito.
 */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { exec, ExecError } from "../../../scripts/exec";
import type { Plan } from "./plan";

/** Something that checkov says against a resource. */
export interface CheckovFinding {
  /** For instance `CKV_AWS_2`. */
  check: string;
  /** For instance `aws_lb_listener.http`. */
  resource: string;
  message: string;
}

/** Why something that checkov finds stays as it is. */
export interface CheckovAnswer {
  check: string;
  /** The resources that it is about; each of them. @default all */
  resource?: RegExp;
  because: string;
}

/**
 * What is left to review: findings without an answer, and answers without a finding, which are of another time.
 *
 * @returns a line for each
 */
export function unanswered(findings: readonly CheckovFinding[], answers: readonly CheckovAnswer[]): string[] {
  const isAbout = (answer: CheckovAnswer, { check, resource }: CheckovFinding): boolean =>
    answer.check === check && (answer.resource?.test(resource) ?? true);
  return [
    ...findings
      .filter((finding) => !answers.some((answer) => isAbout(answer, finding)))
      .map(({ check, resource, message }) => `${check} ${resource}: ${message}`),
    ...answers
      .filter((answer) => !findings.some((finding) => isAbout(answer, finding)))
      .map(
        ({ check, because }) => `${check}: checkov does not find it any more, but it is answered: ${because}`,
      ),
  ];
}

/** What checkov says. */
export interface CheckovResult {
  failed: CheckovFinding[];
  /** How many checks passed: none would mean that nothing was read. */
  passed: number;
}

interface Check {
  check_id: string;
  check_name: string;
  resource: string;
}

interface Report {
  results: { failed_checks: Check[] };
  summary: { passed: number; parsing_errors: number };
}

/**
 * What checkov says of a plan.
 *
 * @throws Error if it cannot read it
 */
export async function checkovFindings(bin: string, plan: Plan): Promise<CheckovResult> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "checkov-"));
  try {
    const file = path.join(folder, "plan.json");
    fs.writeFileSync(file, JSON.stringify(plan));
    // It works without a network: no policies are fetched, nothing is sent.
    const args = [
      "--file",
      file,
      "--framework",
      "terraform_plan",
      "--output",
      "json",
      "--quiet",
      "--skip-download",
    ];
    const { stdout } = await exec(path.join(bin, "checkov"), [...args, "--soft-fail"], {
      seconds: 180,
      env: { BC_SKIP_MAPPING: "TRUE", CHECKOV_RUN_SCA_PACKAGE_SCAN: "false", LOG_LEVEL: "ERROR" },
    });
    const { results, summary } = JSON.parse(stdout) as Report;
    if (summary.parsing_errors > 0) throw new Error("checkov cannot read the plan");
    return {
      failed: results.failed_checks.map(({ check_id, check_name, resource }) => ({
        check: check_id,
        resource,
        message: check_name,
      })),
      passed: summary.passed,
    };
  } catch (error) {
    if (error instanceof ExecError) throw new Error(`checkov: ${error.message}`, { cause: error });
    throw error;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** All layers that need no engine, over one program: this is what a site on AWS is handed to. */
import { lintFindings } from "./cloudformation/lint";
import { rendered } from "./cloudformation/render";
import { TypeSchemas } from "./cloudformation/schemas";
import type { Graph } from "./graph";
import { contractTable, contractViolations, type SiteFacts } from "./listeners/contract";
import { ensureAwsPythonTools } from "./python";
import { reachabilityViolations, type SiteNetwork } from "./reachability/rules";
import { record, type RecordOptions } from "./recorder";
import { ruleFaults, type RuleOptions } from "./rules";
import { type CheckovAnswer, checkovFindings, unanswered } from "./terraform/checkov";
import { terraformPlan } from "./terraform/plan";

/** A site, and what is right for it. */
export interface CheckedSite {
  /** Makes it, and returns what the stack has for outputs. */
  program: () => unknown;
  facts: SiteFacts;
  network?: SiteNetwork;
  rules?: RuleOptions;
  /** What is answered of checkov's findings. */
  answers?: readonly CheckovAnswer[];
  surroundings?: RecordOptions;
}

/** What each layer says; empty lists if nothing is wrong. */
export interface SiteFindings {
  contract: string[];
  reachability: string[];
  rules: string[];
  /** Of cfn-lint. */
  lint: string[];
  /** Of checkov, without those that are answered. */
  checkov: string[];
}

/** What the layers find that need no other program. */
export function quickFindings(graph: Graph, site: CheckedSite): Omit<SiteFindings, "lint" | "checkov"> {
  return {
    contract: contractViolations(graph, contractTable(site.facts)),
    reachability: reachabilityViolations(graph, site.network),
    rules: ruleFaults(graph, site.rules),
  };
}

/** What all layers find. */
export async function siteFindings(site: CheckedSite): Promise<SiteFindings> {
  const graph = await record(site.program, site.surroundings);
  const bin = await ensureAwsPythonTools();
  const region = site.surroundings?.region;
  const [lint, checkov] = await Promise.all([
    lintFindings(bin, rendered(graph, new TypeSchemas(bin, region)), region),
    checkovFindings(bin, terraformPlan(graph)),
  ]);
  return {
    ...quickFindings(graph, site),
    lint: lint.map(({ rule, resource, message }) => `${rule} ${resource}: ${message}`),
    checkov: unanswered(checkov.failed, site.answers ?? []),
  };
}

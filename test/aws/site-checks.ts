/** All layers that need no engine, over programs: this is what sites on AWS are handed to. */
import { lintFindings } from "./cloudformation/lint";
import { rendered, type Template } from "./cloudformation/render";
import { TypeSchemas } from "./cloudformation/schemas";
import { type Graph, together } from "./graph";
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

/** What is the same for all sites. */
export interface CheckOptions {
  /** What is answered of checkov's findings. */
  answers?: readonly CheckovAnswer[];
  surroundings?: RecordOptions;
}

/** What the layers find that need no other program. */
export function quickFindings(graph: Graph, site: CheckedSite): Omit<SiteFindings, "lint" | "checkov"> {
  return {
    contract: contractViolations(graph, contractTable(site.facts)),
    reachability: reachabilityViolations(graph, site.network),
    rules: ruleFaults(graph, site.rules),
  };
}

/**
 * What all layers find in all sites. They are taken together, because cfn-lint and checkov start longer than they read one.
 *
 * @param sites by their names; no two have a resource of one type and name
 */
export async function siteFindings(
  sites: Readonly<Record<string, CheckedSite>>,
  { answers = [], surroundings }: CheckOptions = {},
): Promise<SiteFindings> {
  const graphs: Record<string, Graph> = {};
  const findings: SiteFindings = { contract: [], reachability: [], rules: [], lint: [], checkov: [] };
  const add = (name: string, layer: keyof SiteFindings, found: readonly string[]): number =>
    findings[layer].push(...found.map((one) => `${name}: ${one}`));
  for (const [name, site] of Object.entries(sites)) {
    const graph = await record(site.program, surroundings);
    graphs[name] = graph;
    const { contract, reachability, rules } = quickFindings(graph, site);
    add(name, "contract", contract);
    add(name, "reachability", reachability);
    add(name, "rules", rules);
  }
  const bin = await ensureAwsPythonTools();
  const schemas = new TypeSchemas(bin, surroundings?.region);
  const templates: Record<string, Template> = {};
  for (const [name, graph] of Object.entries(graphs)) templates[name] = rendered(graph, schemas);
  const [lint, checkov] = await Promise.all([
    lintFindings(bin, templates, surroundings?.region),
    checkovFindings(bin, terraformPlan(together(Object.values(graphs)))),
  ]);
  for (const [name, found] of Object.entries(lint))
    add(
      name,
      "lint",
      found.map(({ rule, resource, message }) => `${rule} ${resource}: ${message}`),
    );
  return { ...findings, checkov: unanswered(checkov.failed, answers) };
}

/** All rules of our own at once. */
import type { Graph } from "../graph";
import { taskRoleFaults, trustFaults, wildcardFaults, type WildcardReason } from "./iam";
import {
  callbackFaults,
  certificateFaults,
  nameFaults,
  networkConfigurationFaults,
  portFaults,
  ruleCountFaults,
  tlsFaults,
} from "./limits";
import { plainSecretFaults, taskSecretFaults } from "./secrets";

export { knownReasons, type WildcardReason } from "./iam";

/** What differs between sites. */
export interface RuleOptions {
  region?: string;
  /** The host names that sign-in returns to. @default none is asked for */
  hosts?: readonly string[];
  /** Wildcards that have a reason. @default those that every site has */
  reasons?: readonly WildcardReason[];
  /** The names of roles of tasks that may have rights. @default none */
  taskRolesWithRights?: readonly string[];
}

/** What is wrong, in words; empty if nothing. */
export function ruleFaults(graph: Graph, options: RuleOptions = {}): string[] {
  const { region, hosts = [], reasons, taskRolesWithRights } = options;
  return [
    ...nameFaults(graph),
    ...portFaults(graph),
    ...tlsFaults(graph),
    ...certificateFaults(graph, region),
    ...networkConfigurationFaults(graph),
    ...ruleCountFaults(graph),
    ...callbackFaults(graph, hosts),
    ...wildcardFaults(graph, reasons),
    ...trustFaults(graph),
    ...taskRoleFaults(graph, taskRolesWithRights),
    ...plainSecretFaults(graph),
    ...taskSecretFaults(graph),
  ];
}

/** The resources that a stack's program declares, without an engine and without AWS. */
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { SiteArgs } from "../../../components/spec/args";
import { root } from "../../../scripts/paths";
import type { StackFile } from "../../stack-file";
import { UserError } from "../../user-error";
import { outputsOf } from "../program";
import type { Declared } from "./count";

/** An account that nobody has, for what a program asks AWS. */
const account = "000000000000";

/** What AWS would answer to a program that asks where it is. What is not here is left open, as in a preview. */
function answers(region: string): Record<string, Record<string, unknown>> {
  return {
    "aws:index/getRegion:getRegion": { id: region, name: region, region },
    "aws:index/getCallerIdentity:getCallerIdentity": { id: account, accountId: account },
    "aws:index/getPartition:getPartition": { id: "aws", partition: "aws", dnsSuffix: "amazonaws.com" },
    "aws:index/getAvailabilityZones:getAvailabilityZones": {
      id: region,
      names: ["a", "b", "c"].map((zone) => `${region}${zone}`),
    },
    "aws:ec2/getSubnet:getSubnet": { cidrBlock: "10.0.0.0/24" },
    "aws:ec2/getVpc:getVpc": { cidrBlock: "10.0.0.0/16" },
    "aws:ec2/getPrefixList:getPrefixList": { id: "pl-0" },
  };
}

/**
 * Run the program of a stack under Pulumi's mocks.
 *
 * @param file the stack's file. What is encrypted there stays so: a site costs the same whatever its secrets are
 * @param region the region to be taken for the stack's where its file names none
 */
export async function recordStack({ name, spec, config }: StackFile, region: string): Promise<Declared[]> {
  if (spec === undefined)
    throw new UserError(`stack ${name.stack} has no site: ${name.project}:site describes it`);
  const here = typeof config["aws:region"] === "string" ? config["aws:region"] : region;
  const declared: Declared[] = [];
  const known = answers(here);
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name: own, inputs }) => {
        declared.push({ type, name: own, inputs: inputs as Record<string, unknown> });
        return { id: `${own}-id`, state: { arn: `arn:aws:${own}`, ...(inputs as Record<string, unknown>) } };
      },
      call: ({ token, inputs }) => ({ ...(inputs as Record<string, unknown>), ...known[token] }),
    },
    name.project,
    name.stack,
    // As in a preview: what only AWS can say is unknown, and what follows from it is not computed.
    true,
  );
  pulumi.runtime.setAllConfig({ "aws:region": here });
  const before = process.cwd();
  // Folders in a stack's file are relative to its own.
  process.chdir(path.join(root, "stacks"));
  // Pulumi takes the stack of every promise for its debugging, which is most of the time that a run takes.
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    outputsOf(withoutSecrets(spec) as SiteArgs);
    // What Pulumi's own tests do; it is not among the declared types.
    await (pulumi.runtime as unknown as { waitForRPCs: () => Promise<void> }).waitForRPCs();
  } finally {
    Error.stackTraceLimit = limit;
    process.chdir(before);
  }
  return declared;
}

/** A spec with something that is known later in place of what is encrypted. */
function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]?.[0] === "secure") return pulumi.secret("not decrypted");
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutSecrets(inner)]));
}

/**
 * What AWS answers to a program that asks: who am I, which zones are there, what does this policy look like as JSON.
 *
 * It does NOT prove that what a program asks about is there: every zone, certificate and parameter is.
 */
import { isPresent, reveal } from "../../offline/providers/shared/values";
import { account, defaultRegion, prefixListId } from "./outputs";
import { functionSchema } from "./schema";

type Arguments = Record<string, unknown>;
/** @returns what there is of an id, if anything */
type Lookup = (id: string) => Arguments | undefined;
type Answer = (args: Arguments, region: string, lookup: Lookup) => Arguments;

const strings = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

const text = (value: unknown, otherwise: string): string => (typeof value === "string" ? value : otherwise);

/** What somebody asks about: what the program made, or something that was there before. */
function existing(args: Arguments, lookup: Lookup, otherwise: string): { id: string; outputs: Arguments } {
  const id = text(args.id, otherwise);
  return { id, outputs: lookup(id) ?? {} };
}

const answers: Record<string, Answer> = {
  "aws:index/getAvailabilityZones:getAvailabilityZones": (_, region) => ({
    id: region,
    groupNames: [`${region}-zg-1`],
    names: ["a", "b", "c"].map((zone) => `${region}${zone}`),
    zoneIds: ["use1-az1", "use1-az2", "use1-az3"],
  }),
  "aws:index/getCallerIdentity:getCallerIdentity": () => ({
    id: account,
    accountId: account,
    arn: `arn:aws:iam::${account}:user/tester`,
    userId: "AIDAEXAMPLEEXAMPLE00",
  }),
  "aws:index/getRegion:getRegion": (args, region) => ({
    id: args.region ?? region,
    name: args.region ?? region,
    region: args.region ?? region,
    description: "A region",
    endpoint: `ec2.${region}.amazonaws.com`,
  }),
  "aws:index/getPartition:getPartition": () => ({
    id: "aws",
    partition: "aws",
    dnsSuffix: "amazonaws.com",
    reverseDnsPrefix: "com.amazonaws",
  }),
  "aws:ecr/getAuthorizationToken:getAuthorizationToken": (_, region) => ({
    id: region,
    authorizationToken: Buffer.from("AWS:token").toString("base64"),
    expiresAt: "2100-01-01T00:00:00Z",
    password: "token",
    proxyEndpoint: `https://${account}.dkr.ecr.${region}.amazonaws.com`,
    userName: "AWS",
  }),
  "aws:ecr/getCredentials:getCredentials": (args, region) => ({
    id: region,
    authorizationToken: Buffer.from("AWS:token").toString("base64"),
    expiresAt: "2100-01-01T00:00:00Z",
    proxyEndpoint: `https://${text(args.registryId, account)}.dkr.ecr.${region}.amazonaws.com`,
  }),
  "aws:route53/getZone:getZone": (args) => ({
    id: args.zoneId ?? "Z0123456789ABCDEFGHIJ",
    zoneId: args.zoneId ?? "Z0123456789ABCDEFGHIJ",
    arn: `arn:aws:route53:::hostedzone/${text(args.zoneId, "Z0123456789ABCDEFGHIJ")}`,
    name: args.name ?? "example.com",
    nameServers: ["ns-1.awsdns-01.com", "ns-2.awsdns-02.net"],
    privateZone: false,
  }),
  "aws:acm/getCertificate:getCertificate": (args, region) => ({
    id: `arn:aws:acm:${region}:${account}:certificate/01234567-89ab-4cde-8f01-23456789abcd`,
    arn: `arn:aws:acm:${region}:${account}:certificate/01234567-89ab-4cde-8f01-23456789abcd`,
    domain: args.domain,
    status: "ISSUED",
  }),
  "aws:ec2/getSubnet:getSubnet": (args, region, lookup) => {
    const { id, outputs } = existing(args, lookup, "subnet-0123456789abcdef0");
    const known = {
      cidrBlock: "10.99.0.0/24",
      availabilityZone: `${region}a`,
      vpcId: "vpc-0123456789abcdef0",
    };
    return { ...known, ...outputs, id };
  },
  "aws:ec2/getVpc:getVpc": (args, _, lookup) => {
    const { id, outputs } = existing(args, lookup, "vpc-0123456789abcdef0");
    return { cidrBlock: "10.99.0.0/16", enableDnsHostnames: true, enableDnsSupport: true, ...outputs, id };
  },
  "aws:ec2/getPrefixList:getPrefixList": (args, region) => ({
    id: prefixListId(region, text(args.name, "")),
    name: args.name,
    cidrBlocks: ["203.0.113.0/24"],
  }),
  "aws:ec2/getManagedPrefixList:getManagedPrefixList": (args) => ({
    id: "pl-0123456789abcdef0",
    arn: `arn:aws:ec2:${defaultRegion}:aws:prefix-list/pl-0123456789abcdef0`,
    name: args.name,
    addressFamily: "IPv4",
    entries: [{ cidr: "203.0.113.0/24", description: "" }],
  }),
  "aws:elb/getServiceAccount:getServiceAccount": () => ({
    id: "127311923021",
    arn: "arn:aws:iam::127311923021:root",
  }),
  "aws:lb/getHostedZoneId:getHostedZoneId": () => ({ id: "Z35SXDOTRQ7X7K" }),
  "aws:iam/getPolicyDocument:getPolicyDocument": (args) => {
    const json = JSON.stringify(policyDocument(args));
    return { id: "policy", json, minifiedJson: json };
  },
};

/** The JSON that `aws.iam.getPolicyDocument` makes of its arguments; the provider does it without asking AWS. */
function policyDocument(args: Arguments): unknown {
  const one = (values: string[]) => (values.length === 1 ? values[0] : values);
  const principals = (value: unknown) => {
    const groups = Array.isArray(value) ? (value as { type: string; identifiers: string[] }[]) : [];
    if (groups.some(({ type, identifiers }) => type === "*" && identifiers.includes("*"))) return "*";
    return Object.fromEntries(groups.map(({ type, identifiers }) => [type, one(identifiers)]));
  };
  const conditions = (value: unknown) => {
    const found: Record<string, Record<string, unknown>> = {};
    const given = Array.isArray(value)
      ? (value as { test: string; variable: string; values: string[] }[])
      : [];
    for (const { test, variable, values } of given) (found[test] ??= {})[variable] = one(values);
    return found;
  };
  const statements = Array.isArray(args.statements) ? (args.statements as Arguments[]) : [];
  return {
    Version: args.version ?? "2012-10-17",
    Statement: statements.map((statement) => ({
      ...(statement.sid !== undefined && { Sid: statement.sid }),
      Effect: statement.effect ?? "Allow",
      ...(isPresent(statement.actions) && { Action: one(strings(statement.actions)) }),
      ...(isPresent(statement.notActions) && { NotAction: one(strings(statement.notActions)) }),
      ...(isPresent(statement.resources) && { Resource: one(strings(statement.resources)) }),
      ...(isPresent(statement.notResources) && { NotResource: one(strings(statement.notResources)) }),
      ...(isPresent(statement.principals) && { Principal: principals(statement.principals) }),
      ...(isPresent(statement.conditions) && { Condition: conditions(statement.conditions) }),
    })),
  };
}

/**
 * The answer to a function call.
 *
 * @param lookup finds the outputs of a resource by its id
 * @throws Error if the generated code has no such function or none of such arguments, or there is no answer here
 */
export function answer(
  token: string,
  args: Arguments,
  region = defaultRegion,
  lookup: Lookup = () => undefined,
): Arguments {
  const schema = functionSchema(token);
  if (schema === undefined) throw new Error(`${token}: the generated code has no such function`);
  const given = reveal(args) as Arguments;
  const unknown = Object.keys(given).filter(
    (name) => isPresent(given[name]) && !schema.arguments.includes(name),
  );
  if (unknown.length > 0) throw new Error(`${token}: there is no argument ${unknown.join(", ")}`);
  const known = answers[token];
  if (known === undefined) throw new Error(`${token}: test/aws/invokes.ts has no answer`);
  return { ...given, ...known(given, region, lookup) };
}

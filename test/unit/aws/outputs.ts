/** What AWS gives back, as far as the components read it. */

/** The account and the region that everything is in. */
export const account = "123456789012";
export const region = "eu-central-1";

/** What AWS answers to what is asked without making anything, by the token of the question. */
export const awsAnswers: Readonly<Record<string, Record<string, unknown>>> = {
  "aws:index/getRegion:getRegion": { region, name: region, id: region },
  "aws:index/getCallerIdentity:getCallerIdentity": { accountId: account },
  "aws:index/getPartition:getPartition": { partition: "aws" },
  "aws:index/getAvailabilityZones:getAvailabilityZones": {
    names: ["b", "a", "c"].map((zone) => `${region}${zone}`),
  },
  "aws:ecr/getAuthorizationToken:getAuthorizationToken": {
    userName: "AWS",
    password: "token of the registry",
  },
  "aws:ec2/getSubnet:getSubnet": { cidrBlock: "10.9.1.0/24" },
  "aws:ec2/getVpc:getVpc": { cidrBlock: "10.9.0.0/16" },
  "aws:ec2/getPrefixList:getPrefixList": { id: "pl-0123" },
};

/**
 * What a resource has beside its inputs.
 *
 * @param type its token
 * @param name its name in the program
 * @param inputs what the program gave it
 */
export function awsOutputs(
  type: string,
  name: string,
  inputs: Record<string, unknown>,
): Record<string, unknown> {
  const kind = type.split(":").at(-1) ?? "";
  const arn = `arn:aws:${type.split(/[:/]/)[1]}:${region}:${account}:${kind}/${name}`;
  const common = { arn, name: inputs.name ?? `${name}-0123456` };
  switch (kind) {
    case "LoadBalancer":
      return {
        ...common,
        dnsName: `${name}.elb.amazonaws.com`,
        zoneId: "Z0ELB",
        arnSuffix: `app/${name}/0123`,
      };
    case "TargetGroup":
      return { ...common, arnSuffix: `targetgroup/${name}/0123` };
    case "VpcEndpoint":
      return { ...common, prefixListId: "pl-0123" };
    case "Eip":
      return { ...common, allocationId: `eipalloc-${name}` };
    case "Repository":
      return {
        ...common,
        registryId: account,
        repositoryUrl: `${account}.dkr.ecr.${region}.amazonaws.com/${name}`,
      };
    case "UserPoolClient":
      return { ...common, clientSecret: `secret of ${name}` };
    case "SecretVersion":
      return { ...common, versionId: `version-of-${name}` };
    case "Certificate":
      return {
        ...common,
        domainValidationOptions: [
          {
            domainName: inputs.domainName,
            resourceRecordName: `_proof.${String(inputs.domainName)}`,
            resourceRecordType: "CNAME",
            resourceRecordValue: "_proof.acm-validations.aws",
          },
        ],
      };
    case "Record":
      return { fqdn: inputs.name };
    default:
      return common;
  }
}

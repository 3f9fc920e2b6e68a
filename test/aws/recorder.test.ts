import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { isSecret } from "../../offline/providers/shared/values";
import { byReference, ofType, plainInputs, type RecordedResource } from "./graph";
import { record } from "./recorder";

class Group extends pulumi.ComponentResource {
  constructor(name: string, make: (parent: pulumi.Resource) => void) {
    super("test:index:Group", name);
    make(this);
    this.registerOutputs({});
  }
}

/** @returns the resource of a name */
function named(resources: RecordedResource[], name: string): RecordedResource {
  const found = resources.find((resource) => resource.name === name);
  if (found === undefined) throw new Error(`no resource is called ${name}`);
  return found;
}

test("has types, inputs, ids, parents and dependencies", async () => {
  const { resources } = await record(() => {
    new Group("network", (parent) => {
      const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" }, { parent });
      const gateway = new aws.ec2.InternetGateway("gateway", { vpcId: vpc.id }, { parent });
      const opts = { parent, dependsOn: gateway };
      new aws.ec2.Subnet("public", { vpcId: vpc.id, cidrBlock: "10.0.0.0/24" }, opts);
    });
  });
  const [group, vpc, gateway, subnet] = ["network", "vpc", "gateway", "public"].map((name) =>
    named(resources, name),
  );
  expect(resources).toHaveLength(4);
  expect(vpc).toMatchObject({ type: "aws:ec2/vpc:Vpc", parent: group?.urn, custom: true });
  expect(group).toMatchObject({ custom: false });
  expect(vpc?.id).toMatch(/^vpc-[0-9a-f]{17}$/);
  expect(subnet?.inputs).toEqual({ vpcId: vpc?.id, cidrBlock: "10.0.0.0/24" });
  expect(subnet?.dependencies.sort()).toEqual([gateway?.urn, vpc?.urn].sort());
  expect(subnet?.propertyDependencies.vpcId).toEqual([vpc?.urn]);
  expect(vpc?.urn).toMatch(/::test:index:Group\$aws:ec2\/vpc:Vpc::vpc$/);
});

test("tells apart what has one name in two components", async () => {
  const { resources } = await record(() => {
    new Group("one", (parent) => void new aws.lb.TargetGroup("out", { targetType: "lambda" }, { parent }));
    new aws.lb.TargetGroup("out", { targetType: "lambda" });
  });
  const ids = resources.filter(({ name }) => name === "out").map(({ id }) => id);
  expect(new Set(ids).size).toBe(2);
});

test("gives computed outputs that later resources use", async () => {
  const graph = await record(() => {
    const balancer = new aws.lb.LoadBalancer("site", { subnets: ["subnet-1", "subnet-2"] });
    const pool = new aws.cognito.UserPool("users", {});
    const repository = new aws.ecr.Repository("app", {});
    return { host: balancer.dnsName, arn: balancer.arn, pool: pool.arn, image: repository.repositoryUrl };
  });
  expect(graph.outputs).toEqual({
    host: expect.stringMatching(/^site-[0-9a-f]{7}-\d+\.us-east-1\.elb\.amazonaws\.com$/) as string,
    arn: expect.stringMatching(
      /^arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer\/app\/site-[0-9a-f]{7}\/[0-9a-f]{16}$/,
    ) as string,
    pool: expect.stringMatching(
      /^arn:aws:cognito-idp:us-east-1:123456789012:userpool\/us-east-1_[0-9a-f]{9}$/,
    ) as string,
    image: expect.stringMatching(
      /^123456789012\.dkr\.ecr\.us-east-1\.amazonaws\.com\/app-[0-9a-f]{7}$/,
    ) as string,
  });
  expect(byReference(graph, graph.outputs.arn)?.name).toBe("site");
});

test("gives one resource the same ids every time, and no two the same", async () => {
  const program = () => {
    for (const name of ["a", "b", "c"]) new aws.ec2.Vpc(name, { cidrBlock: "10.0.0.0/16" });
  };
  const ids = [await record(program), await record(program)].map(({ resources }) =>
    resources.map(({ id }) => id),
  );
  expect(ids[0]).toEqual(ids[1]);
  expect(new Set(ids[0]).size).toBe(3);
});

test("marks what is secret, also what comes from a secret", async () => {
  const graph = await record(() => {
    const password = new random.RandomPassword("password", { length: 24 });
    const secret = new aws.secretsmanager.Secret("secret", {});
    new aws.secretsmanager.SecretVersion("value", { secretId: secret.id, secretString: password.result });
    new aws.ssm.Parameter("open", { type: "String", value: "plain" });
    return { password: password.result };
  });
  const value = named(graph.resources, "value");
  expect(isSecret(value.inputs.secretString)).toBe(true);
  expect(plainInputs(value).secretString).toMatch(/^[0-9a-f]{24}$/);
  expect(plainInputs(named(graph.resources, "open")).value).toBe("plain");
  expect(isSecret(graph.outputs.password)).toBe(true);
});

test("answers what a program asks AWS", async () => {
  const graph = await record(
    async () => {
      const zones = await aws.getAvailabilityZones({ state: "available" });
      zones.names.forEach((zone) => new aws.ec2.Subnet(zone, { vpcId: "vpc-1", availabilityZone: zone }));
      const policy = aws.iam.getPolicyDocumentOutput({
        statements: [
          {
            actions: ["sts:AssumeRole"],
            principals: [{ type: "Service", identifiers: ["ecs-tasks.amazonaws.com"] }],
          },
        ],
      });
      new aws.iam.Role("task", { assumeRolePolicy: policy.json });
      return { region: aws.getRegionOutput({}).region };
    },
    { region: "eu-west-1" },
  );
  expect(ofType(graph, "aws:ec2/subnet:Subnet").map(({ inputs }) => inputs.availabilityZone)).toEqual([
    "eu-west-1a",
    "eu-west-1b",
    "eu-west-1c",
  ]);
  const [role] = ofType(graph, "aws:iam/role:Role");
  expect(JSON.parse(String(role?.inputs.assumeRolePolicy))).toEqual({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ecs-tasks.amazonaws.com" } },
    ],
  });
  expect(graph.outputs.region).toBe("eu-west-1");
});

test("answers what a program asks about its own resources as they are, and about others as if they were there", async () => {
  const graph = await record(() => {
    const subnet = new aws.ec2.Subnet("own", { vpcId: "vpc-1", cidrBlock: "10.7.0.0/24" });
    return {
      own: aws.ec2.getSubnetOutput({ id: subnet.id }).cidrBlock,
      other: aws.ec2.getSubnetOutput({ id: "subnet-1" }).id,
    };
  });
  expect(graph.outputs).toEqual({ own: "10.7.0.0/24", other: "subnet-1" });
});

test("knows a type by its other name", async () => {
  const graph = await record(() => {
    new aws.alb.TargetGroup("app", { port: 8501, protocol: "HTTP", vpcId: "vpc-1" });
  });
  expect(ofType(graph, "aws:lb/targetGroup:TargetGroup")).toHaveLength(1);
});

describe("refuses", () => {
  const refused = async (program: () => unknown): Promise<string> =>
    record(program).then(
      () => "nothing",
      (error: unknown) => (error as Error).message,
    );

  test("a property inside of an object that does not exist", async () => {
    const message = await refused(() => {
      new aws.lb.TargetGroup("app", { healthCheck: { path: "/", intervall: 5 } as never });
    });
    expect(message).toContain(
      'aws:lb/targetGroup:TargetGroup "app": there is no property "healthCheck.intervall"',
    );
  });

  test("a property of another type", async () => {
    const message = await refused(() => {
      new aws.lb.TargetGroup("app", { port: "8501" as never });
    });
    expect(message).toContain('property "port" must be a number');
  });

  test("an object without what it needs", async () => {
    const message = await refused(() => {
      new aws.lb.ListenerRule("page", { listenerArn: "arn", actions: [{} as never], conditions: [] });
    });
    expect(message).toContain('property "actions[0].type" is required');
  });

  test("a value that nobody knows, and what is made from it", async () => {
    const message = await refused(() => {
      const repository = new aws.s3.Bucket("data", {});
      // AWS says this of a website only.
      new aws.ssm.Parameter("site", {
        type: "String",
        value: pulumi.jsonStringify({ at: repository.websiteEndpoint }),
      });
    });
    expect(message).toContain('aws:ssm/parameter:Parameter "site": "value" is unknown');
  });

  test("an unknown output of the program", async () => {
    expect(await refused(() => ({ at: new aws.s3.Bucket("data", {}).websiteEndpoint }))).toContain(
      'the output "at" is unknown',
    );
  });

  test("a resource type that is not in the generated code", async () => {
    class Invented extends pulumi.CustomResource {
      constructor(name: string) {
        super("aws:lb/quantumBalancer:QuantumBalancer", name, {});
      }
    }
    expect(await refused(() => void new Invented("x"))).toContain(
      "x: the generated code has no resource type aws:lb/quantumBalancer:QuantumBalancer",
    );
  });

  test("a function that has no answer, or an argument that it does not have", async () => {
    expect(await refused(() => aws.ec2.getInstances({}))).toContain("test/aws/invokes.ts has no answer");
    expect(
      await refused(() => pulumi.runtime.invoke("aws:index/getRegion:getRegion", { regoin: "x" })),
    ).toContain("there is no argument regoin");
  });
});

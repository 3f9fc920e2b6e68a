import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { AwsStack, type Program } from "./stack";

const stacks: AwsStack[] = [];

async function open(program: Program): Promise<AwsStack> {
  const stack = await AwsStack.open({ program });
  stacks.push(stack);
  return stack;
}

afterAll(() => {
  for (const stack of stacks) stack.remove();
});

/** What an operation that fails says. */
async function failure(operation: Promise<unknown>): Promise<string> {
  return operation.then(
    () => "it did not fail",
    (error: unknown) => (error as Error).message,
  );
}

describe("the engine is told", () => {
  test("of a property that does not exist, and of one that is missing", async () => {
    class Raw extends pulumi.CustomResource {
      constructor(type: string, inputs: pulumi.Inputs) {
        super(type, "raw", inputs);
      }
    }
    const wrong = await open(() => void new Raw("aws:ec2/vpc:Vpc", { cidrBlok: "10.0.0.0/16" }));
    expect(await failure(wrong.preview())).toContain('there is no property "cidrBlok"');
    wrong.become(() => void new Raw("aws:ec2/subnet:Subnet", { cidrBlock: "10.0.0.0/24" }));
    expect(await failure(wrong.preview())).toContain('property "vpcId" is required');
    wrong.become(() => void new Raw("aws:ec2/vpcs:Vpcs", {}));
    expect(await failure(wrong.preview())).toContain(
      "the generated code has no resource type aws:ec2/vpcs:Vpcs",
    );
  });

  test("of what AWS would not do in this order", async () => {
    const stack = await open(
      () => void new aws.ec2.SecurityGroup("group", { vpcId: "vpc-00000000000000000" }),
    );
    expect(await failure(stack.up())).toContain("vpc-00000000000000000 does not exist");
    stack.become(() => {
      const cluster = new aws.ecs.Cluster("site", {});
      const targetGroup = new aws.lb.TargetGroup("app", { port: 8501, vpcId: "vpc" });
      new aws.ecs.Service("app", {
        cluster: cluster.arn,
        loadBalancers: [{ targetGroupArn: targetGroup.arn, containerName: "app", containerPort: 8501 }],
      });
    });
    expect(await failure(stack.up())).toContain("does not have an associated load balancer");
    stack.become(() => void new aws.lb.TargetGroup("a-name-that-leaves-no-room-for-more", { port: 8501 }));
    expect(await failure(stack.up())).toContain("is longer than 32 characters");
  });

  test("that what is protected stays", async () => {
    const program = (enableDeletionProtection: boolean) => () => {
      const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" });
      new aws.lb.LoadBalancer("edge", { enableDeletionProtection });
      return { vpc: vpc.id };
    };
    const stack = await open(program(true));
    await stack.up();
    expect(await stack.refresh()).toEqual({ same: 3 });
    expect(await failure(stack.destroy())).toContain("cannot be deleted because deletion protection is on");
    expect(stack.existing().map(({ name }) => name)).toContain("edge");
    stack.become(program(false));
    await stack.up();
    await stack.destroy();
    expect(stack.existing()).toEqual([]);
  });

  test("that two target groups of one name cannot be there while one replaces the other", async () => {
    const program = (port: number, name?: string) => () => {
      const group = new aws.lb.TargetGroup("app", { port, ...(name !== undefined && { name }) });
      return { arn: group.arn };
    };
    const stack = await open(program(8501, "app"));
    await stack.up();
    const [first] = stack.existing();
    stack.become(program(8502, "app"));
    expect(await stack.up()).toMatchObject({ replace: 1 });
    const [second, ...others] = stack.existing();
    expect(others).toEqual([]);
    expect(second?.id).not.toBe(first?.id);
    expect(second?.inputs.port).toBe(8502);
  });
});

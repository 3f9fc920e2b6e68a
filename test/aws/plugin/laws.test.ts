import { creationFault, deletionFault } from "./laws";
import type { Stored } from "./store";

const stored = (type: string, id: string, more: Partial<Stored> = {}): Stored => ({
  type,
  id,
  name: id,
  seed: id,
  revision: 1,
  inputs: {},
  outputs: {},
  ...more,
});

const hex = (digit: string) => digit.repeat(17);
const vpc = stored("aws:ec2/vpc:Vpc", `vpc-${hex("1")}`, {
  outputs: { defaultRouteTableId: `rtb-${hex("2")}` },
});
const group = stored("aws:ec2/securityGroup:SecurityGroup", `sg-${hex("3")}`, { inputs: { vpcId: vpc.id } });
const logs = stored("aws:cloudwatch/logGroup:LogGroup", "app", {
  outputs: { name: "app", arn: "arn:aws:logs:us-east-1:123456789012:log-group:app" },
});

describe("what is to be created", () => {
  test("refers to what is there, to what AWS made with it, and to parts of it", () => {
    expect(creationFault(group, [vpc])).toBeUndefined();
    expect(creationFault(group, [])).toBe(`${vpc.id} does not exist`);
    const route = { type: "aws:ec2/route:Route", inputs: { routeTableId: `rtb-${hex("2")}` } };
    expect(creationFault(route, [vpc])).toBeUndefined();
    expect(creationFault(route, [])).toContain("does not exist");
    const permission = (arn: string) => ({
      type: "aws:lambda/permission:Permission",
      inputs: { sourceArn: arn },
    });
    expect(creationFault(permission(`${String(logs.outputs.arn)}:stream`), [logs])).toBeUndefined();
    expect(creationFault(permission(`${String(logs.outputs.arn)}s`), [logs])).toContain("does not exist");
  });

  test("has a name of its own where AWS has one of each", () => {
    const again = { type: "aws:cloudwatch/logGroup:LogGroup", inputs: { name: "app" } };
    expect(creationFault(again, [logs])).toContain('with the name "app" already exists');
    expect(creationFault({ ...again, inputs: { name: "other" } }, [logs])).toBeUndefined();
    const service = { type: "aws:ecs/service:Service", inputs: { name: "app" } };
    expect(creationFault(service, [logs])).toBeUndefined();
  });

  test("is a service only when a load balancer hands requests on to it, by a rule or by default", () => {
    const arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/app/1";
    const target = stored("aws:lb/targetGroup:TargetGroup", arn, { outputs: { arn } });
    const service = { type: "aws:ecs/service:Service", inputs: { loadBalancers: [{ targetGroupArn: arn }] } };
    expect(creationFault(service, [target])).toContain("does not have an associated load balancer");
    for (const type of ["aws:lb/listener:Listener", "aws:alb/listenerRule:ListenerRule"]) {
      const user = stored(type, "user", { inputs: { actions: [{ forward: { targetGroups: [{ arn }] } }] } });
      expect(creationFault(service, [target, user])).toBeUndefined();
    }
  });
});

describe("what is to be deleted", () => {
  test("is used by nobody", () => {
    expect(deletionFault(vpc, [vpc, group])).toBe(`${vpc.id} is in use by ${group.type} ${group.id}`);
    expect(deletionFault(vpc, [vpc])).toBeUndefined();
    expect(deletionFault(group, [vpc, group])).toBeUndefined();
  });

  test("is not protected", () => {
    const edge = (on: boolean) =>
      stored("aws:lb/loadBalancer:LoadBalancer", "edge", { inputs: { enableDeletionProtection: on } });
    expect(deletionFault(edge(true), [])).toContain("deletion protection is on");
    expect(deletionFault(edge(false), [])).toBeUndefined();
    const users = stored("aws:cognito/userPool:UserPool", "users", {
      inputs: { deletionProtection: "ACTIVE" },
    });
    expect(deletionFault(users, [])).toContain("deletion protection is on");
  });
});

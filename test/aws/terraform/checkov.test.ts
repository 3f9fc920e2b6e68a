import * as aws from "@pulumi/aws";
import { together } from "../graph";
import { ensureAwsPythonTools } from "../python";
import { record } from "../recorder";
import { sampleAnswers, sampleSite } from "../samples/site";
import { type CheckovFinding, checkovFindings, unanswered } from "./checkov";
import { terraformPlan, terraformType } from "./plan";

test("a finding without an answer and an answer without a finding are left to review", () => {
  const finding = { check: "CKV_AWS_2", resource: "aws_lb_listener.http", message: "no TLS" };
  expect(unanswered([finding], [])).toEqual(["CKV_AWS_2 aws_lb_listener.http: no TLS"]);
  const answer = { check: "CKV_AWS_2", because: "it redirects" };
  expect(unanswered([finding], [answer])).toEqual([]);
  expect(unanswered([finding], [{ ...answer, resource: /https/ }])).toHaveLength(2);
  expect(unanswered([], [answer])).toEqual([
    "CKV_AWS_2: checkov does not find it any more, but it is answered: it redirects",
  ]);
});

/** What checkov is there to find. */
function faulty(): void {
  const edge = new aws.lb.LoadBalancer("bad-edge", { subnets: ["subnet-1", "subnet-2"] });
  new aws.lb.Listener("bad-http", {
    loadBalancerArn: edge.arn,
    port: 80,
    protocol: "HTTP",
    defaultActions: [
      { type: "forward", targetGroupArn: "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/a/b" },
    ],
  });
  new aws.lb.Listener("bad-https", {
    loadBalancerArn: edge.arn,
    port: 443,
    protocol: "HTTPS",
    sslPolicy: "ELBSecurityPolicy-2016-08",
    certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/a",
    defaultActions: [
      { type: "forward", targetGroupArn: "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/a/b" },
    ],
  });
  new aws.ec2.SecurityGroup("open", {
    description: "open",
    ingress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }],
  });
  new aws.cloudwatch.LogGroup("logs", {});
  new aws.iam.RolePolicy("everything", {
    role: "role",
    policy: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
    }),
  });
  new aws.ecs.TaskDefinition("app", {
    family: "app",
    containerDefinitions: JSON.stringify([
      { name: "app", image: "app", essential: true, readonlyRootFilesystem: false },
    ]),
  });
  new aws.ecs.Service("app", {
    networkConfiguration: { subnets: ["subnet-1"], securityGroups: ["sg-1"], assignPublicIp: true },
  });
}

test("checkov reads a site, finds what it is there for, and nothing else that is not answered", async () => {
  const bin = await ensureAwsPythonTools();
  const site = await record(() => sampleSite({ apps: { sales: { route: "/sales" } } }));
  const bad = await record(faulty);
  // Both at once, because checkov starts longer than it reads one.
  const { failed, passed } = await checkovFindings(bin, terraformPlan(together([site, bad])));
  // Otherwise it would have read nothing.
  expect(passed).toBeGreaterThan(40);
  const isBad = ({ resource }: CheckovFinding): boolean =>
    terraformPlan(bad).resource_changes.some(({ address }) => address === resource);
  expect(
    unanswered(
      failed.filter((finding) => !isBad(finding)),
      sampleAnswers,
    ),
  ).toEqual([]);
  const found = failed.filter(isBad).map(({ check, resource }) => `${check} ${resource}`);
  expect(found).toEqual(
    expect.arrayContaining([
      "CKV_AWS_2 aws_lb_listener.bad-http",
      "CKV_AWS_103 aws_lb_listener.bad-https",
      "CKV_AWS_338 aws_cloudwatch_log_group.logs",
      "CKV_AWS_336 aws_ecs_task_definition.app",
      "CKV_AWS_333 aws_ecs_service.app",
      "CKV_AWS_131 aws_lb.bad-edge",
    ]),
  );
  expect(found.filter((one) => one.endsWith("aws_security_group.open")).length).toBeGreaterThan(0);
  expect(found.filter((one) => one.endsWith("aws_iam_role_policy.everything")).length).toBeGreaterThan(0);
}, 600_000);

test.each([
  ["aws:lb/targetGroup:TargetGroup", "aws_lb_target_group"],
  ["aws:alb/listenerRule:ListenerRule", "aws_lb_listener_rule"],
  ["aws:ec2/securityGroup:SecurityGroup", "aws_security_group"],
  ["aws:ec2/vpcEndpoint:VpcEndpoint", "aws_vpc_endpoint"],
  ["aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "aws_vpc_security_group_ingress_rule"],
  ["aws:cognito/userPoolClient:UserPoolClient", "aws_cognito_user_pool_client"],
  ["aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "aws_s3_bucket_public_access_block"],
])("%s is %s in Terraform", (token, name) => {
  expect(terraformType(token)).toBe(name);
});

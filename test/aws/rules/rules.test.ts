import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { record } from "../recorder";
import { oldTls } from "../samples/published";
import { sampleHost, sampleSite } from "../samples/site";
import { ruleFaults, type RuleOptions } from ".";

const faults = async (program: () => unknown, options?: RuleOptions): Promise<string[]> =>
  ruleFaults(await record(program), options);

test("a site without faults has none, whatever signs in", async () => {
  for (const signIn of ["cognito", "oidc"] as const) {
    const apps = { sales: { route: "/sales" }, ops: { route: "/ops", egress: true } };
    const hosts = signIn === "cognito" ? [sampleHost] : [];
    expect(await faults(() => sampleSite({ apps, signIn, bearer: true }), { hosts })).toEqual([]);
  }
});

const zones = (): [aws.ec2.Subnet, aws.ec2.Subnet] => {
  const subnet = (zone: string) =>
    new aws.ec2.Subnet(zone, { vpcId: "vpc-1", availabilityZone: zone, cidrBlock: "10.0.0.0/24" });
  return [subnet("us-east-1a"), subnet("us-east-1b")];
};

const listener = (more: Partial<aws.lb.ListenerArgs>) =>
  new aws.lb.Listener("https", {
    loadBalancerArn: "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/b",
    port: 443,
    protocol: "HTTPS",
    sslPolicy: "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
    defaultActions: [
      { type: "fixed-response", fixedResponse: { contentType: "text/plain", statusCode: "404" } },
    ],
    ...more,
  });

const trust = (Principal: unknown) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal }],
  });

const policy = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });

describe("finds", () => {
  test.each<[string, () => void, string[]]>([
    [
      "a target group with too long a name",
      () => void new aws.lb.TargetGroup("app", { name: "analytics-production-sales-and-more", port: 80 }),
      ['TargetGroup "app": its name "analytics-production-sales-and-more" is longer than 32 characters'],
    ],
    [
      "a made-up name that is too long",
      () => void new aws.lb.TargetGroup("analytics-production-sales", { port: 80 }),
      [
        expect.stringMatching(
          /^TargetGroup "analytics-production-sales": its name .* longer than 32/,
        ) as string,
      ],
    ],
    [
      "a name with a dot",
      () => void new aws.lb.TargetGroup("app", { name: "sales.app", port: 80 }),
      ['TargetGroup "app": its name "sales.app" has more than letters, digits and inner hyphens'],
    ],
    [
      "a port that is none",
      () => void new aws.lb.TargetGroup("app", { port: 70000, healthCheck: { port: "traffic-port" } }),
      ['TargetGroup "app": port is 70000, which is no port'],
    ],
    [
      "a port that is none in the text of a task",
      () =>
        void new aws.ecs.TaskDefinition("app", {
          family: "app",
          containerDefinitions: JSON.stringify([{ name: "app", portMappings: [{ containerPort: 0 }] }]),
        }),
      ['TaskDefinition "app": containerDefinitions[0].portMappings[0].containerPort is 0, which is no port'],
    ],
    [
      "an invented TLS policy",
      () => void listener({ sslPolicy: "ELBSecurityPolicy-TLS14-2030-01" }),
      ['Listener "https": AWS has no TLS policy ELBSecurityPolicy-TLS14-2030-01'],
    ],
    [
      "TLS without forward secrecy",
      () => void listener({ sslPolicy: "ELBSecurityPolicy-TLS-1-2-2017-01" }),
      ['Listener "https": ELBSecurityPolicy-TLS-1-2-2017-01 has suites without forward secrecy'],
    ],
    [
      "a certificate of another region",
      () => void listener({ certificateArn: "arn:aws:acm:eu-west-1:123456789012:certificate/a" }),
      ['Listener "https": its certificate is of the region eu-west-1 instead of us-east-1'],
    ],
    [
      "a certificate of another region for Cognito's domain",
      () =>
        void new aws.cognito.UserPoolDomain("site", {
          domain: "auth.example.com",
          userPoolId: "us-east-1_a",
          certificateArn: "arn:aws:acm:eu-west-1:123456789012:certificate/a",
        }),
      ['UserPoolDomain "site": its certificate is of the region eu-west-1 instead of us-east-1'],
    ],
    [
      "more values in a rule than AWS takes",
      () =>
        void new aws.lb.ListenerRule("many", {
          listenerArn: listener({}).arn,
          priority: 1,
          conditions: [{ pathPattern: { values: ["/a*", "/b*", "/c*", "/d*", "/e*", "/f*"] } }],
          actions: [
            { type: "fixed-response", fixedResponse: { contentType: "text/plain", statusCode: "404" } },
          ],
        }),
      ['ListenerRule "many": 6 values, and AWS takes 5', 'ListenerRule "many": 6 wildcards, and AWS takes 5'],
    ],
    [
      "rights without a reason",
      () =>
        void new aws.iam.RolePolicy("app", {
          role: "app",
          policy: policy(
            { Effect: "Allow", Action: "s3:*", Resource: "arn:aws:s3:::a" },
            { Effect: "Allow", Action: ["ecr:GetAuthorizationToken", "ecr:BatchGetImage"], Resource: "*" },
            { Effect: "Deny", Action: "*", Resource: "*" },
            { Effect: "Allow", NotAction: "iam:*", Resource: "arn:aws:s3:::a" },
          ),
        }),
      [
        'policy "app": it allows the actions s3:*',
        'policy "app": it allows ecr:BatchGetImage on *',
        'policy "app": it allows all but something (NotAction, NotResource)',
      ],
    ],
    [
      "a role for everybody",
      () => void new aws.iam.Role("open", { assumeRolePolicy: trust({ AWS: "*" }) }),
      ['role "open": it can be assumed by others than services of AWS'],
    ],
    [
      "a task with rights",
      () => {
        const role = new aws.iam.Role("task", {
          assumeRolePolicy: trust({ Service: "ecs-tasks.amazonaws.com" }),
        });
        new aws.iam.RolePolicyAttachment("task", {
          role: role.name,
          policyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess",
        });
        new aws.ecs.TaskDefinition("app", {
          family: "app",
          taskRoleArn: role.arn,
          containerDefinitions: JSON.stringify([{ name: "app" }]),
        });
      },
      ['role "task": the role of a task has rights'],
    ],
    [
      "a secret in a variable of a task",
      () => {
        const password = pulumi.secret("correct horse");
        new aws.ecs.TaskDefinition("app", {
          family: "app",
          containerDefinitions: pulumi.jsonStringify([
            {
              name: "app",
              environment: [
                { name: "DB", value: password },
                { name: "API_TOKEN", value: "abc" },
                { name: "API_TOKEN_FILE", value: "/run/token" },
              ],
              command: ["run", pulumi.interpolate`--password=${password}`],
            },
          ]),
        });
        new aws.ssm.Parameter("other", { type: "SecureString", value: password });
      },
      [
        'TaskDefinition "app", container "app": the variable DB is a secret',
        'TaskDefinition "app", container "app": the variable API_TOKEN sounds like a secret',
        'TaskDefinition "app", container "app": its command has a secret',
      ],
    ],
    [
      "a callback that is missing or in plain HTTP",
      () =>
        void new aws.cognito.UserPoolClient("site", {
          userPoolId: "us-east-1_a",
          callbackUrls: ["http://apps.example.com/oauth2/idpresponse"],
        }),
      [
        'UserPoolClient "site": the callback http://apps.example.com/oauth2/idpresponse is not over TLS',
        'UserPoolClient "site": no callback for apps.example.com',
      ],
    ],
  ])("%s", async (_, program, expected) => {
    expect(await faults(program, { hosts: [sampleHost] })).toEqual(expected);
  });

  test("a secret in plain text, in a resource and in an output", async () => {
    const found = await faults(() => {
      new aws.ssm.Parameter("marked", { type: "SecureString", value: pulumi.secret("correct horse") });
      new aws.sns.Topic("shown", { displayName: "the correct horse" });
      return { password: "correct horse", marked: pulumi.secret("correct horse") };
    });
    expect(found).toEqual([
      'aws:sns/topic:Topic "shown": displayName has a secret in plain text',
      'the output "password" has a secret in plain text',
    ]);
  });

  test("the TLS policy that a listener has when nobody chose one", async () => {
    expect(await faults(oldTls)).toEqual(
      expect.arrayContaining(['Listener "https": ELBSecurityPolicy-2016-08 still speaks TLS 1.0']),
    );
  });

  test("what a service and its load balancer lack of each other", async () => {
    const found = await faults(() => {
      const [one] = zones();
      const group = new aws.lb.TargetGroup("app", { port: 8501, targetType: "instance" });
      const task = new aws.ecs.TaskDefinition("app", {
        family: "app",
        networkMode: "bridge",
        containerDefinitions: JSON.stringify([{ name: "app", portMappings: [{ containerPort: 80 }] }]),
      });
      new aws.ecs.Service("app", {
        taskDefinition: task.arn,
        networkConfiguration: { subnets: [one.id] },
        loadBalancers: [{ targetGroupArn: group.arn, containerName: "app", containerPort: 8501 }],
      });
      new aws.lb.LoadBalancer("edge", { subnets: [one.id, one.id] });
    });
    expect(found).toEqual([
      'Service "app": its tasks have not the network mode awsvpc',
      'Service "app": it is in fewer than two zones',
      'Service "app": its TargetGroup "app" does not take addresses',
      'Service "app": its container app has no port 8501',
      'LoadBalancer "edge": it is in fewer than two zones',
    ]);
  });
});

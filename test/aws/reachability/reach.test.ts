import * as aws from "@pulumi/aws";
import fc from "fast-check";
import { record } from "../recorder";
import { sampleSite, type SampleArgs } from "../samples/site";
import { hasPublicAddress, overlap } from "./addresses";
import { includes, intersection, merged, type Ports } from "./ports";
import { reachability, reachabilityViolations, type SiteNetwork } from "./rules";

const twoApps: SampleArgs["apps"] = { sales: { route: "/sales" }, ops: { route: "/ops" } };

/** @returns what is wrong with the sample after some more resources are in it */
async function violations(more: () => void, site?: SiteNetwork, apps = twoApps): Promise<string[]> {
  const graph = await record(() => {
    sampleSite({ apps });
    more();
  });
  return reachabilityViolations(graph, site);
}

const nothing = () => undefined;

describe("a site without faults", () => {
  test("lets nobody reach more than he has to", async () => {
    const graph = await record(() => sampleSite({ apps: twoApps }));
    expect(reachabilityViolations(graph)).toEqual([]);
    const endpoints = Object.fromEntries(
      ["ecr-api", "ecr-dkr", "logs", "secretsmanager"].map((name) => [name, ["tcp 443"]]),
    );
    const services = {
      "ecr.api": "interface endpoint",
      "ecr.dkr": "interface endpoint",
      logs: "interface endpoint",
      s3: "gateway endpoint",
      secretsmanager: "interface endpoint",
    };
    expect(reachability(graph)).toEqual({
      fromInternet: { edge: ["tcp 80", "tcp 443"] },
      toInternet: { edge: ["tcp 443"] },
      between: { edge: { sales: ["tcp 8501"], ops: ["tcp 8501"] }, sales: endpoints, ops: endpoints },
      services: { sales: services, ops: services },
    });
  });

  test("lets out the app that may, and no other", async () => {
    const apps = { ...twoApps, sales: { route: "/sales", egress: true } };
    expect(await violations(nothing, { egress: ["sales"] }, apps)).toEqual([]);
    expect(await violations(nothing, {}, apps)).toEqual([
      'service "sales" reaches load balancer "edge" on tcp 443',
      'service "sales" reaches the internet on tcp 443',
    ]);
    expect(await violations(nothing, { egress: ["sales", "ops"] }, apps)).toEqual([
      'service "ops" does not reach the internet on tcp 443',
    ]);
  });
});

/** The id of a resource of the sample, which follows from its name. */
async function idOf(name: string, type: string): Promise<string> {
  const { resources } = await record(() => sampleSite({ apps: twoApps }));
  const found = resources.find((resource) => resource.name === name && resource.type === type);
  if (found === undefined) throw new Error(`the sample has no ${type} "${name}"`);
  return found.id;
}

const groupId = (name: string) => idOf(name, "aws:ec2/securityGroup:SecurityGroup");
const tableId = (name: string) => idOf(name, "aws:ec2/routeTable:RouteTable");

describe("finds out", () => {
  const open = (group: string, direction: "ingress" | "egress", peer: object, from: number, to = from) =>
    new aws.ec2.SecurityGroupRule(`more-${direction}-${String(from)}`, {
      type: direction,
      securityGroupId: group,
      protocol: "tcp",
      fromPort: from,
      toPort: to,
      ...peer,
    });

  test("an app that another one reaches", async () => {
    const [sales, ops] = [await groupId("sales"), await groupId("ops")];
    const found = await violations(() => {
      open(sales, "egress", { sourceSecurityGroupId: ops }, 8501);
      open(ops, "ingress", { sourceSecurityGroupId: sales }, 8501);
    });
    expect(found).toEqual(['service "sales" reaches service "ops" on tcp 8501']);
  });

  test("an app that the whole VPC reaches", async () => {
    const ops = await groupId("ops");
    const found = await violations(() => {
      open(ops, "ingress", { cidrBlocks: ["10.0.0.0/8"] }, 8501);
      open(ops, "egress", { cidrBlocks: ["10.0.0.0/8"] }, 8501);
    });
    // The other app has no way to it by its own rules.
    expect(found).toEqual([]);
    const sales = await groupId("sales");
    const both = await violations(() => {
      open(ops, "ingress", { cidrBlocks: ["10.0.0.0/8"] }, 8501);
      open(sales, "egress", { cidrBlocks: ["10.20.0.0/16"] }, 8000, 9000);
    });
    expect(both).toEqual(['service "sales" reaches service "ops" on tcp 8501']);
  });

  test("another port of the load balancer that is open to the internet", async () => {
    const edge = await groupId("edge");
    expect(await violations(() => open(edge, "ingress", { cidrBlocks: ["0.0.0.0/0"] }, 8501))).toEqual([
      'the internet reaches load balancer "edge" on tcp 8501',
    ]);
  });

  test("a load balancer that does not reach its app, because either end lacks the rule", async () => {
    const apps = { sales: { route: "/sales" } };
    for (const kind of ["Egress", "Ingress"]) {
      const graph = await record(() => sampleSite({ apps }));
      const resources = graph.resources.filter(
        ({ name, type }) => name !== "sales-from-edge" || !type.includes(kind),
      );
      expect(reachabilityViolations({ ...graph, resources })).toEqual([
        'load balancer "edge" does not reach service "sales" on tcp 8501',
      ]);
    }
  });

  test("a load balancer that does not reach its identity provider", async () => {
    const graph = await record(() => sampleSite({ apps: twoApps }));
    const resources = graph.resources.filter(({ name }) => name !== "edge-sign-in");
    expect(reachabilityViolations({ ...graph, resources })).toEqual([
      'load balancer "edge" does not reach its identity provider on tcp 443',
    ]);
  });

  test.each([
    ["s3", 'service "sales" does not reach s3: there is no endpoint for s3, and no way out'],
    ["logs", 'service "sales" does not reach logs: there is no endpoint for logs, and no way out'],
    [
      "sales-to-s3",
      'service "sales" does not reach s3: security groups do not let it reach the gateway endpoint of s3 on tcp 443',
    ],
    ["private-1", 'service "sales" does not reach s3: no route to the gateway endpoint of s3 from private-1'],
  ])("a task without its way to AWS when %s is missing", async (missing, fault) => {
    const graph = await record(() => sampleSite({ apps: { sales: { route: "/sales" } } }));
    const kinds = /VpcEndpoint$|EgressRule$|RouteTableAssociation$/;
    const resources = graph.resources.filter(({ name, type }) => name !== missing || !kinds.test(type));
    expect(resources).toHaveLength(graph.resources.length - 1);
    expect(reachabilityViolations({ ...graph, resources })).toEqual([fault]);
  });

  test("an endpoint whose name leads elsewhere", async () => {
    const graph = await record(() => sampleSite({ apps: { sales: { route: "/sales" } } }));
    const resources = graph.resources.map((resource) => {
      if (resource.type.endsWith(":Vpc"))
        return { ...resource, inputs: { ...resource.inputs, enableDnsHostnames: false } };
      return resource;
    });
    expect(reachabilityViolations({ ...graph, resources })).toContain(
      'service "sales" does not reach logs: the VPC of the endpoint "logs" has not both DNS support and DNS host names',
    );
  });

  test("a way out that a NAT gateway opens to all where the rules of one allow everything", async () => {
    const ops = await groupId("ops");
    const apps = { ...twoApps, sales: { route: "/sales", egress: true } };
    const found = await violations(
      () => open(ops, "egress", { cidrBlocks: ["0.0.0.0/0"] }, 0, 65535),
      { egress: ["sales"] },
      apps,
    );
    expect(found).toContain('service "ops" reaches the internet on tcp 0-65535');
  });

  test("a task with a public address, in reach where its subnet and its group are open", async () => {
    const program = (assignPublicIp: boolean, subnetOpen: boolean, groupOpen: boolean) => () => {
      const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" });
      const gateway = new aws.ec2.InternetGateway("gateway", { vpcId: vpc.id });
      const table = new aws.ec2.RouteTable("table", {
        vpcId: vpc.id,
        routes: subnetOpen ? [{ cidrBlock: "0.0.0.0/0", gatewayId: gateway.id }] : [],
      });
      const subnet = new aws.ec2.Subnet("subnet", { vpcId: vpc.id, cidrBlock: "10.0.0.0/24" });
      new aws.ec2.RouteTableAssociation("table", { subnetId: subnet.id, routeTableId: table.id });
      const group = new aws.ec2.SecurityGroup("group", {
        vpcId: vpc.id,
        ingress: groupOpen
          ? [{ protocol: "tcp", fromPort: 8501, toPort: 8501, cidrBlocks: ["0.0.0.0/0"] }]
          : [],
        egress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }],
      });
      const task = new aws.ecs.TaskDefinition("app", {
        family: "app",
        containerDefinitions: JSON.stringify([{ name: "app", image: "app" }]),
      });
      new aws.ecs.Service("app", {
        taskDefinition: task.arn,
        networkConfiguration: { subnets: [subnet.id], securityGroups: [group.id], assignPublicIp },
      });
    };
    for (const [address, subnet, group] of [
      [true, true, true],
      [false, true, true],
      [true, false, true],
      [true, true, false],
    ] as const) {
      const graph = await record(program(address, subnet, group));
      const { fromInternet, toInternet } = reachability(graph);
      expect(fromInternet).toEqual(address && subnet && group ? { app: ["tcp 8501"] } : {});
      expect(toInternet).toEqual(address && subnet ? { app: ["all"] } : {});
      if (address) expect(reachabilityViolations(graph)).toContain('service "app" has a public address');
    }
  });

  test("IPv6 ways out as well", async () => {
    const [sales, table] = [await groupId("sales"), await tableId("private")];
    const found = await violations(() => {
      open(sales, "egress", { ipv6CidrBlocks: ["::/0"] }, 443);
      new aws.ec2.Route("ipv6", {
        routeTableId: table,
        destinationIpv6CidrBlock: "::/0",
        egressOnlyGatewayId: "eigw-1",
      });
    });
    expect(found).toEqual(['service "sales" reaches the internet on tcp 443']);
  });
});

describe("refuses rather than overlooks", () => {
  const refused = (program: () => void) => record(program).then((graph) => () => reachability(graph));

  test("network ACLs, and what has security groups and is not known", async () => {
    expect(await refused(() => void new aws.ec2.NetworkAcl("acl", { vpcId: "vpc-1" }))).toThrow(
      'reachability does not know what aws:ec2/networkAcl:NetworkAcl "acl" does to the network',
    );
    expect(
      await refused(
        () =>
          void new aws.lambda.Function("fn", {
            role: "arn",
            vpcConfig: { subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] },
          }),
      ),
    ).toThrow("aws:lambda/function:Function");
  });

  test("a place without security groups, and one in an unknown subnet", async () => {
    const program = (groups: boolean) => () => {
      const subnet = new aws.ec2.Subnet("subnet", { vpcId: "vpc-1", cidrBlock: "10.0.0.0/24" });
      new aws.lb.LoadBalancer(
        "edge",
        groups ? { securityGroups: ["sg-1"], subnets: ["subnet-9"] } : { subnets: [subnet.id] },
      );
    };
    expect(await refused(program(false))).toThrow('load balancer "edge" names no security group');
    expect(await refused(program(true))).toThrow(
      'load balancer "edge" is in a subnet that is not in the graph: subnet-9',
    );
  });
});

describe("properties", () => {
  const port = fc.integer({ min: 0, max: 65535 });
  const range = fc
    .record({ protocol: fc.constantFrom("tcp", "udp"), ends: fc.tuple(port, port) })
    .map(({ protocol, ends: [a, b] }): Ports => ({ protocol, from: Math.min(a, b), to: Math.max(a, b) }));
  const ranges = fc.array(range, { maxLength: 6 });
  const probe = fc.record({ protocol: fc.constantFrom("tcp", "udp"), port });

  test("merging and intersecting ports keep what they mean", () => {
    fc.assert(
      fc.property(ranges, ranges, probe, (a, b, at) => {
        const has = (set: readonly Ports[]) => includes(set, at.protocol, at.port);
        expect(has(merged(a))).toBe(has(a));
        expect(has(intersection(a, b))).toBe(has(a) && has(b));
      }),
    );
  });

  const cidr = fc
    .tuple(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 0, max: 32 }))
    .map(
      ([address, length]) =>
        `${[24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".")}/${String(length)}`,
    );

  test("ranges overlap if and only if one of them holds the other's first address", () => {
    const numbers = (text: string): [number, number] => {
      const [address = "", length = ""] = text.split("/");
      const value = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
      const size = 2 ** (32 - Number(length));
      const first = Math.floor(value / size) * size;
      return [first, first + size];
    };
    fc.assert(
      fc.property(cidr, cidr, (a, b) => {
        const [[first, end], [otherFirst, otherEnd]] = [numbers(a), numbers(b)];
        expect(overlap(a, b)).toBe(
          (otherFirst >= first && otherFirst < end) || (first >= otherFirst && first < otherEnd),
        );
        expect(overlap(a, b)).toBe(overlap(b, a));
      }),
    );
  });

  test("private networks and their parts have no public address, everything wider has", () => {
    expect(
      ["10.0.0.0/8", "10.20.0.0/16", "192.168.1.0/24", "172.31.0.0/16", "fd00::/8"].some(hasPublicAddress),
    ).toBe(false);
    expect(
      ["0.0.0.0/0", "10.0.0.0/7", "8.8.8.8/32", "172.32.0.0/16", "::/0", "2001:db8::/32"].every(
        hasPublicAddress,
      ),
    ).toBe(true);
  });

  /** A rule between two groups, or a group and a range, in each of the spellings. */
  test("the spelling of a rule makes no difference", async () => {
    const rule = fc.record({
      direction: fc.constantFrom("ingress" as const, "egress" as const),
      owner: fc.constantFrom("a", "b"),
      ports: range,
      peer: fc.constantFrom("a", "b", "10.0.0.0/8", "10.1.0.0/24", "0.0.0.0/0"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(rule, { minLength: 1, maxLength: 5 }), async (rules) => {
        const spelled = async (spelling: "inline" | "rule" | "vpc") => {
          const graph = await record(() => {
            const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.1.0.0/16" });
            const gateway = new aws.ec2.InternetGateway("gateway", { vpcId: vpc.id });
            const table = new aws.ec2.RouteTable("table", { vpcId: vpc.id });
            new aws.ec2.Route("out", {
              routeTableId: table.id,
              destinationCidrBlock: "0.0.0.0/0",
              gatewayId: gateway.id,
            });
            const subnet = new aws.ec2.Subnet("subnet", { vpcId: vpc.id, cidrBlock: "10.1.0.0/24" });
            new aws.ec2.RouteTableAssociation("table", { subnetId: subnet.id, routeTableId: table.id });
            // Inline, a group cannot name one that comes later: there the names are those of ids that are known beforehand.
            const inline = (owner: string, direction: string) =>
              spelling !== "inline"
                ? {}
                : {
                    [direction]: rules
                      .filter((one) => one.owner === owner && one.direction === direction)
                      .map(({ ports, peer }) => ({
                        protocol: ports.protocol,
                        fromPort: ports.from,
                        toPort: ports.to,
                        ...(peer === owner && { self: true }),
                        ...(peer.includes("/") && { cidrBlocks: [peer] }),
                        ...(peer.length === 1 && peer !== owner && { securityGroups: [ids.get(peer) ?? ""] }),
                      })),
                  };
            const groups = new Map(
              ["a", "b"].map((name) => [
                name,
                new aws.ec2.SecurityGroup(name, {
                  vpcId: vpc.id,
                  ...inline(name, "ingress"),
                  ...inline(name, "egress"),
                }),
              ]),
            );
            rules.forEach(({ direction, owner, ports, peer }, index) => {
              const securityGroupId = groups.get(owner)?.id ?? "";
              const other = groups.get(peer)?.id;
              const name = `rule-${String(index)}`;
              const numbers = { fromPort: ports.from, toPort: ports.to };
              if (spelling === "rule") {
                new aws.ec2.SecurityGroupRule(name, {
                  type: direction,
                  securityGroupId,
                  protocol: ports.protocol,
                  ...numbers,
                  ...(other === undefined ? { cidrBlocks: [peer] } : { sourceSecurityGroupId: other }),
                });
              }
              if (spelling === "vpc") {
                const Rule =
                  direction === "ingress"
                    ? aws.vpc.SecurityGroupIngressRule
                    : aws.vpc.SecurityGroupEgressRule;
                new Rule(name, {
                  securityGroupId,
                  ipProtocol: ports.protocol,
                  ...numbers,
                  ...(other === undefined ? { cidrIpv4: peer } : { referencedSecurityGroupId: other }),
                });
              }
            });
            for (const name of ["a", "b"]) {
              const securityGroups = [groups.get(name)?.id ?? ""];
              new aws.lb.LoadBalancer(`${name}-place`, { securityGroups, subnets: [subnet.id] });
            }
          });
          return reachability(graph);
        };
        const [inline, older, newer] = [await spelled("inline"), await spelled("rule"), await spelled("vpc")];
        expect(older).toEqual(newer);
        expect(inline).toEqual(newer);
      }),
      { numRuns: 15 },
    );
  });

  const ids = new Map<string, string>();
  beforeAll(async () => {
    const { resources } = await record(() => {
      for (const name of ["a", "b"]) new aws.ec2.SecurityGroup(name, {});
    });
    for (const { name, id } of resources) ids.set(name, id);
  });
});

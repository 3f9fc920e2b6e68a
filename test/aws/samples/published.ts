/**
 * The faults of samples that people copy, each rebuilt as the smallest set of rules that has it. No line of theirs is here.
 *
 * @see the section "Peers" of what is known: the samples leave the load balancer open, speak plain HTTP behind CloudFront, allow TLS 1.0,
 *   have no sign-in, or send the websocket to the sign-in page
 */
import * as aws from "@pulumi/aws";
import { sampleHost } from "./site";

function balancer(): aws.lb.LoadBalancer {
  return new aws.lb.LoadBalancer("edge", { subnets: ["subnet-1", "subnet-2"], securityGroups: ["sg-1"] });
}

function targets(): aws.lb.TargetGroup {
  return new aws.lb.TargetGroup("app", { port: 8501, protocol: "HTTP", targetType: "ip", vpcId: "vpc-1" });
}

const certificateArn = "arn:aws:acm:us-east-1:123456789012:certificate/0";
const modern = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09";

const signIn = {
  type: "authenticate-cognito",
  authenticateCognito: { userPoolArn: "arn", userPoolClientId: "client", userPoolDomain: "domain" },
};

function redirectHttp(edge: aws.lb.LoadBalancer): void {
  new aws.lb.Listener("http", {
    loadBalancerArn: edge.arn,
    port: 80,
    protocol: "HTTP",
    defaultActions: [
      { type: "redirect", redirect: { protocol: "HTTPS", port: "443", statusCode: "HTTP_301" } },
    ],
  });
}

/** The load balancer hands everything on, in plain HTTP. */
export function openBalancer(): void {
  const edge = balancer();
  new aws.lb.Listener("http", {
    loadBalancerArn: edge.arn,
    port: 80,
    protocol: "HTTP",
    defaultActions: [{ type: "forward", targetGroupArn: targets().arn }],
  });
}

/** CloudFront speaks plain HTTP with the load balancer, and is known by a header that anybody could send who has seen it. */
export function plainBehindCdn(): void {
  const edge = balancer();
  const http = new aws.lb.Listener("http", {
    loadBalancerArn: edge.arn,
    port: 80,
    protocol: "HTTP",
    defaultActions: [
      { type: "fixed-response", fixedResponse: { contentType: "text/plain", statusCode: "403" } },
    ],
  });
  new aws.lb.ListenerRule("from-cdn", {
    listenerArn: http.arn,
    priority: 1,
    conditions: [{ httpHeader: { httpHeaderName: "X-Custom-Header", values: ["known"] } }],
    actions: [{ type: "forward", targetGroupArn: targets().arn }],
  });
}

/** Nobody chose a TLS policy. */
export function oldTls(): void {
  const edge = balancer();
  redirectHttp(edge);
  const https = new aws.lb.Listener("https", {
    loadBalancerArn: edge.arn,
    port: 443,
    protocol: "HTTPS",
    certificateArn,
    defaultActions: [
      { type: "fixed-response", fixedResponse: { contentType: "text/plain", statusCode: "404" } },
    ],
  });
  signInRules(https, targets());
}

/** TLS as it should be, and nobody is asked who he is. */
export function noSignIn(): void {
  const edge = balancer();
  redirectHttp(edge);
  new aws.lb.Listener("https", {
    loadBalancerArn: edge.arn,
    port: 443,
    protocol: "HTTPS",
    sslPolicy: modern,
    certificateArn,
    defaultActions: [{ type: "forward", targetGroupArn: targets().arn }],
  });
}

/** One rule signs everybody in, and everything else, too. */
export function websocketRedirected(): void {
  const edge = balancer();
  redirectHttp(edge);
  new aws.lb.Listener("https", {
    loadBalancerArn: edge.arn,
    port: 443,
    protocol: "HTTPS",
    sslPolicy: modern,
    certificateArn,
    defaultActions: [
      { ...signIn, order: 1 },
      { type: "forward", targetGroupArn: targets().arn, order: 2 },
    ],
  });
}

function signInRules(https: aws.lb.Listener, group: aws.lb.TargetGroup): void {
  const forward = { type: "forward", targetGroupArn: group.arn };
  const host = { hostHeader: { values: [sampleHost] } };
  const rules = [
    { paths: ["/_stcore/metrics"], actions: [notFound] },
    {
      paths: ["/_stcore/*"],
      actions: [
        {
          ...signIn,
          authenticateCognito: { ...signIn.authenticateCognito, onUnauthenticatedRequest: "deny" },
        },
        forward,
      ],
    },
    { paths: ["/*"], actions: [signIn, forward] },
  ];
  rules.forEach(({ paths, actions }, index) => {
    new aws.lb.ListenerRule(`rule-${String(index)}`, {
      listenerArn: https.arn,
      priority: index + 1,
      conditions: [host, { pathPattern: { values: paths } }],
      actions: actions.map((action, order) => ({ ...action, order: order + 1 })),
    });
  });
}

const notFound = {
  type: "fixed-response",
  fixedResponse: { contentType: "text/plain", statusCode: "404" },
};

/** What there is to say of the messages with which the provider or the API server refuses something. */
import type { StackName } from "../target";

/** What a message is about, and what to say of it besides; a line each. */
const known: [RegExp, (found: RegExpExecArray, stack: StackName) => string[]][] = [
  [
    /User "([^"]*)" cannot (\w+) resource "([^"]*)"(?: in API group "([^"]*)")?(?: in the namespace "([^"]*)"| at the cluster scope)?/,
    ([, user = "", verb = "", resource = "", group = "", namespace], { stack }) => {
      const what = group === "" ? resource : `${resource}.${group}`;
      return [
        `the kubeconfig's user ${user} lacks the right to ${verb} ${what} ${namespace === undefined ? "of the cluster" : `in the namespace ${namespace}`}`,
        resource === "namespaces" && verb !== "list"
          ? `who may not make namespaces names one that is there: namespace.existing in stacks/Pulumi.${stack}.yaml`
          : "docs/kubernetes.md has the Role with all that a stack needs",
      ];
    },
  ],
  [
    /exceeded quota: ([^,]+), requested: ([^,]+(?:,[^,:=]+=[^,]+)*), used: (.*?), limited: ([^\n]*)/,
    ([, quota = "", requested = "", used = "", limited = ""]) => [
      `the ResourceQuota ${quota} of the namespace has no room for it: ${requested} is asked for, ${used} of ${limited} is taken`,
    ],
  ],
  [
    /conflicts? with "([^"]+)"(?: (?:using|with subresource)[^:]*)?:\s*([^\n]*(?:\n- [^\n]*)*)/,
    ([, manager = "", fields = ""], { stack }) => [
      `${fieldList(fields)} was set by another field manager, ${manager}: by hand, or by another tool`,
      `undo it there, or take it over: PULUMI_K8S_ENABLE_PATCH_FORCE=true npm run up -- --stack ${stack}`,
    ],
  ],
  [
    /(\S+): Invalid value: .*?: field is immutable|(updates to \S+ spec for fields other than [^\n]*are forbidden)/,
    ([, field, rule], { stack }) => [
      `${field ?? rule ?? ""} cannot be changed where it is: remove the object, then npm run up -- --stack ${stack} --refresh makes it anew`,
    ],
  ],
  [
    /no configuration has been provided|unable to load Kubernetes client configuration|configured Kubernetes cluster is unreachable: .*?(?:kubeconfig|invalid configuration)/i,
    () => [
      "there is no kubeconfig: set KUBECONFIG, kubernetes:kubeconfig in the stack's file, or put one at ~/.kube/config",
    ],
  ],
  [
    /context "([^"]+)" does not exist|context was not found for specified context: (\S+)/,
    ([, one, other]) => [
      `the kubeconfig has no context ${one ?? other ?? ""}: see kubernetes:context in the stack's file`,
    ],
  ],
  [
    /ECONNREFUSED|connection refused|i\/o timeout|no route to host|no such host|ENOTFOUND|EHOSTUNREACH|ETIMEDOUT|TLS handshake timeout/,
    (_found, { stack }) => [
      `the API server does not answer; npm run status -- --stack ${stack} asks it again`,
    ],
  ],
  [
    /x509: [^\n]*|unable to verify the first certificate|self[- ]signed certificate/,
    ([found]) => [
      `the API server's certificate is not accepted (${found}): see certificate-authority-data in the kubeconfig`,
    ],
  ],
  [
    /\bUnauthorized\b|the server has asked for the client to provide credentials/,
    () => ["the API server does not accept the kubeconfig's user: a token or certificate may have ended"],
  ],
  [
    /no matches for kind "?([\w.]+)"? in version "?([\w./-]+?)"?(?:\s|$|:)/,
    ([, kind = "", version = ""]) => [
      `the cluster does not know ${kind} of ${version}${providerOf(version)}`,
    ],
  ],
  [
    /namespaces "([^"]+)" not found/,
    ([, namespace = ""]) => [
      `there is no namespace ${namespace}: namespace.existing names one that is there; without it one is made`,
    ],
  ],
  [
    /because it is being terminated|namespace (\S+) is being terminated/,
    () => ["the namespace is just being removed: try again when it has gone"],
  ],
  [
    /nodePort: Invalid value: (\d+): provided port is already allocated/,
    ([, port = ""], { stack }) => [
      `another Service of the cluster has the node port ${port}: kubectl get services --all-namespaces shows which`,
      `\`expose.nodePort\` and \`ports\` in stacks/Pulumi.${stack}.yaml set others`,
    ],
  ],
  [
    /provided port is not in the valid range\. The range of valid ports is ([\d-]+)/,
    ([, range = ""]) => [`the cluster gives node ports from ${range} only`],
  ],
  [
    /violates PodSecurity "([^"]+)"/,
    ([, level = ""]) => [`the namespace's Pod Security level (${level}) does not let the pods in`],
  ],
  [
    /denied the request: ([^\n]*)/,
    ([, reason = ""]) => [`a policy of the cluster (an admission webhook) refuses it: ${reason}`],
  ],
];

/** See `StackTarget.explainFault`. */
export function explainFault(stack: StackName, message: string): string[] {
  for (const [pattern, say] of known) {
    const found = pattern.exec(message);
    // What the message says itself needs no second line.
    if (found) return say(found, stack).filter((line) => !message.includes(line));
  }
  return [];
}

function fieldList(text: string): string {
  const fields = text
    .split(/\n- |,\s*(?=\.)/)
    .map((field) => field.replace(/^- /, "").trim())
    .filter((field) => field !== "");
  return fields.length === 0 ? "what it changes" : fields.join(", ");
}

/** Who brings an API that a cluster does not have of itself. */
function providerOf(version: string): string {
  if (version.startsWith("cert-manager.io/")) return ": install cert-manager, or choose another key of tls";
  if (version.startsWith("gateway.networking.k8s.io/"))
    return ": install the Gateway API and a controller for it, or choose another key of expose";
  return "";
}

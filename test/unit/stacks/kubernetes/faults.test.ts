import { explainFault } from "../../../../stacks/kubernetes/faults";

const stack = { project: "shop", stack: "prod" };

describe("what there is to say of a message", () => {
  it.each<[string, string, RegExp[]]>([
    [
      "a right that is missing",
      'networkpolicies.networking.k8s.io "site" is forbidden: User "jane" cannot create resource "networkpolicies" in API group "networking.k8s.io" in the namespace "shop-prod"',
      [
        /jane lacks the right to create networkpolicies\.networking\.k8s\.io in the namespace shop-prod/,
        /docs\/kubernetes\.md/,
      ],
    ],
    [
      "a right of the cluster that is missing",
      'namespaces is forbidden: User "system:serviceaccount:ci:deploy" cannot create resource "namespaces" in API group "" at the cluster scope',
      [
        /system:serviceaccount:ci:deploy lacks the right to create namespaces of the cluster/,
        /namespace\.existing/,
      ],
    ],
    [
      "a quota that is used up",
      'persistentvolumeclaims "site-redis" is forbidden: exceeded quota: small, requested: requests.storage=1Gi, used: requests.storage=0, limited: requests.storage=512Mi',
      [
        /ResourceQuota small .*requests\.storage=1Gi is asked for, requests\.storage=0 of requests\.storage=512Mi is taken/,
      ],
    ],
    [
      "a field of somebody else",
      'Apply failed with 1 conflict: conflict with "kubectl-edit" using apps/v1: .spec.template.spec.containers[name="app"].image',
      [
        /\.spec\.template\.spec\.containers\[name="app"\]\.image was set by another field manager, kubectl-edit/,
        /PULUMI_K8S_ENABLE_PATCH_FORCE=true npm run up -- --stack prod/,
      ],
    ],
    [
      "several fields of somebody else",
      'Apply failed with 2 conflicts: conflicts with "kubectl-edit" using apps/v1:\n- .spec.replicas\n- .spec.paused',
      [
        /^\.spec\.replicas, \.spec\.paused was set by another field manager, kubectl-edit/,
        /PATCH_FORCE=true/,
      ],
    ],
    [
      "what cannot be changed",
      'Deployment.apps "site-sales" is invalid: spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: field is immutable',
      [/^spec\.selector cannot be changed where it is.*--stack prod --refresh/],
    ],
    [
      "what cannot be changed of a StatefulSet",
      "StatefulSet.apps \"site-redis\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals' are forbidden",
      [/cannot be changed where it is/],
    ],
    [
      "no kubeconfig",
      "invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable",
      [/there is no kubeconfig: set KUBECONFIG/],
    ],
    [
      "no answer",
      'Get "https://10.0.0.1:6443/api": dial tcp 10.0.0.1:6443: connect: connection refused',
      [/does not answer/],
    ],
    ["no answer to Node", "connect ECONNREFUSED 10.0.0.1:6443", [/does not answer/]],
    [
      "a certificate",
      "tls: failed to verify certificate: x509: certificate signed by unknown authority",
      [/is not accepted \(x509: certificate signed by unknown authority\)/],
    ],
    [
      "a token that has ended",
      "the server has asked for the client to provide credentials",
      [/may have ended/],
    ],
    [
      "no cert-manager",
      'no matches for kind "Certificate" in version "cert-manager.io/v1"',
      [/does not know Certificate of cert-manager\.io\/v1: install cert-manager/],
    ],
    [
      "no Gateway API",
      'no matches for kind "HTTPRoute" in version "gateway.networking.k8s.io/v1"',
      [/install the Gateway API/],
    ],
    ["no namespace", 'namespaces "reports" not found', [/there is no namespace reports/]],
    [
      "a namespace that goes",
      "object is being deleted: unable to create new content in namespace shop-prod because it is being terminated",
      [/try again when it has gone/],
    ],
    [
      "a port that is taken",
      'Service "site-gateway" is invalid: spec.ports[0].nodePort: Invalid value: 30443: provided port is already allocated',
      [/another Service of the cluster has the node port 30443/, /expose\.nodePort/],
    ],
    [
      "a port that is none",
      "spec.ports[0].nodePort: Invalid value: 443: provided port is not in the valid range. The range of valid ports is 30000-32767",
      [/node ports from 30000-32767 only/],
    ],
    [
      "a policy of the cluster",
      'admission webhook "validate.kyverno.svc" denied the request: images must be signed',
      [/admission webhook\) refuses it: images must be signed/],
    ],
  ])("%s", (_what, message, lines) => {
    const said = explainFault(stack, message);
    expect([said, said.length]).toEqual([said, lines.length]);
    lines.forEach((line, index) => expect(said[index]).toMatch(line));
  });

  it("is nothing of what is about something else", () => {
    expect(explainFault(stack, "executor failed running pip install")).toEqual([]);
  });
});

/** The objects that a cluster has before anybody uses it: its DNS server, metrics of pods, and volumes. */
import { readFileSync } from "node:fs";
import { authorityCertificate, credential } from "./credentials";
import { networks, type Layout } from "./layout";

/** A Kubernetes object, as `kubectl apply` takes it. */
export type Manifest = Readonly<Record<string, unknown>>;

const namespace = "kube-system";

/**
 * The objects, in the order in which they are applied.
 *
 * @param image that of `nodeImage`
 */
export function addons(layout: Layout, image: string): Manifest[] {
  return [...coredns(image), ...metricsServer(layout, image), ...volumes(image)];
}

function serviceAccount(name: string): Manifest {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } };
}

function clusterRole(name: string, account: string, rules: object[]): Manifest[] {
  return [
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name }, rules },
    bound("ClusterRole", name, account),
  ];
}

function bound(kind: string, role: string, account: string): Manifest {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: `${account}:${role}` },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name: role },
    subjects: [{ kind: "ServiceAccount", name: account, namespace }],
  };
}

function coredns(image: string): Manifest[] {
  const labels = { "k8s-app": "kube-dns" };
  const corefile = [
    ".:53 {",
    "  errors",
    "  health",
    "  ready",
    `  kubernetes ${networks.domain} in-addr.arpa ip6.arpa {`,
    "    pods insecure",
    // By default an answer counts for 5 s: a replica that is gone would be asked for as long.
    "    ttl 1",
    "  }",
    "  cache 1",
    "  loadbalance",
    "}",
    "",
  ].join("\n");
  return [
    serviceAccount("coredns"),
    ...clusterRole("system:coredns", "coredns", [
      {
        apiGroups: [""],
        resources: ["endpoints", "services", "pods", "namespaces"],
        verbs: ["list", "watch"],
      },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
    ]),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "coredns", namespace },
      data: { Corefile: corefile },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "coredns", namespace },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: "coredns",
            dnsPolicy: "Default",
            priorityClassName: "system-cluster-critical",
            containers: [
              {
                name: "coredns",
                image,
                command: ["/bin/coredns", "-conf", "/etc/coredns/Corefile"],
                ports: [
                  { name: "dns", containerPort: 53, protocol: "UDP" },
                  { name: "dns-tcp", containerPort: 53, protocol: "TCP" },
                ],
                readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 2 },
                livenessProbe: { httpGet: { path: "/health", port: 8080 }, periodSeconds: 10 },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
                },
                volumeMounts: [{ name: "settings", mountPath: "/etc/coredns" }],
              },
            ],
            volumes: [{ name: "settings", configMap: { name: "coredns" } }],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "kube-dns", namespace, labels },
      spec: {
        clusterIP: networks.dns,
        selector: labels,
        ports: [
          { name: "dns", port: 53, protocol: "UDP" },
          { name: "dns-tcp", port: 53, protocol: "TCP" },
        ],
      },
    },
  ];
}

function metricsServer(layout: Layout, image: string): Manifest[] {
  const name = "metrics-server";
  const labels = { "k8s-app": name };
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const file = (file: string): string => base64(readFileSync(credential(layout, file), "utf8"));
  const ca = authorityCertificate(layout);
  return [
    serviceAccount(name),
    ...clusterRole("system:metrics-server", name, [
      { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
      { apiGroups: [""], resources: ["pods", "nodes"], verbs: ["get", "list", "watch"] },
    ]),
    bound("ClusterRole", "system:auth-delegator", name),
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: "metrics-server-auth-reader", namespace },
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "Role",
        name: "extension-apiserver-authentication-reader",
      },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    },
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace },
      type: "kubernetes.io/tls",
      data: {
        "tls.crt": file("metrics-server.crt"),
        "tls.key": file("metrics-server.key"),
        "ca.crt": base64(ca),
      },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: name,
            priorityClassName: "system-cluster-critical",
            securityContext: { runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000 },
            containers: [
              {
                name,
                image,
                command: ["/bin/metrics-server"],
                args: [
                  "--secure-port=10250",
                  "--tls-cert-file=/etc/metrics-server/tls.crt",
                  "--tls-private-key-file=/etc/metrics-server/tls.key",
                  "--kubelet-certificate-authority=/etc/metrics-server/ca.crt",
                  "--kubelet-preferred-address-types=InternalIP",
                  "--metric-resolution=15s",
                ],
                ports: [{ name: "https", containerPort: 10250 }],
                readinessProbe: {
                  httpGet: { path: "/readyz", port: "https", scheme: "HTTPS" },
                  periodSeconds: 2,
                },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ["ALL"] },
                  seccompProfile: { type: "RuntimeDefault" },
                },
                volumeMounts: [{ name: "certificate", mountPath: "/etc/metrics-server", readOnly: true }],
              },
            ],
            volumes: [{ name: "certificate", secret: { secretName: name, defaultMode: 0o440 } }],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace, labels },
      spec: { selector: labels, ports: [{ name: "https", port: 443, targetPort: "https" }] },
    },
    {
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      metadata: { name: "v1beta1.metrics.k8s.io" },
      spec: {
        group: "metrics.k8s.io",
        version: "v1beta1",
        groupPriorityMinimum: 100,
        versionPriority: 100,
        caBundle: base64(ca),
        service: { name, namespace },
      },
    },
  ];
}

/** The class of volumes that a claim gets that names none: folders of the node. The daemon `local-path-provisioner` makes them. */
function volumes(image: string): Manifest[] {
  const name = "local-path-provisioner";
  const helper = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "helper" },
    spec: { containers: [{ name: "helper", image }] },
  };
  return [
    serviceAccount(name),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace },
      data: {
        setup: '#!/bin/sh\nset -eu\nmkdir -m 0777 -p "$VOL_DIR"\n',
        teardown: '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n',
        "helperPod.yaml": JSON.stringify(helper),
      },
    },
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: {
        name: "local-path",
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
      },
      provisioner: "rancher.io/local-path",
      volumeBindingMode: "WaitForFirstConsumer",
      reclaimPolicy: "Delete",
    },
  ];
}

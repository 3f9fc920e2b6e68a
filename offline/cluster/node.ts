/** The daemons of a cluster and the files by which they are configured. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { dump } from "js-yaml";
import { credential, kubeconfig } from "./credentials";
import { apiServerPort, inFolder, networks, registryHost, type Layout } from "./layout";
import { inNamespace } from "./network";
import type { Daemon } from "./processes";
import type { Programs } from "./programs";

/** The socket of the cluster's containerd. */
export function containerdSocket(layout: Layout): string {
  return inFolder(layout, "run", "containerd.sock");
}

/** The file of settings of containerd, by which its processes are told from others'. */
export function containerdSettings(layout: Layout): string {
  return inFolder(layout, "settings", "containerd.toml");
}

/**
 * The settings of containerd. `restrict_oom_score_adj` is for machines without CAP_SYS_RESOURCE, which refuse to
 * spare a process when memory runs out; the network namespaces of pods are under the cluster's folder, so that they go with it.
 */
export function containerdConfig(layout: Layout, pauseImage: string): string {
  const toml = (text: string): string => JSON.stringify(text);
  return `version = 2
root = ${toml(inFolder(layout, "containerd"))}
state = ${toml(inFolder(layout, "run", "containerd"))}

[grpc]
  address = ${toml(containerdSocket(layout))}

[plugins."io.containerd.internal.v1.opt"]
  path = ${toml(inFolder(layout, "containerd", "opt"))}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${toml(pauseImage)}
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = ${toml(inFolder(layout, "settings", "cni"))}

  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = ${toml(inFolder(layout, "settings", "registries"))}

  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
`;
}

/** Where containerd finds the images that Docker pushes to a port of this machine: from the cluster's network it is another host. */
export function registryConfig({ hostAddress, registryPort }: Layout): string {
  const server = `http://${hostAddress}:${String(registryPort)}`;
  return `server = "${server}"\n\n[host."${server}"]\n  capabilities = ["pull", "resolve"]\n`;
}

/**
 * The network of pods: each has an interface of its own on the node, which leads their packets on. On a bridge, those between two pods
 * would pass by the firewall that enforces network policies, unless the kernel was told otherwise (`bridge-nf-call-iptables`).
 */
export function cniConfig(layout: Layout): object {
  return {
    cniVersion: "0.4.0",
    name: "pods",
    plugins: [
      {
        type: "ptp",
        ipMasq: true,
        ipam: {
          type: "host-local",
          dataDir: inFolder(layout, "run", "ipam"),
          ranges: [[{ subnet: networks.pods }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  };
}

/** The settings of the kubelet: its images, logs and pods are the cluster's own, and it knows no other callers than the API server. */
export function kubeletConfig(layout: Layout): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: layout.nodeAddress,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: credential(layout, "ca.crt") },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: credential(layout, "kubelet-server.crt"),
    tlsPrivateKeyFile: credential(layout, "kubelet-server.key"),
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${layout.name}`,
    failCgroupV1: false,
    failSwapOn: false,
    clusterDNS: [networks.dns],
    clusterDomain: networks.domain,
    containerRuntimeEndpoint: `unix://${containerdSocket(layout)}`,
    // Empty: pods find names of the cluster only.
    resolvConf: inFolder(layout, "settings", "resolv.conf"),
    podLogsDir: inFolder(layout, "pod-logs"),
    healthzBindAddress: "127.0.0.1",
    enforceNodeAllocatable: ["pods"],
    // The disk is this machine's, which others fill, too.
    evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
    imageGCHighThresholdPercent: 100,
    maxPods: 110,
    // A new image and a new container start at once, also the fourth time.
    serializeImagePulls: false,
  };
}

/** The settings of kube-proxy. The limits of connections are the machine's. */
export function kubeProxyConfig(layout: Layout): object {
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    clientConnection: { kubeconfig: kubeconfig(layout, "kube-proxy") },
    clusterCIDR: networks.pods,
    hostnameOverride: layout.name,
    mode: "iptables",
    bindAddress: layout.nodeAddress,
    healthzBindAddress: "127.0.0.1:10256",
    metricsBindAddress: "127.0.0.1:10249",
    conntrack: { maxPerCore: 0 },
  };
}

/** The settings of local-path-provisioner: where the folders are, and how one is made and removed. */
export function provisionerConfig(layout: Layout): object {
  return {
    nodePathMap: [{ node: "DEFAULT_PATH_FOR_NON_LISTED_NODES", paths: [inFolder(layout, "volumes")] }],
  };
}

/** Write the settings of all daemons. */
export function writeSettings(layout: Layout, pauseImage: string): void {
  const write = (text: string, ...names: string[]): void => {
    const file = inFolder(layout, "settings", ...names);
    mkdirSync(dirname(file), { recursive: true });
    // kube-proxy ends itself when its file is written to.
    if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeFileSync(file, text);
  };
  write(containerdConfig(layout, pauseImage), "containerd.toml");
  write(registryConfig(layout), "registries", registryHost(layout), "hosts.toml");
  write(JSON.stringify(cniConfig(layout)), "cni", "10-pods.conflist");
  write(dump(kubeletConfig(layout)), "kubelet.yaml");
  write(dump(kubeProxyConfig(layout)), "kube-proxy.yaml");
  write(JSON.stringify(provisionerConfig(layout)), "provisioner.json");
  write("", "resolv.conf");
}

/** The daemons that are there before the API server answers. */
export function foundation(layout: Layout, programs: Programs): Daemon[] {
  return inTheNamespace(layout, [
    {
      name: "etcd",
      command: [
        "etcd",
        `--data-dir=${inFolder(layout, "etcd")}`,
        "--listen-client-urls=http://127.0.0.1:2379",
        "--advertise-client-urls=http://127.0.0.1:2379",
        "--listen-peer-urls=http://127.0.0.1:2380",
        "--initial-advertise-peer-urls=http://127.0.0.1:2380",
        "--initial-cluster=default=http://127.0.0.1:2380",
        "--log-level=warn",
        // A machine that fails takes the cluster with it, which is made anew.
        "--unsafe-no-fsync",
      ],
    },
    { name: "containerd", command: ["containerd", `--config=${containerdSettings(layout)}`] },
    { name: "kube-apiserver", command: apiServer(layout, programs) },
  ]);
}

function apiServer(layout: Layout, { kubeApiserver }: Programs): string[] {
  const file = (name: string): string => credential(layout, name);
  return [
    kubeApiserver,
    "--etcd-servers=http://127.0.0.1:2379",
    // Debian's etcd cannot say how large a range is.
    "--feature-gates=SizeBasedListCostEstimate=false",
    `--bind-address=${layout.nodeAddress}`,
    `--advertise-address=${layout.nodeAddress}`,
    `--secure-port=${String(apiServerPort)}`,
    `--service-cluster-ip-range=${networks.services}`,
    `--service-node-port-range=${networks.nodePorts}`,
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    "--anonymous-auth=false",
    `--client-ca-file=${file("ca.crt")}`,
    `--tls-cert-file=${file("kube-apiserver.crt")}`,
    `--tls-private-key-file=${file("kube-apiserver.key")}`,
    `--kubelet-client-certificate=${file("kube-apiserver-kubelet-client.crt")}`,
    `--kubelet-client-key=${file("kube-apiserver-kubelet-client.key")}`,
    `--kubelet-certificate-authority=${file("ca.crt")}`,
    "--kubelet-preferred-address-types=InternalIP",
    `--service-account-key-file=${file("service-accounts.pub")}`,
    `--service-account-signing-key-file=${file("service-accounts.key")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--requestheader-client-ca-file=${file("front-proxy-ca.crt")}`,
    "--requestheader-allowed-names=front-proxy-client",
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-username-headers=X-Remote-User",
    `--proxy-client-cert-file=${file("front-proxy-client.crt")}`,
    `--proxy-client-key-file=${file("front-proxy-client.key")}`,
    "--allow-privileged=false",
  ];
}

/** The daemons that work for the API server. */
export function workers(layout: Layout, programs: Programs): Daemon[] {
  const file = (name: string): string => credential(layout, name);
  const settings = (name: string): string => inFolder(layout, "settings", name);
  return inTheNamespace(layout, [
    {
      name: "kube-controller-manager",
      command: [
        programs.kubeControllerManager,
        `--kubeconfig=${kubeconfig(layout, "kube-controller-manager")}`,
        `--service-account-private-key-file=${file("service-accounts.key")}`,
        `--root-ca-file=${file("ca.crt")}`,
        "--use-service-account-credentials=true",
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        `--cluster-cidr=${networks.pods}`,
        `--service-cluster-ip-range=${networks.services}`,
        // Tests of scaling wait for it: by default it waits five minutes before it takes a replica away.
        "--horizontal-pod-autoscaler-downscale-stabilization=30s",
      ],
    },
    {
      name: "kube-scheduler",
      command: [
        programs.kubeScheduler,
        `--kubeconfig=${kubeconfig(layout, "kube-scheduler")}`,
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
      ],
    },
    {
      name: "kubelet",
      command: [
        programs.kubelet,
        `--config=${settings("kubelet.yaml")}`,
        `--kubeconfig=${kubeconfig(layout, "kubelet")}`,
        `--hostname-override=${layout.name}`,
        `--node-ip=${layout.nodeAddress}`,
        `--root-dir=${inFolder(layout, "kubelet")}`,
        `--cert-dir=${inFolder(layout, "kubelet", "pki")}`,
      ],
    },
    { name: "kube-proxy", command: [programs.kubeProxy, `--config=${settings("kube-proxy.yaml")}`] },
  ]);
}

/**
 * The daemons that end when the node, or what the addons have for them, is not there: kube-router, which enforces network policies, and
 * local-path-provisioner, which gives claims of volumes folders of the node.
 *
 * @param image in which a folder is made and removed
 */
export function addonDaemons(layout: Layout, programs: Programs, image: string): Daemon[] {
  return inTheNamespace(layout, [
    {
      name: "kube-router",
      command: [
        programs.kubeRouter,
        `--kubeconfig=${kubeconfig(layout, "kube-router")}`,
        "--run-firewall=true",
        "--run-router=false",
        "--run-service-proxy=false",
        "--run-loadbalancer=false",
        `--hostname-override=${layout.name}`,
        `--service-cluster-ip-range=${networks.services}`,
        `--service-node-port-range=${networks.nodePorts.replace("-", ":")}`,
        "--iptables-sync-period=30s",
        "--health-port=0",
        "--metrics-port=0",
      ],
    },
    {
      name: "local-path-provisioner",
      command: [
        programs.localPathProvisioner,
        "start",
        `--kubeconfig=${kubeconfig(layout, "local-path-provisioner")}`,
        `--config=${inFolder(layout, "settings", "provisioner.json")}`,
        "--provisioner-name=rancher.io/local-path",
        "--namespace=kube-system",
        "--configmap-name=local-path-provisioner",
        "--service-account-name=local-path-provisioner",
        `--helper-image=${image}`,
      ],
    },
  ]);
}

function inTheNamespace(layout: Layout, daemons: Daemon[]): Daemon[] {
  return daemons.map(({ name, command }) => ({ name, command: inNamespace(layout, command) }));
}

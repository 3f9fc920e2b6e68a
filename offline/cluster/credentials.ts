/** The files by which the parts of a cluster know each other: certificates, keys and kubeconfigs. */
import { createPrivateKey, createPublicKey } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump } from "js-yaml";
import { Authority, newKey, type KeyPair } from "./certificates";
import { apiServerPort, inFolder, networks, type Layout } from "./layout";

/** Who has a kubeconfig, and as whom the API server knows them. */
const clients = {
  admin: { commonName: "admin", organization: "system:masters" },
  "kube-controller-manager": { commonName: "system:kube-controller-manager" },
  "kube-scheduler": { commonName: "system:kube-scheduler" },
  "kube-proxy": { commonName: "system:kube-proxy" },
  "kube-router": { commonName: "kube-router", organization: "system:masters" },
  "local-path-provisioner": { commonName: "local-path-provisioner", organization: "system:masters" },
} as const;

/** Has a kubeconfig. */
export type Client = keyof typeof clients | "kubelet";

/** The path of a file of the credentials. */
export function credential(layout: Layout, name: string): string {
  return inFolder(layout, "credentials", name);
}

/** The path of a client's kubeconfig. */
export function kubeconfig(layout: Layout, client: Client): string {
  return credential(layout, `${client}.kubeconfig`);
}

/** Make the credentials of a cluster, unless they are there. */
export function makeCredentials(layout: Layout): void {
  const folder = inFolder(layout, "credentials");
  const complete = join(folder, "complete");
  if (existsSync(complete)) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const write = (name: string, text: string): void => {
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    chmodSync(file, 0o600);
  };
  const writePair = (name: string, { certificate, privateKey }: KeyPair): void => {
    write(`${name}.crt`, certificate);
    write(`${name}.key`, privateKey);
  };

  const authority = Authority.create("streamlit-site cluster");
  writePair("ca", authority.pair);
  // Whoever it signs for may say, as a front proxy, who a caller is: an authority that signs for nobody else.
  const frontProxy = Authority.create("streamlit-site cluster front proxy");
  writePair("front-proxy-ca", frontProxy.pair);
  writePair("front-proxy-client", frontProxy.client({ commonName: "front-proxy-client" }));

  const service = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"];
  writePair(
    "kube-apiserver",
    authority.server("kube-apiserver", {
      dnsNames: ["localhost", ...service, `kubernetes.default.svc.${networks.domain}`],
      ipAddresses: ["127.0.0.1", layout.nodeAddress, networks.apiServer],
    }),
  );
  writePair(
    "kubelet-server",
    authority.server(layout.name, {
      dnsNames: [layout.name],
      ipAddresses: ["127.0.0.1", layout.nodeAddress],
    }),
  );
  writePair(
    "metrics-server",
    authority.server("metrics-server", { dnsNames: ["metrics-server.kube-system.svc"] }),
  );
  writePair(
    "kube-apiserver-kubelet-client",
    authority.client({ commonName: "kube-apiserver-kubelet-client", organization: "system:masters" }),
  );
  // Tokens of service accounts.
  const serviceAccounts = newKey();
  write("service-accounts.key", serviceAccounts);
  write(
    "service-accounts.pub",
    createPublicKey(createPrivateKey(serviceAccounts)).export({ type: "spki", format: "pem" }).toString(),
  );

  const node = { commonName: `system:node:${layout.name}`, organization: "system:nodes" };
  for (const [name, subject] of Object.entries({ ...clients, kubelet: node }))
    write(
      `${name}.kubeconfig`,
      kubeconfigText(layout, name, authority.pair.certificate, authority.client(subject)),
    );
  writeFileSync(complete, "");
}

/** The certificate of the cluster's authority, PEM. */
export function authorityCertificate(layout: Layout): string {
  return readFileSync(credential(layout, "ca.crt"), "utf8");
}

function kubeconfigText(layout: Layout, user: string, ca: string, pair: KeyPair): string {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  return dump({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: layout.name,
        cluster: {
          server: `https://${layout.nodeAddress}:${String(apiServerPort)}`,
          "certificate-authority-data": base64(ca),
        },
      },
    ],
    users: [
      {
        name: user,
        user: {
          "client-certificate-data": base64(pair.certificate),
          "client-key-data": base64(pair.privateKey),
        },
      },
    ],
    contexts: [{ name: layout.name, context: { cluster: layout.name, user } }],
    "current-context": layout.name,
  });
}

/** A site whose certificate cert-manager makes and renews: nobody who is connected notices. `certificate-issuer.ts` plays cert-manager. */
import { X509Certificate } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import { CertificateIssuer } from "../../kubernetes/certificate-issuer";
import { ensureTestCluster } from "../../kubernetes/cluster";
import { certManager, define, undefine } from "../../kubernetes/custom-resources";
import { basicCredentials, givenPasswords } from "../sign-ins/basic";
import { host, ports, probe } from "../support/apps";
import { SiteClient } from "../support/client";
import { StreamlitSession } from "../support/streamlit";
import { connection, Pods } from "./pods";
import { KubernetesTarget } from "./target";

jest.setTimeout(300_000);

const user = "alice";

/** Prints the certificate that an address has for the site. */
const certificateCode = `
import socket, ssl, sys
context = ssl._create_unverified_context()
with context.wrap_socket(socket.create_connection((sys.argv[1], 8443)), server_hostname="${host}") as connection:
    print(ssl.DER_cert_to_PEM_cert(connection.getpeercert(True)))
`;

describe("a certificate of cert-manager's", () => {
  const target = new KubernetesTarget("contract-kubernetes-certificate");
  let config: KubeConfig;
  let issuer: CertificateIssuer;
  let client: SiteClient;

  beforeAll(async () => {
    config = connection((await ensureTestCluster()).kubeconfig);
    await define(certManager);
    issuer = new CertificateIssuer(config, target.namespace);
    const up = target.up({
      host,
      apps: { probe: { source: probe, route: "/probe" } },
      auth: { basic: { users: { [user]: givenPasswords[user] } } },
      tls: { certManager: { issuer: "company" } },
    });
    await Promise.all([up, Promise.race([issuer.issue(), up])]);
    client = new SiteClient(host, ports, issuer.caCertificate, () => ({
      Authorization: basicCredentials(user, givenPasswords[user]),
    }));
  });
  afterAll(async () => {
    await target.down();
    await undefine(certManager);
  });

  /** The serial number of the certificate that each gateway has now, asked for from another namespace. */
  const served = async (): Promise<string[]> => {
    const gateways = await new Pods(config, target.namespace).list("streamlit.part=gateway");
    expect(gateways).toHaveLength(2);
    return target.fromOutside((exec) =>
      Promise.all(
        gateways.map(async ({ status }) => {
          const { output } = await exec("python3", "-c", certificateCode, status?.podIP ?? "");
          return new X509Certificate(output).serialNumber;
        }),
      ),
    );
  };

  test("is what browsers get, from both gateways", async () => {
    expect((await client.request("/probe/", { user })).status).toBe(200);
    expect(new Set(await served()).size).toBe(1);
  });

  test("is taken up by both when it is renewed, and nobody's connection ends", async () => {
    const [before] = await served();
    const session = await StreamlitSession.open(client, "/probe", { user });
    await session.click();
    let ended = false;
    void session.closed.then(() => (ended = true));

    await issuer.issue();
    for (;;) {
      const now = await served();
      if (!now.includes(before ?? "") && new Set(now).size === 1) break;
      await delay(2000);
    }
    expect((await client.request("/probe/", { user })).status).toBe(200);
    expect(await session.click()).toMatchObject({ clicks: 2 });
    expect(ended).toBe(false);
    await session.drop();
  });
});

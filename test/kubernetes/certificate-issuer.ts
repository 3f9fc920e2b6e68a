/**
 * Does of one Certificate what cert-manager's controller does: signs one into the Secret that it names, and says that it is ready. It
 * plays cert-manager, whose programs are not to be had from Go modules; the definition of the Certificate is cert-manager's own.
 */
import { setTimeout as delay } from "node:timers/promises";
import { CoreV1Api, CustomObjectsApi, type KubeConfig, type KubernetesObject } from "@kubernetes/client-node";
import { certificate, type Issued } from "../unit/certificates";

interface Certificate extends KubernetesObject {
  spec: {
    secretName: string;
    dnsNames?: string[];
    ipAddresses?: string[];
    secretTemplate?: { labels?: Record<string, string> };
  };
}

const certificates = { group: "cert-manager.io", version: "v1", plural: "certificates" };

/** See the module. */
export class CertificateIssuer {
  private readonly authority: Issued = certificate({ authority: true });

  /** @param namespace of the Certificate */
  constructor(
    private readonly config: KubeConfig,
    private readonly namespace: string,
  ) {}

  /** Whom to trust, PEM. */
  get caCertificate(): string {
    return this.authority.certificate;
  }

  /** Wait for the Certificate, and issue it for the first time, or renew it. */
  async issue(): Promise<void> {
    const { metadata, spec } = await this.wanted();
    const { certificate: leaf, privateKey } = certificate({
      dnsNames: spec.dnsNames ?? [],
      ipAddresses: spec.ipAddresses ?? [],
      by: this.authority,
    });
    const core = this.config.makeApiClient(CoreV1Api);
    const where = { namespace: this.namespace, name: spec.secretName };
    const body = {
      type: "kubernetes.io/tls",
      metadata: { name: spec.secretName, labels: spec.secretTemplate?.labels ?? {} },
      stringData: { "tls.crt": leaf, "tls.key": privateKey, "ca.crt": this.caCertificate },
    };
    const isThere = await core.readNamespacedSecret(where).then(
      () => true,
      () => false,
    );
    if (isThere) await core.replaceNamespacedSecret({ ...where, body });
    else await core.createNamespacedSecret({ namespace: this.namespace, body });
    const ready = {
      type: "Ready",
      status: "True",
      reason: "Ready",
      message: "Certificate is up to date and has not expired",
      lastTransitionTime: new Date().toISOString(),
    };
    const custom = this.config.makeApiClient(CustomObjectsApi);
    const named = { ...certificates, namespace: this.namespace, name: metadata?.name ?? "" };
    const current = (await custom.getNamespacedCustomObject(named)) as Certificate;
    await custom.replaceNamespacedCustomObjectStatus({
      ...named,
      body: { ...current, status: { conditions: [ready] } },
    });
  }

  private async wanted(): Promise<Certificate> {
    const custom = this.config.makeApiClient(CustomObjectsApi);
    for (;;) {
      const { items } = (await custom.listNamespacedCustomObject({
        ...certificates,
        namespace: this.namespace,
      })) as { items: Certificate[] };
      const [found] = items;
      if (found) return found;
      await delay(500);
    }
  }
}

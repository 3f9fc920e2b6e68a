/** Where the gateway's certificate comes from. */
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { certificateFiles, fileNames, type NamedFile } from "../gateway/files";
import { alternativeNames, siteCertificate } from "../shared/certificate";
import type { Labels } from "../shared/labels";
import { hostNames } from "../spec/hosts";
import type { Site } from "../spec/site";
import { immutableSecret } from "./files";

/** The certificate as the gateway gets it. */
export interface GatewayCertificate {
  /** Its files, where the site makes it or the spec has it. */
  files: NamedFile<pulumi.Input<string>>[];
  /** The name of the Secret with it, where somebody else renews it. */
  secretName?: pulumi.Input<string>;
  /** The authority to trust, PEM; empty when the certificate came from elsewhere. */
  caCertificate: pulumi.Output<string>;
}

/** Make the certificate of a site, or ask for it. For an Ingress it is in a Secret, whoever made it. */
export function gatewayCertificate(
  name: string,
  args: { site: Site; namespace: pulumi.Input<string>; labels: Labels },
  opts: pulumi.CustomResourceOptions,
): GatewayCertificate {
  const { site, namespace, labels } = args;
  const fromElsewhere = { files: [], caCertificate: pulumi.output("") };
  // The Gateway's listener has it.
  if ("gatewayApi" in site.expose) return fromElsewhere;
  if ("secret" in site.tls) return { ...fromElsewhere, secretName: site.tls.secret.name };
  if ("certManager" in site.tls) {
    const { issuer, kind } = site.tls.certManager;
    const secretName = `${name}-certificate`;
    const certificate = new kubernetes.apiextensions.CustomResource(
      `${name}-certificate`,
      {
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        metadata: { name: secretName, namespace, labels },
        spec: {
          secretName,
          ...alternativeNames(hostNames(site)),
          issuerRef: { group: "cert-manager.io", kind, name: issuer },
          privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
          usages: ["server auth", "digital signature"],
          secretTemplate: { labels },
        },
      },
      opts,
    );
    // The Secret is there once the certificate was issued; a pod waits for it.
    return { ...fromElsewhere, secretName: certificate.id.apply(() => secretName) };
  }
  const { certificate, privateKey, caCertificate } = siteCertificate(name, site, opts);
  if ("ingress" in site.expose) {
    const texts = pulumi
      .all([certificate, privateKey])
      .apply(([crt, key]) => ({ [fileNames.certificate]: crt, [fileNames.privateKey]: key }));
    const secret = immutableSecret(
      `${name}-certificate`,
      { ...args, type: "kubernetes.io/tls", texts },
      opts,
    );
    return { files: [], secretName: secret.metadata.name, caCertificate };
  }
  return { files: certificateFiles<pulumi.Input<string>>(certificate, privateKey), caCertificate };
}

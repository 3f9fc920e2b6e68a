import * as net from "node:net";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { nearEnd } from "../spec/certificates";
import { hostNames } from "../spec/hosts";
import type { Site } from "../spec/site";

/** A certificate as the gateway needs it. */
export interface Certificate {
  /** The certificate and its chain, leaf first, PEM. */
  certificate: pulumi.Input<string>;
  /** PEM, secret. */
  privateKey: pulumi.Output<string>;
  /** The authority to trust, PEM; empty when the certificate came from elsewhere. */
  caCertificate: pulumi.Output<string>;
}

const hoursOfADay = 24;

/**
 * The site's certificate: the one that the spec provides, or one of an authority that only this site has.
 *
 * A provided one in its last 30 days is warned of at every `preview` and `up`.
 *
 * The authority lives ten years, the certificate a year; both are made anew by the first `up` in their last 90 days.
 */
export function siteCertificate(
  name: string,
  site: Pick<Site, "host" | "apps" | "tls">,
  opts: pulumi.CustomResourceOptions,
): Certificate {
  if ("provided" in site.tls)
    return {
      certificate: pulumi.output(site.tls.provided.certificate).apply((certificate) => {
        const message = nearEnd(certificate, new Date());
        if (message !== undefined) void pulumi.log.warn(`tls.provided.certificate: ${message}`, opts.parent);
        return certificate;
      }),
      privateKey: pulumi.secret(site.tls.provided.privateKey),
      caCertificate: pulumi.output(""),
    };

  const caKey = new tls.PrivateKey(`${name}-ca`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, opts);
  const ca = new tls.SelfSignedCert(
    `${name}-ca`,
    {
      privateKeyPem: caKey.privateKeyPem,
      subject: { commonName: `${site.host} certificate authority`, organization: "pulumi-streamlit-site" },
      isCaCertificate: true,
      maxPathLength: 0,
      setSubjectKeyId: true,
      setAuthorityKeyId: true,
      allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
      validityPeriodHours: 3650 * hoursOfADay,
      earlyRenewalHours: 90 * hoursOfADay,
    },
    opts,
  );
  const key = new tls.PrivateKey(name, { algorithm: "ECDSA", ecdsaCurve: "P256" }, opts);
  const request = new tls.CertRequest(
    name,
    {
      privateKeyPem: key.privateKeyPem,
      subject: { commonName: site.host.slice(0, 64) },
      ...alternativeNames(hostNames(site)),
    },
    opts,
  );
  const leaf = new tls.LocallySignedCert(
    name,
    {
      certRequestPem: request.certRequestPem,
      caPrivateKeyPem: caKey.privateKeyPem,
      caCertPem: ca.certPem,
      allowedUses: ["server_auth", "digital_signature", "key_encipherment"],
      setSubjectKeyId: true,
      validityPeriodHours: 365 * hoursOfADay,
      earlyRenewalHours: 90 * hoursOfADay,
    },
    opts,
  );
  return {
    certificate: pulumi.interpolate`${leaf.certPem}${ca.certPem}`,
    privateKey: pulumi.secret(key.privateKeyPem),
    caCertificate: ca.certPem,
  };
}

/** The names of hosts, and the addresses among them, as a certificate has them: without a list that would be empty. */
export function alternativeNames(hosts: readonly string[]): { dnsNames?: string[]; ipAddresses?: string[] } {
  const [ipAddresses, dnsNames] = [
    hosts.filter((host) => net.isIPv4(host)),
    hosts.filter((host) => !net.isIPv4(host)),
  ];
  return { ...(dnsNames.length > 0 && { dnsNames }), ...(ipAddresses.length > 0 && { ipAddresses }) };
}

/** Where the load balancer's certificate comes from. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { siteCertificate } from "../shared/certificate";
import { SiteSpecError } from "../spec/errors";
import type { AwsSiteSpec } from "../spec/site";
import { certificateRegionFaults } from "./limits";
import type { Common } from "./place";

/** The certificate as the load balancer gets it. */
export interface AlbCertificate {
  /** Its ARN, once it is valid. */
  arn: pulumi.Output<string>;
  /** The authority to trust, PEM; empty when the certificate came from elsewhere. */
  caCertificate: pulumi.Output<string>;
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----\n?/g;

/**
 * The certificate of a site: one that ACM issues and renews by records in a zone, one that is there, or one that the site or the spec
 * has and ACM keeps.
 */
export function albCertificate(
  name: string,
  site: Pick<AwsSiteSpec, "host" | "apps" | "tls">,
  { place, tags }: Common,
  opts: pulumi.CustomResourceOptions,
): AlbCertificate {
  if (!("acm" in site.tls)) {
    const { certificate, privateKey, caCertificate } = siteCertificate(name, site, opts);
    const chain = pulumi.output(certificate).apply((pem) => pem.match(pemCertificate) ?? [pem]);
    const imported = new aws.acm.Certificate(
      name,
      {
        certificateBody: chain.apply(([leaf = ""]) => leaf),
        // Its type has no way to say that there is none but an empty text, which ACM takes for none.
        certificateChain: chain.apply(([, ...authorities]) => authorities.join("")),
        privateKey,
        tags,
      },
      opts,
    );
    return { arn: imported.arn, caCertificate };
  }
  const caCertificate = pulumi.output("");
  if ("certificateArn" in site.tls.acm) {
    const arn = pulumi.all([site.tls.acm.certificateArn, place.region]).apply(([known, region]) => {
      const faults = certificateRegionFaults(known, region);
      if (faults.length > 0) throw new SiteSpecError(faults);
      return known;
    });
    return { arn, caCertificate };
  }
  const { zone } = site.tls.acm;
  const certificate = new aws.acm.Certificate(
    name,
    { domainName: site.host, validationMethod: "DNS", keyAlgorithm: "EC_prime256v1", tags },
    opts,
  );
  const proof = certificate.domainValidationOptions.apply((options) => options[0]);
  const part = (
    of: "resourceRecordName" | "resourceRecordType" | "resourceRecordValue",
  ): pulumi.Output<string> => proof.apply((option) => option?.[of] ?? "");
  const record = new aws.route53.Record(
    `${name}-certificate`,
    {
      zoneId: zone,
      name: part("resourceRecordName"),
      type: part("resourceRecordType"),
      records: [part("resourceRecordValue")],
      ttl: 300,
    },
    opts,
  );
  const valid = new aws.acm.CertificateValidation(
    name,
    { certificateArn: certificate.arn, validationRecordFqdns: [record.fqdn] },
    opts,
  );
  return { arn: valid.certificateArn, caCertificate };
}

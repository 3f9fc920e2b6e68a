import { createHash } from "node:crypto";

import { Attributes, CertificationRequest, CertificationRequestInfo } from "@peculiar/asn1-csr";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  Attribute,
  Extension,
  Extensions,
  id_ce_subjectAltName,
  SubjectAlternativeName,
} from "@peculiar/asn1-x509";
import type { Unwrap } from "@pulumi/pulumi";
import type { CertRequestArgs } from "@pulumi/tls";

import type { Resource } from "../shared/resource";
import { bytes, type Holder, publicKeyInfo } from "./certificate";
import { fromPem, SigningKey, toPem } from "./keys";
import { toAlternativeName, toName } from "./names";

type CertRequestInputs = Unwrap<CertRequestArgs> & { privateKeyPem: string };

const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";

/** A request for a certificate. */
export const certRequest: Resource<CertRequestInputs> = {
  type: "tls:index/certRequest:CertRequest",

  create(inputs) {
    const key = new SigningKey(inputs.privateKeyPem, "privateKeyPem");
    const certificationRequestInfo = new CertificationRequestInfo({
      subject: toName(inputs.subject),
      subjectPKInfo: publicKeyInfo(key),
      attributes: new Attributes(requestedExtensions(toAlternativeName(inputs))),
    });
    const request = new CertificationRequest({
      certificationRequestInfo,
      signatureAlgorithm: key.signatureAlgorithm,
      signature: bytes(key.sign(AsnConvert.serialize(certificationRequestInfo))),
    });
    const certRequestPem = toPem("CERTIFICATE REQUEST", AsnConvert.serialize(request));
    return Promise.resolve({
      id: createHash("sha1").update(certRequestPem.trim()).digest("hex"),
      outputs: { ...inputs, certRequestPem, keyAlgorithm: key.algorithm },
    });
  },
};

function requestedExtensions(names: SubjectAlternativeName | undefined): Attribute[] {
  if (!names) return [];
  const extnValue = new OctetString(AsnConvert.serialize(names));
  const extensions = new Extensions([new Extension({ extnID: id_ce_subjectAltName, extnValue })]);
  return [new Attribute({ type: EXTENSION_REQUEST, values: [AsnConvert.serialize(extensions)] })];
}

/** Whom a request asks a certificate for. */
export function readRequest(pem: string): Holder {
  const der = fromPem("CERTIFICATE REQUEST", pem, "certRequestPem");
  const { certificationRequestInfo: info } = AsnConvert.parse(der, CertificationRequest);
  const requested = info.attributes.find((attribute) => attribute.type === EXTENSION_REQUEST)?.values[0];
  const extensions = requested ? AsnConvert.parse(requested, Extensions) : new Extensions();
  const names = extensions.find((extension) => extension.extnID === id_ce_subjectAltName);
  return {
    subject: info.subject,
    publicKey: info.subjectPKInfo,
    names: names && AsnConvert.parse(names.extnValue, SubjectAlternativeName),
  };
}

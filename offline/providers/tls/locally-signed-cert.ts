import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate, id_ce_subjectKeyIdentifier, SubjectKeyIdentifier } from "@peculiar/asn1-x509";
import type { Unwrap } from "@pulumi/pulumi";
import type { LocallySignedCertArgs } from "@pulumi/tls";

import type { Resource } from "../shared/resource";
import { readRequest } from "./cert-request";
import { checkUses, isDue, issue, type Issuer } from "./certificate";
import { fromPem, SigningKey } from "./keys";

type LocallySignedCertInputs = Unwrap<LocallySignedCertArgs> & { caPrivateKeyPem: string };

/** A certificate signed by a certificate authority whose key is at hand. */
export const locallySignedCert: Resource<LocallySignedCertInputs> = {
  type: "tls:index/locallySignedCert:LocallySignedCert",

  check(inputs, faults) {
    checkUses(inputs, faults);
    return inputs;
  },

  outdated: (state, inputs) => (isDue(state, inputs.earlyRenewalHours) ? ["readyForRenewal"] : []),

  create(inputs) {
    const issuer = readIssuer(inputs);
    const { serial, ...issued } = issue(inputs, readRequest(inputs.certRequestPem), issuer);
    return Promise.resolve({
      id: serial,
      outputs: {
        earlyRenewalHours: 0,
        isCaCertificate: false,
        setSubjectKeyId: false,
        ...inputs,
        ...issued,
        caKeyAlgorithm: issuer.key.algorithm,
        readyForRenewal: false,
      },
    });
  },

  read: (id, state) =>
    Promise.resolve({
      id,
      outputs: { ...state, readyForRenewal: isDue(state, state.earlyRenewalHours as number) },
    }),
};

function readIssuer(inputs: LocallySignedCertInputs): Issuer {
  const { tbsCertificate: ca } = AsnConvert.parse(
    fromPem("CERTIFICATE", inputs.caCertPem, "caCertPem"),
    Certificate,
  );
  const key = new SigningKey(inputs.caPrivateKeyPem, "caPrivateKeyPem");
  const publicKey = Buffer.from(AsnConvert.serialize(ca.subjectPublicKeyInfo));
  if (!publicKey.equals(key.publicKey)) throw new Error("caPrivateKeyPem is not the key of caCertPem");
  const id = ca.extensions?.find((extension) => extension.extnID === id_ce_subjectKeyIdentifier);
  return {
    name: ca.subject,
    key,
    keyId: id && AsnConvert.parse(id.extnValue, SubjectKeyIdentifier).buffer,
  };
}

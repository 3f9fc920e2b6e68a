import type { Unwrap } from "@pulumi/pulumi";
import type { SelfSignedCertArgs } from "@pulumi/tls";

import type { Resource } from "../shared/resource";
import { checkUses, isDue, issue, keyId, publicKeyInfo } from "./certificate";
import { SigningKey } from "./keys";
import { toAlternativeName, toName } from "./names";

type SelfSignedCertInputs = Unwrap<SelfSignedCertArgs> & { privateKeyPem: string };

/** A certificate signed with the key that it is for: a certificate authority's, as a rule. */
export const selfSignedCert: Resource<SelfSignedCertInputs> = {
  type: "tls:index/selfSignedCert:SelfSignedCert",

  check(inputs, faults) {
    checkUses(inputs, faults);
    return inputs;
  },

  outdated: (state, inputs) => (isDue(state, inputs.earlyRenewalHours) ? ["readyForRenewal"] : []),

  create(inputs) {
    const key = new SigningKey(inputs.privateKeyPem, "privateKeyPem");
    const publicKey = publicKeyInfo(key);
    const subject = toName(inputs.subject);
    const { serial, ...issued } = issue(
      inputs,
      { subject, publicKey, names: toAlternativeName(inputs) },
      { name: subject, key, keyId: inputs.setAuthorityKeyId ? keyId(publicKey) : undefined },
    );
    return Promise.resolve({
      id: serial,
      outputs: {
        earlyRenewalHours: 0,
        isCaCertificate: false,
        setAuthorityKeyId: false,
        setSubjectKeyId: false,
        ...inputs,
        ...issued,
        keyAlgorithm: key.algorithm,
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

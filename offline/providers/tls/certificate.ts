import { createHash, randomBytes } from "node:crypto";

import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  type Name,
  type SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";

import type { Fault } from "../shared/schema";
import { isUnknown, type Props } from "../shared/values";
import { type SigningKey, toPem } from "./keys";

const KEY_USES: Record<string, KeyUsageFlags> = {
  digital_signature: KeyUsageFlags.digitalSignature,
  content_commitment: KeyUsageFlags.nonRepudiation,
  key_encipherment: KeyUsageFlags.keyEncipherment,
  data_encipherment: KeyUsageFlags.dataEncipherment,
  key_agreement: KeyUsageFlags.keyAgreement,
  cert_signing: KeyUsageFlags.keyCertSign,
  crl_signing: KeyUsageFlags.cRLSign,
  encipher_only: KeyUsageFlags.encipherOnly,
  decipher_only: KeyUsageFlags.decipherOnly,
};

const EXTENDED_USES: Record<string, string> = {
  any_extended: "2.5.29.37.0",
  server_auth: "1.3.6.1.5.5.7.3.1",
  client_auth: "1.3.6.1.5.5.7.3.2",
  code_signing: "1.3.6.1.5.5.7.3.3",
  email_protection: "1.3.6.1.5.5.7.3.4",
  ipsec_end_system: "1.3.6.1.5.5.7.3.5",
  ipsec_tunnel: "1.3.6.1.5.5.7.3.6",
  ipsec_user: "1.3.6.1.5.5.7.3.7",
  timestamping: "1.3.6.1.5.5.7.3.8",
  ocsp_signing: "1.3.6.1.5.5.7.3.9",
};

/** Finds uses of a certificate that the stand-in does not know. */
export function checkUses(inputs: Props, faults: Fault[]): void {
  if (!Array.isArray(inputs.allowedUses)) return;
  for (const use of inputs.allowedUses as string[]) {
    if (isUnknown(use) || use in KEY_USES || use in EXTENDED_USES) continue;
    const known = Object.keys({ ...KEY_USES, ...EXTENDED_USES }).join(", ");
    faults.push({ property: "allowedUses", reason: `"${use}" is not a known use; known are ${known}` });
  }
}

/** What a certificate says, whoever signs it. */
export interface Terms {
  readonly allowedUses: readonly string[];
  readonly validityPeriodHours: number;
  readonly isCaCertificate?: boolean | undefined;
  readonly maxPathLength?: number | undefined;
  readonly setSubjectKeyId?: boolean | undefined;
}

/** Whom a certificate is for. */
export interface Holder {
  readonly subject: Name;
  readonly publicKey: SubjectPublicKeyInfo;
  readonly names: SubjectAlternativeName | undefined;
}

/** Who signs a certificate. */
export interface Issuer {
  readonly name: Name;
  readonly key: SigningKey;
  readonly keyId: ArrayBuffer | undefined;
}

/** A certificate, and what its outputs tell about it. */
export interface Issued {
  readonly serial: string;
  readonly certPem: string;
  readonly validityStartTime: string;
  readonly validityEndTime: string;
}

/** Makes a certificate with a random serial number, valid from now on. */
export function issue(terms: Terms, holder: Holder, issuer: Issuer): Issued {
  if (terms.isCaCertificate && holder.subject.length === 0) {
    throw new Error("a certificate authority needs a subject");
  }
  const notBefore = new Date();
  const notAfter = new Date(notBefore.getTime() + terms.validityPeriodHours * 3_600_000);
  const serial = randomBytes(16);
  // A DER integer is signed and has no needless leading byte: the first bit must be 0 and the first byte must not be.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const { signatureAlgorithm } = issuer.key;
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: bytes(serial),
    signature: signatureAlgorithm,
    issuer: issuer.name,
    validity: new Validity({ notBefore, notAfter }),
    subject: holder.subject,
    subjectPublicKeyInfo: holder.publicKey,
    extensions: new Extensions(extensions(terms, holder, issuer)),
  });
  const signatureValue = bytes(issuer.key.sign(AsnConvert.serialize(tbsCertificate)));
  const certificate = new Certificate({ tbsCertificate, signatureAlgorithm, signatureValue });
  return {
    serial: BigInt(`0x${serial.toString("hex")}`).toString(),
    certPem: toPem("CERTIFICATE", AsnConvert.serialize(certificate)),
    validityStartTime: notBefore.toISOString(),
    validityEndTime: notAfter.toISOString(),
  };
}

function extensions(terms: Terms, holder: Holder, issuer: Issuer): Extension[] {
  const list: Extension[] = [];
  const add = (extnID: string, critical: boolean, value: unknown): void => {
    list.push(new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) }));
  };
  const flags = terms.allowedUses.reduce((sum, use) => sum | (KEY_USES[use] ?? 0), 0);
  const extended = terms.allowedUses.flatMap((use) => EXTENDED_USES[use] ?? []);
  if (flags !== 0) add(id_ce_keyUsage, true, new KeyUsage(flags));
  if (extended.length > 0) add(id_ce_extKeyUsage, false, new ExtendedKeyUsage(extended));
  add(id_ce_basicConstraints, true, basicConstraints(terms));
  if (terms.isCaCertificate || terms.setSubjectKeyId) {
    add(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyId(holder.publicKey)));
  }
  if (issuer.keyId) {
    const keyIdentifier = new KeyIdentifier(issuer.keyId);
    add(id_ce_authorityKeyIdentifier, false, new AuthorityKeyIdentifier({ keyIdentifier }));
  }
  // Without a subject, these names are all there is.
  if (holder.names) add(id_ce_subjectAltName, holder.subject.length === 0, holder.names);
  return list;
}

function basicConstraints(terms: Terms): BasicConstraints {
  if (!terms.isCaCertificate) return new BasicConstraints({ cA: false });
  const limit = terms.maxPathLength ?? -1;
  return new BasicConstraints({ cA: true, ...(limit >= 0 && { pathLenConstraint: limit }) });
}

/** The usual identifier of a public key: a hash of its bits. */
export function keyId(publicKey: SubjectPublicKeyInfo): ArrayBuffer {
  return bytes(createHash("sha1").update(Buffer.from(publicKey.subjectPublicKey)).digest());
}

/** Just these bytes: a Buffer may be a window into a larger one. */
export function bytes(buffer: Buffer): ArrayBuffer {
  return new Uint8Array(buffer).buffer;
}

/** The public key of a pair that signs for itself. */
export function publicKeyInfo(key: SigningKey): SubjectPublicKeyInfo {
  return AsnConvert.parse(key.publicKey, SubjectPublicKeyInfo);
}

/** Tells whether so little is left of a certificate's time that it is to be replaced. */
export function isDue(state: Props, earlyRenewalHours = 0): boolean {
  const end = Date.parse(state.validityEndTime as string);
  return Date.now() >= end - earlyRenewalHours * 3_600_000;
}

import {
  AttributeTypeAndValue,
  AttributeValue,
  GeneralName,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
} from "@peculiar/asn1-x509";
import type { Unwrap } from "@pulumi/pulumi";
import type { CertRequestArgs } from "@pulumi/tls";

/** Whom a certificate is for. */
export type Subject = NonNullable<Unwrap<CertRequestArgs>["subject"]>;

/** In the order in which the official plugin writes them. */
const ATTRIBUTES: readonly (readonly [keyof Subject, string])[] = [
  ["country", "2.5.4.6"],
  ["organization", "2.5.4.10"],
  ["organizationalUnit", "2.5.4.11"],
  ["locality", "2.5.4.7"],
  ["province", "2.5.4.8"],
  ["streetAddresses", "2.5.4.9"],
  ["postalCode", "2.5.4.17"],
  ["commonName", "2.5.4.3"],
  ["serialNumber", "2.5.4.5"],
  ["emailAddress", "1.2.840.113549.1.9.1"],
];

/** A subject as X.509 writes it. */
export function toName(subject: Subject = {}): Name {
  const names = ATTRIBUTES.flatMap(([key, type]) => {
    const value = subject[key] ?? [];
    return (Array.isArray(value) ? value : [value]).map((text) => attribute(type, text));
  });
  return new Name(names.map((name) => new RelativeDistinguishedName([name])));
}

function attribute(type: string, text: string): AttributeTypeAndValue {
  const isPlain = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text);
  const isMail = type === "1.2.840.113549.1.9.1";
  const value = isMail ? { ia5String: text } : isPlain ? { printableString: text } : { utf8String: text };
  return new AttributeTypeAndValue({ type, value: new AttributeValue(value) });
}

/** The names and addresses that a certificate is good for. */
export interface AlternativeNames {
  readonly dnsNames?: readonly string[] | undefined;
  readonly ipAddresses?: readonly string[] | undefined;
  readonly uris?: readonly string[] | undefined;
}

/** The names as X.509 writes them; undefined if there are none. */
export function toAlternativeName(names: AlternativeNames): SubjectAlternativeName | undefined {
  const list = [
    ...(names.dnsNames ?? []).map((dNSName) => new GeneralName({ dNSName })),
    ...(names.ipAddresses ?? []).map((iPAddress) => new GeneralName({ iPAddress })),
    ...(names.uris ?? []).map((uniformResourceIdentifier) => new GeneralName({ uniformResourceIdentifier })),
  ];
  return list.length > 0 ? new SubjectAlternativeName(list) : undefined;
}

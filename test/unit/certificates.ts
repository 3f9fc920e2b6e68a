/** Certificates for tests: authorities, and leaves that they signed. */
import { generateKeyPairSync } from "node:crypto";
import { issue, keyId, publicKeyInfo } from "../../offline/providers/tls/certificate";
import { SigningKey } from "../../offline/providers/tls/keys";
import { toAlternativeName, toName } from "../../offline/providers/tls/names";

/** A certificate with its key. */
export interface Issued {
  /** PEM, without the chain. */
  certificate: string;
  /** PEM. */
  privateKey: string;
  /** What its issuer's name is on certificates that it signs. */
  name: string;
}

/** What a certificate is to say. */
export interface Wanted {
  dnsNames?: string[];
  ipAddresses?: string[];
  /** From now on; negative for one that has ended. @default a year */
  hours?: number;
  authority?: boolean;
  /** Its private key, PEM. @default a new one */
  key?: string;
  /** Who signs it. @default itself */
  by?: Issued;
}

let count = 0;

/** Make a certificate. */
export function certificate({
  dnsNames,
  ipAddresses,
  hours = 365 * 24,
  authority = false,
  key,
  by,
}: Wanted): Issued {
  const made = (): string =>
    generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
      type: "pkcs8",
      format: "pem",
    }) as string;
  const privateKey = key ?? made();
  const own = new SigningKey(privateKey, "privateKey");
  const name = `${authority ? "authority" : "leaf"} ${count++}`;
  const issuerKey = by ? new SigningKey(by.privateKey, "privateKey") : own;
  const { certPem } = issue(
    {
      allowedUses: authority ? ["cert_signing", "crl_signing"] : ["server_auth", "digital_signature"],
      validityPeriodHours: hours,
      isCaCertificate: authority,
    },
    {
      subject: toName({ commonName: name }),
      publicKey: publicKeyInfo(own),
      names: toAlternativeName({ dnsNames, ipAddresses }),
    },
    {
      name: toName({ commonName: by?.name ?? name }),
      key: issuerKey,
      keyId: keyId(publicKeyInfo(issuerKey)),
    },
  );
  return { certificate: certPem, privateKey, name };
}

/** A certificate for the hosts of the tests, as `tls.provided` takes it. */
export const provided: { certificate: string; privateKey: string } = (() => {
  const { certificate: pem, privateKey } = certificate({ dnsNames: ["localhost", "site.example.com"] });
  return { certificate: pem, privateKey };
})();

/** What can be said of a certificate, its key and its chain before a gateway is started with them. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import * as net from "node:net";

const certificateBlock = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;
const day = 24 * 3600 * 1000;

/** The least time that is left of a certificate before it is said at every `up`, in days. */
export const certificateWarningDays = 30;

/** The certificates of a text in PEM, in its order; undefined when there is none or one cannot be read. */
function certificatesIn(text: string): X509Certificate[] | undefined {
  try {
    const found = (text.match(certificateBlock) ?? []).map((block) => new X509Certificate(block));
    return found.length > 0 ? found : undefined;
  } catch {
    return undefined; // What is between the lines is no certificate.
  }
}

/**
 * Are there certificates in a text, and nothing else between lines of PEM?
 *
 * @param text PEM
 */
export function isPemCertificates(text: string): boolean {
  return certificatesIn(text) !== undefined && !text.replaceAll(certificateBlock, "").includes("-----BEGIN");
}

/**
 * What is wrong with a certificate and its chain.
 *
 * @param text PEM
 * @param hosts the host names or IPv4 addresses that it has to be for
 * @param now when it has to be valid
 * @returns a sentence for each fault
 */
export function certificateComplaints(text: string, hosts: readonly string[], now: Date): string[] {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    return ["must not have the private key in it, which goes into privateKey"];
  const chain = certificatesIn(text);
  const [leaf, ...authorities] = chain ?? [];
  if (leaf === undefined) return ["must be PEM: the certificate for the host, then those of its chain"];
  const complaints: string[] = [];
  const missing = hosts.filter((host) => !covers(leaf, host));
  if (leaf.ca)
    complaints.push(
      "must begin with the certificate for the host: the first one is a certificate authority's",
    );
  else if (missing.length > 0)
    complaints.push(
      `must be for ${missing.join(", ")}: it is for ${leaf.subjectAltName ?? "no name (subjectAltName)"}`,
    );
  [leaf, ...authorities].forEach((one, index) => {
    const which = index === 0 ? "" : `certificate ${index + 1} of the chain `;
    if (now > new Date(one.validTo))
      complaints.push(`${which}must be valid: it ended on ${isoDay(one.validTo)}`);
    if (now < new Date(one.validFrom))
      complaints.push(`${which}must be valid: it begins on ${isoDay(one.validFrom)}`);
    const issuer = authorities[index];
    if (issuer !== undefined && !(issuer.ca && one.checkIssued(issuer) && one.verify(issuer.publicKey)))
      complaints.push(
        `must be in order, each signed by the next: certificate ${index + 1} is not signed by certificate ${index + 2}`,
      );
  });
  return complaints;
}

/**
 * What is wrong with a private key, and with it and a certificate.
 *
 * @param text PEM; nothing of it is in what is returned
 * @param certificate the certificate, PEM; one that cannot be read is left out of account
 * @returns a sentence for each fault
 */
export function privateKeyComplaints(text: string, certificate: string): string[] {
  if (/-----BEGIN ENCRYPTED |^Proc-Type: .*ENCRYPTED/m.test(text))
    return ["must not be encrypted: openssl pkey -in key.pem -out plain.pem takes the passphrase off"];
  let key: KeyObject;
  try {
    key = createPrivateKey(text);
  } catch {
    return ["must be a private key in PEM"];
  }
  const [leaf] = certificatesIn(certificate) ?? [];
  if (leaf !== undefined && !leaf.checkPrivateKey(key))
    return ["must be the key of the certificate: it is another's"];
  return [];
}

/**
 * How long a certificate and its chain last, when that is not long.
 *
 * @param text PEM
 * @param now the time from which on it is counted
 * @returns what to say in the last 30 days, undefined before, and when there is no certificate in the text
 */
export function nearEnd(text: string, now: Date): string | undefined {
  const ends = (certificatesIn(text) ?? []).map(({ validTo }) => new Date(validTo));
  const first = Math.min(...ends.map(Number));
  const days = Math.floor((first - now.getTime()) / day);
  if (ends.length === 0 || days >= certificateWarningDays) return undefined;
  return `ends on ${isoDay(first)}, in ${days} ${days === 1 ? "day" : "days"}: browsers will refuse the site from then on`;
}

/** Browsers look at the alternative names only. */
function covers(leaf: X509Certificate, host: string): boolean {
  return (
    (net.isIPv4(host)
      ? leaf.checkIP(host)
      : leaf.checkHost(host, { subject: "never", partialWildcards: false })) !== undefined
  );
}

function isoDay(time: string | number): string {
  return new Date(time).toISOString().slice(0, 10);
}

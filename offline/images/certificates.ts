import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Where Debian keeps the certificate authorities that everybody trusts; an image made from Debian has them too. */
const everybodys = "/usr/share/ca-certificates";

/** Where this machine may name authorities of its own. */
const ours = ["/usr/local/share/ca-certificates", "/etc/ssl/certs/ca-certificates.crt"];

/** Variables by which a machine tells its programs about a certificate file of its own. */
const variables = ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "PIP_CERT"];

/**
 * The certificate authorities that this machine trusts beyond the usual ones, such as that of a company's
 * TLS-inspecting proxy: without them nothing can be downloaded while an image is built.
 *
 * @returns PEM blocks, sorted, each once
 */
export function machineCertificates(): string[] {
  const named = variables.flatMap((name) => process.env[name] ?? []);
  const usual = new Set(certificatesIn([everybodys]));
  return certificatesIn([...ours, ...named]).filter((pem) => !usual.has(pem));
}

/** The certificates in the given files and folders, as PEM blocks, sorted, each once; what does not exist is skipped. */
export function certificatesIn(paths: readonly string[]): string[] {
  const blocks = paths
    .flatMap(filesUnder)
    .flatMap((file) => readFileSync(file, "latin1").replace(/\r/g, "").match(pemBlock) ?? []);
  return [...new Set(blocks)].sort();
}

const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function filesUnder(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesUnder(join(path, name)));
}

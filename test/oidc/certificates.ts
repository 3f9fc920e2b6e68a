/** A throw-away certificate authority for a test's own servers. */
import { generateKeyPairSync } from "node:crypto";
import { issue, keyId, publicKeyInfo } from "../../offline/providers/tls/certificate";
import { SigningKey } from "../../offline/providers/tls/keys";
import { toAlternativeName, toName } from "../../offline/providers/tls/names";

/** A server's certificate and its key, PEM. */
export interface ServerCertificate {
  certificate: string;
  privateKey: string;
}

/** Signs certificates for as long as a test runs. */
export class TestAuthority {
  /** Its own certificate, PEM: what a client must trust. */
  readonly certificate: string;
  private readonly name = toName({ commonName: "Test identity authority" });
  private readonly key = new SigningKey(privateKey(), "privateKey");
  private readonly keyId = keyId(publicKeyInfo(this.key));

  constructor() {
    this.certificate = this.sign(this.key, { allowedUses: ["cert_signing"], isCaCertificate: true }).certPem;
  }

  /** A key and a certificate for a host name, valid for a day. */
  issue(host: string): ServerCertificate {
    const pem = privateKey();
    const terms = { allowedUses: ["digital_signature", "server_auth"] };
    const { certPem } = this.sign(new SigningKey(pem, "privateKey"), terms, host);
    return { certificate: certPem, privateKey: pem };
  }

  private sign(
    holder: SigningKey,
    terms: { allowedUses: string[]; isCaCertificate?: boolean },
    host?: string,
  ): ReturnType<typeof issue> {
    return issue(
      { ...terms, validityPeriodHours: 24 },
      {
        subject: host === undefined ? this.name : toName({ commonName: host }),
        publicKey: publicKeyInfo(holder),
        names: toAlternativeName({ dnsNames: host === undefined ? [] : [host] }),
      },
      { name: this.name, key: this.key, keyId: this.keyId },
    );
  }
}

function privateKey(): string {
  const { privateKey: key } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

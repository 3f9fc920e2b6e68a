/** The certificates of a cluster: one authority, and who has a certificate of it. */
import { generateKeyPairSync } from "node:crypto";
import { issue, keyId, publicKeyInfo } from "../providers/tls/certificate";
import { SigningKey } from "../providers/tls/keys";
import { toAlternativeName, toName, type AlternativeNames, type Subject } from "../providers/tls/names";

/** A key and its certificate, PEM. */
export interface KeyPair {
  certificate: string;
  privateKey: string;
}

/** Ten years: a cluster that is kept is not to stop by itself. */
const validityPeriodHours = 10 * 365 * 24;

/** Signs the certificates of a cluster. */
export class Authority {
  private readonly name: ReturnType<typeof toName>;
  private readonly key: SigningKey;
  private readonly keyId: ArrayBuffer;

  /** @param pair its own, self-signed */
  constructor(
    commonName: string,
    readonly pair: KeyPair,
  ) {
    this.name = toName({ commonName });
    this.key = new SigningKey(pair.privateKey, "the authority's key");
    this.keyId = keyId(publicKeyInfo(this.key));
  }

  /** A new authority. */
  static create(commonName: string): Authority {
    const privateKey = newKey();
    const key = new SigningKey(privateKey, "the authority's key");
    const name = toName({ commonName });
    const { certPem } = issue(
      { allowedUses: ["cert_signing", "digital_signature"], validityPeriodHours, isCaCertificate: true },
      { subject: name, publicKey: publicKeyInfo(key), names: undefined },
      { name, key, keyId: keyId(publicKeyInfo(key)) },
    );
    return new Authority(commonName, { certificate: certPem, privateKey });
  }

  /** The certificate of a client, whom the API server knows by its common name and its organization (a group). */
  client(subject: Subject): KeyPair {
    return this.sign(subject, ["digital_signature", "client_auth"]);
  }

  /** The certificate of a server. */
  server(commonName: string, names: AlternativeNames): KeyPair {
    return this.sign({ commonName }, ["digital_signature", "server_auth"], names);
  }

  private sign(subject: Subject, allowedUses: string[], names: AlternativeNames = {}): KeyPair {
    const privateKey = newKey();
    const { certPem } = issue(
      { allowedUses, validityPeriodHours },
      {
        subject: toName(subject),
        publicKey: publicKeyInfo(new SigningKey(privateKey, "the key")),
        names: toAlternativeName(names),
      },
      { name: this.name, key: this.key, keyId: this.keyId },
    );
    return { certificate: certPem, privateKey };
  }
}

/** A new private key, PEM. */
export function newKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

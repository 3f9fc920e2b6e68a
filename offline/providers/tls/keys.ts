import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";

import { AlgorithmIdentifier } from "@peculiar/asn1-x509";

/** Names of the algorithms as the official plugin gives them. */
export type KeyAlgorithm = "ECDSA" | "RSA" | "ED25519";

const ALGORITHMS: Record<string, KeyAlgorithm> = { ec: "ECDSA", rsa: "RSA", ed25519: "ED25519" };

/** A private key to sign with, in any of the PEM forms in use. */
export class SigningKey {
  readonly #key: KeyObject;
  readonly algorithm: KeyAlgorithm;

  constructor(pem: string, property: string) {
    try {
      this.#key = createPrivateKey(pem);
    } catch (error) {
      // The error must not quote the key.
      throw new Error(`${property} is not a private key in PEM form`, { cause: error });
    }
    const algorithm = ALGORITHMS[this.#key.asymmetricKeyType ?? ""];
    if (!algorithm) throw new Error(`${property} must be an RSA, ECDSA or ED25519 key`);
    this.algorithm = algorithm;
  }

  /** The public key as DER (SubjectPublicKeyInfo). */
  get publicKey(): Buffer {
    return createPublicKey(this.#key).export({ type: "spki", format: "der" });
  }

  /** How `sign` signs, as X.509 names it. */
  get signatureAlgorithm(): AlgorithmIdentifier {
    if (this.algorithm === "RSA") {
      return new AlgorithmIdentifier({ algorithm: "1.2.840.113549.1.1.11", parameters: null });
    }
    if (this.algorithm === "ED25519") return new AlgorithmIdentifier({ algorithm: "1.3.101.112" });
    const arc = { sha256: 2, sha384: 3, sha512: 4 }[this.#hash];
    return new AlgorithmIdentifier({ algorithm: `1.2.840.10045.4.3.${arc}` });
  }

  sign(data: ArrayBuffer): Buffer {
    return sign(this.algorithm === "ED25519" ? null : this.#hash, Buffer.from(data), this.#key);
  }

  /** As strong as the curve; SHA-256 for RSA, and for curves below its strength. */
  get #hash(): "sha256" | "sha384" | "sha512" {
    const curve = this.#key.asymmetricKeyDetails?.namedCurve;
    if (curve === "secp384r1") return "sha384";
    return curve === "secp521r1" ? "sha512" : "sha256";
  }
}

/** DER as PEM. */
export function toPem(label: string, der: ArrayBuffer | Buffer): string {
  const lines = Buffer.from(der as ArrayBuffer)
    .toString("base64")
    .match(/.{1,64}/g);
  return [`-----BEGIN ${label}-----`, ...(lines ?? []), `-----END ${label}-----`, ""].join("\n");
}

/** The DER inside of a PEM text. */
export function fromPem(label: string, pem: string, property: string): Buffer {
  const body = new RegExp(`-----BEGIN ${label}-----([\\s\\S]+?)-----END ${label}-----`).exec(pem)?.[1];
  if (body === undefined) throw new Error(`${property} is not a ${label} in PEM form`);
  return Buffer.from(body, "base64");
}

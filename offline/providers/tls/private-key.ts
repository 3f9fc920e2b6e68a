import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";

import type { Unwrap } from "@pulumi/pulumi";
import type { PrivateKeyArgs } from "@pulumi/tls";

import type { Resource } from "../shared/resource";
import { isUnknown } from "../shared/values";
import { toOpenssh } from "./openssh";

type PrivateKeyInputs = Unwrap<PrivateKeyArgs>;

const CURVES: Record<string, string> = {
  P224: "secp224r1",
  P256: "prime256v1",
  P384: "secp384r1",
  P521: "secp521r1",
};

/** A private key, and its public half. */
export const privateKey: Resource<PrivateKeyInputs> = {
  type: "tls:index/privateKey:PrivateKey",

  check(inputs, faults) {
    const oneOf = (property: string, allowed: string[]): void => {
      const value = inputs[property];
      if (value === undefined || isUnknown(value) || allowed.includes(value as string)) return;
      faults.push({ property, reason: `property "${property}" must be one of ${allowed.join(", ")}` });
    };
    oneOf("algorithm", ["RSA", "ECDSA", "ED25519"]);
    oneOf("ecdsaCurve", Object.keys(CURVES));
    return inputs;
  },

  create(inputs) {
    const { algorithm, ecdsaCurve = "P224", rsaBits = 2048 } = inputs;
    const key = generate(algorithm, ecdsaCurve, rsaBits);
    const publicKeyPem = createPublicKey(key).export({ type: "spki", format: "pem" });
    const pkcs8 = key.export({ type: "pkcs8", format: "pem" });
    const openssh = toOpenssh(key);
    return Promise.resolve({
      id: createHash("sha1").update(publicKeyPem.toString().trim()).digest("hex"),
      outputs: {
        algorithm,
        ecdsaCurve,
        rsaBits,
        privateKeyPem: traditional(algorithm, key) ?? pkcs8,
        privateKeyPemPkcs8: pkcs8,
        privateKeyOpenssh: openssh?.privateKey ?? "",
        publicKeyPem,
        publicKeyOpenssh: openssh?.publicKey ?? "",
        publicKeyFingerprintMd5: openssh ? md5Fingerprint(openssh.publicBlob) : "",
        publicKeyFingerprintSha256: openssh ? sha256Fingerprint(openssh.publicBlob) : "",
      },
    });
  },
};

function generate(algorithm: string, curve: string, rsaBits: number): KeyObject {
  if (algorithm === "RSA") return generateKeyPairSync("rsa", { modulusLength: rsaBits }).privateKey;
  if (algorithm === "ED25519") return generateKeyPairSync("ed25519").privateKey;
  return generateKeyPairSync("ec", { namedCurve: CURVES[curve] ?? curve }).privateKey;
}

/** The form from before PKCS#8, which `privateKeyPem` has wherever there is one. */
function traditional(algorithm: string, key: KeyObject): string | Buffer | undefined {
  if (algorithm === "RSA") return key.export({ type: "pkcs1", format: "pem" });
  return algorithm === "ECDSA" ? key.export({ type: "sec1", format: "pem" }) : undefined;
}

function md5Fingerprint(blob: Buffer): string {
  const hex = createHash("md5").update(blob).digest("hex");
  return hex.match(/../g)?.join(":") ?? "";
}

function sha256Fingerprint(blob: Buffer): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

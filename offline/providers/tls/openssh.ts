import { type KeyObject, randomBytes } from "node:crypto";

import { toPem } from "./keys";

/** A key in OpenSSH's forms. */
export interface OpensshKey {
  /** The public key as the bytes that its base64 stands for. */
  readonly publicBlob: Buffer;
  readonly publicKey: string;
  readonly privateKey: string;
}

const CURVES: Record<string, string> = { "P-256": "nistp256", "P-384": "nistp384", "P-521": "nistp521" };

/** Puts a private key into OpenSSH's forms; undefined for a kind of key that OpenSSH does not know (P224). */
export function toOpenssh(key: KeyObject): OpensshKey | undefined {
  if (key.asymmetricKeyDetails?.namedCurve === "secp224r1") return undefined;
  const { kty, crv = "", ...jwk } = key.export({ format: "jwk" });
  const number = (name: keyof typeof jwk): Buffer => Buffer.from(jwk[name] as string, "base64url");
  const parts =
    kty === "RSA" ? rsaParts(number) : kty === "EC" ? ecParts(CURVES[crv] ?? "", number) : edParts(number);

  const publicBlob = Buffer.concat([field(parts.type), ...parts.public]);
  const check = randomBytes(4);
  const secret = Buffer.concat([check, check, field(parts.type), ...parts.private, field("")]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, (8 - (secret.length % 8)) % 8);
  const none = [field("none"), field("none"), field("")]; // neither cipher nor key derivation
  const container = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    ...none,
    Buffer.from([0, 0, 0, 1]),
    field(publicBlob),
    field(Buffer.concat([secret, padding])),
  ]);
  return {
    publicBlob,
    publicKey: `${parts.type} ${publicBlob.toString("base64")}\n`,
    privateKey: toPem("OPENSSH PRIVATE KEY", container),
  };
}

interface Parts {
  readonly type: string;
  readonly public: readonly Buffer[];
  readonly private: readonly Buffer[];
}

type Numbers = (name: "n" | "e" | "d" | "p" | "q" | "qi" | "x" | "y") => Buffer;

function rsaParts(number: Numbers): Parts {
  const [n, e, d, qi, p, q] = (["n", "e", "d", "qi", "p", "q"] as const).map((name) =>
    integer(number(name)),
  ) as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];
  return { type: "ssh-rsa", public: [e, n], private: [n, e, d, qi, p, q] };
}

function ecParts(curve: string, number: Numbers): Parts {
  const point = field(Buffer.concat([Buffer.from([4]), number("x"), number("y")]));
  const common = [field(curve), point];
  return { type: `ecdsa-sha2-${curve}`, public: common, private: [...common, integer(number("d"))] };
}

function edParts(number: Numbers): Parts {
  const point = number("x");
  return {
    type: "ssh-ed25519",
    public: [field(point)],
    private: [field(point), field(Buffer.concat([number("d"), point]))],
  };
}

/** A string: its length in four bytes, then itself. */
function field(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A positive integer: without superfluous zeros, and with one where its first bit would make it negative. */
function integer(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const trimmed = bytes.subarray(first < 0 ? bytes.length : first);
  return field((trimmed[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), trimmed]) : trimmed);
}

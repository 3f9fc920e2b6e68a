import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";

import { type Props, reveal, secret } from "../../../offline/providers/shared/values";
import { check, create, standIn, TYPES, urn } from "./stand-ins";

/** The outputs of a new resource, secrets laid open. */
async function make(type: string, inputs: Props): Promise<Record<string, string>> {
  const { id, outs } = await create(type, inputs);
  return { id, ...(reveal(outs) as Record<string, string>) };
}

const KEYS: [string, Props, string][] = [
  ["RSA", { algorithm: "RSA" }, "RSA PRIVATE KEY"],
  ["ED25519", { algorithm: "ED25519" }, "PRIVATE KEY"],
  ...["P224", "P256", "P384", "P521"].map((ecdsaCurve): [string, Props, string] => [
    ecdsaCurve,
    { algorithm: "ECDSA", ecdsaCurve },
    "EC PRIVATE KEY",
  ]),
];

describe("private keys", () => {
  test.each(KEYS)("%s come in the official forms", async (_, inputs, label) => {
    const key = await make(TYPES.privateKey, inputs);
    expect(key.privateKeyPem).toMatch(new RegExp(`^-----BEGIN ${label}-----\n[^]*-----END ${label}-----\n$`));
    expect(key.privateKeyPemPkcs8).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    const publicKey = createPublicKey(createPrivateKey(key.privateKeyPem!)).export({
      type: "spki",
      format: "pem",
    });
    expect(key.publicKeyPem).toBe(publicKey);
    expect(createPrivateKey(key.privateKeyPemPkcs8!).equals(createPrivateKey(key.privateKeyPem!))).toBe(true);
    expect(key.id).toMatch(/^[0-9a-f]{40}$/);
  });

  test.each(KEYS.filter(([name]) => name !== "P224"))("%s come in OpenSSH's forms", async (_, inputs) => {
    const key = await make(TYPES.privateKey, inputs);
    const [type, blob] = key.publicKeyOpenssh!.trimEnd().split(" ") as [string, string];
    expect(key.publicKeyFingerprintMd5).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
    expect(key.publicKeyFingerprintSha256).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
    const lines = key.privateKeyOpenssh!.trimEnd().split("\n");
    const container = Buffer.from(lines.slice(1, -1).join(""), "base64");
    expect(container.subarray(0, 15).toString()).toBe("openssh-key-v1\0");
    expect(container.includes(Buffer.from(blob, "base64"))).toBe(true);
    expect(
      Buffer.from(blob, "base64")
        .subarray(4, 4 + type.length)
        .toString(),
    ).toBe(type);
  });

  test("P224 is unknown to OpenSSH", async () => {
    const key = await make(TYPES.privateKey, { algorithm: "ECDSA" });
    expect(key).toMatchObject({
      ecdsaCurve: "P224",
      privateKeyOpenssh: "",
      publicKeyOpenssh: "",
      publicKeyFingerprintMd5: "",
    });
  });

  test("only the private half is secret", async () => {
    const { outs } = await create(TYPES.privateKey, { algorithm: "ED25519" });
    const hidden = Object.keys(outs).filter((key) => typeof outs[key] === "object");
    expect(hidden.sort()).toEqual(["privateKeyOpenssh", "privateKeyPem", "privateKeyPemPkcs8"]);
  });

  test("an unknown algorithm or curve is refused", async () => {
    expect((await check(TYPES.privateKey, { algorithm: "DSA" })).faults).toHaveLength(1);
    expect((await check(TYPES.privateKey, { algorithm: "ECDSA", ecdsaCurve: "P1" })).faults).toHaveLength(1);
  });
});

describe.each(KEYS)("certificates of %s keys", (_, algorithm) => {
  let ca: Record<string, string>;
  let caKey: Record<string, string>;
  let leaf: Record<string, string>;
  let request: Record<string, string>;

  beforeAll(async () => {
    caKey = await make(TYPES.privateKey, algorithm);
    ca = await make(TYPES.selfSignedCert, {
      privateKeyPem: secret(caKey.privateKeyPem),
      isCaCertificate: true,
      validityPeriodHours: 87600,
      allowedUses: ["cert_signing", "crl_signing"],
      subject: { commonName: "Ünïcode CA", organization: "org", country: "DE", streetAddresses: ["a", "b"] },
    });
    const key = await make(TYPES.privateKey, algorithm);
    request = await make(TYPES.certRequest, {
      privateKeyPem: secret(key.privateKeyPem),
      dnsNames: ["localhost", "*.localhost"],
      ipAddresses: ["127.0.0.1", "::1"],
      uris: ["spiffe://a/b"],
      subject: { commonName: "localhost" },
    });
    leaf = await make(TYPES.locallySignedCert, {
      certRequestPem: request.certRequestPem,
      caPrivateKeyPem: secret(caKey.privateKeyPem),
      caCertPem: ca.certPem,
      validityPeriodHours: 2160,
      allowedUses: ["server_auth", "digital_signature", "key_encipherment"],
    });
  });

  test("the authority signed itself", () => {
    const certificate = new X509Certificate(ca.certPem!);
    expect(certificate.ca).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(caKey.privateKeyPem!))).toBe(true);
    expect(certificate.subject).toBe("C=DE\nO=org\nstreet=a\nstreet=b\nCN=Ünïcode CA");
    expect(ca.keyAlgorithm).toBe(algorithm.algorithm);
  });

  test("the authority signed the leaf", () => {
    const certificate = new X509Certificate(leaf.certPem!);
    const issuer = new X509Certificate(ca.certPem!);
    expect(certificate.ca).toBe(false);
    expect(certificate.verify(issuer.publicKey)).toBe(true);
    expect(certificate.checkIssued(issuer)).toBe(true);
    expect(certificate.checkHost("localhost")).toBe("localhost");
    expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(certificate.subjectAltName).toBe(
      "DNS:localhost, DNS:*.localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, URI:spiffe://a/b",
    );
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(leaf.caKeyAlgorithm).toBe(algorithm.algorithm);
  });

  test("serial number, id and validity agree", () => {
    const certificate = new X509Certificate(leaf.certPem!);
    expect(BigInt(`0x${certificate.serialNumber}`).toString()).toBe(leaf.id);
    const [start, end] = [Date.parse(leaf.validityStartTime!), Date.parse(leaf.validityEndTime!)];
    expect(end - start).toBe(2160 * 3_600_000);
    expect(Date.parse(certificate.validTo)).toBe(Math.floor(end / 1000) * 1000);
  });
});

describe("certificates", () => {
  let key: string;
  beforeAll(async () => {
    key = (await make(TYPES.privateKey, { algorithm: "ED25519" })).privateKeyPem!;
  });

  /** The DER of a self-signed certificate, as hex to look for extensions in. */
  async function selfSigned(inputs: Props): Promise<string> {
    const { certPem } = await make(TYPES.selfSignedCert, {
      privateKeyPem: secret(key),
      validityPeriodHours: 1,
      allowedUses: [],
      ...inputs,
    });
    return new X509Certificate(certPem!).raw.toString("hex");
  }

  const KEY_USAGE = "0603551d0f0101ff"; // critical
  const CONSTRAINTS = "0603551d130101ff"; // critical
  const SUBJECT_KEY = "0603551d0e";
  const AUTHORITY_KEY = "0603551d23";
  const NAMES = "0603551d11";

  test("carry the extensions that were asked for, and no other", async () => {
    const plain = await selfSigned({ subject: { commonName: "a" } });
    expect(plain).toContain(`${CONSTRAINTS}04023000`);
    for (const extension of [KEY_USAGE, SUBJECT_KEY, AUTHORITY_KEY, NAMES])
      expect(plain).not.toContain(extension);
    const ids = await selfSigned({
      setSubjectKeyId: true,
      setAuthorityKeyId: true,
      subject: { commonName: "a" },
    });
    for (const extension of [SUBJECT_KEY, AUTHORITY_KEY]) expect(ids).toContain(extension);
    // digitalSignature (bit 0) and keyEncipherment (bit 2)
    const uses = await selfSigned({ allowedUses: ["digital_signature", "key_encipherment"] });
    expect(uses).toContain(`${KEY_USAGE}0404030205a0`);
    expect(await selfSigned({ allowedUses: ["decipher_only"] })).toContain(
      `${KEY_USAGE}040503030700 80`.replace(" ", ""),
    );
  });

  test("have a serial number in the one encoding that strict readers take", async () => {
    // Version 3, then an integer of 16 bytes that is positive and starts with no needless zero.
    for (let i = 0; i < 20; i++) expect(await selfSigned({})).toMatch(/a0030201020210[4-7]/);
  });

  test("without a subject have their names critical", async () => {
    expect(await selfSigned({ dnsNames: ["a"] })).toContain(`${NAMES}0101ff`);
    expect(await selfSigned({ dnsNames: ["a"], subject: { commonName: "a" } })).toContain(`${NAMES}04`);
  });

  test("of an authority limit the path when asked to", async () => {
    const subject = { commonName: "a" };
    expect(await selfSigned({ isCaCertificate: true, subject })).toContain(`${CONSTRAINTS}040530030101ff`);
    const limited = await selfSigned({ isCaCertificate: true, maxPathLength: 0, subject });
    expect(limited).toContain(`${CONSTRAINTS}040830060101ff020100`);
  });

  test("are refused for an authority without a subject, for a wrong key, for an unknown use", async () => {
    await expect(selfSigned({ isCaCertificate: true })).rejects.toThrow(
      "a certificate authority needs a subject",
    );
    const bad = make(TYPES.certRequest, { privateKeyPem: secret("not a key at all") });
    await expect(bad).rejects.toThrow(/^privateKeyPem is not a private key in PEM form$/);
    const { faults } = await check(TYPES.selfSignedCert, {
      privateKeyPem: "x",
      validityPeriodHours: 1,
      allowedUses: ["everything"],
    });
    expect(faults[0]).toMatch(/^"everything" is not a known use; known are digital_signature, /);
  });

  test("mark the keys that they were given as secret", async () => {
    const inputs = { privateKeyPem: key, validityPeriodHours: 1, allowedUses: [] };
    expect((await check(TYPES.selfSignedCert, inputs)).inputs.privateKeyPem).toEqual(secret(key));
    expect((await create(TYPES.selfSignedCert, inputs)).outs.privateKeyPem).toEqual(secret(key));
  });
});

describe("renewal", () => {
  const end = "2027-02-21T17:25:11.412334261Z"; // as the official plugin writes it
  const inputs = {
    certRequestPem: "r",
    caPrivateKeyPem: "k",
    caCertPem: "c",
    validityPeriodHours: 2160,
    allowedUses: [],
  };

  afterEach(() => jest.useRealTimers());

  test.each([
    ["2027-01-22T17:25:10Z", 720, false],
    ["2027-01-22T17:25:12Z", 720, true],
    ["2027-02-21T17:25:10Z", undefined, false],
    ["2027-02-21T17:25:12Z", undefined, true],
  ])("at %s with %s hours to spare: %s", async (now, earlyRenewalHours, due) => {
    jest.useFakeTimers({ now: new Date(now), doNotFake: ["nextTick", "setImmediate"] });
    const olds = { ...inputs, ...(earlyRenewalHours !== undefined && { earlyRenewalHours }) };
    const state = { ...olds, validityEndTime: end, readyForRenewal: false };
    const provider = standIn(TYPES.locallySignedCert);
    const at = urn(TYPES.locallySignedCert);
    await provider.check(at, olds, olds);
    expect(await provider.diff("1", at, state, olds)).toMatchObject({
      changes: due,
      replaces: due ? ["readyForRenewal"] : [],
    });
    expect((await provider.read("1", at, state)).props).toMatchObject({ readyForRenewal: due });
  });
});

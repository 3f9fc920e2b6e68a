/** What is said of a certificate, its chain and its key before anything is touched. */
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import * as fc from "fast-check";
import {
  certificateComplaints,
  isPemCertificates,
  nearEnd,
  privateKeyComplaints,
} from "../../../components/spec/certificates";
import { checkSite } from "../../../components/spec/check";
import { SiteSpecError } from "../../../components/spec/errors";
import { needed } from "../arbitraries";
import { certificate } from "../certificates";

const host = "analytics.example.com";
// After the certificates below were made.
const now = new Date(Date.now() + 60_000);
const days = (count: number): Date => new Date(now.getTime() + count * 24 * 3600 * 1000);
const said = (pem: string, at = now, of = host): string => certificateComplaints(pem, [of], at).join("\n");

const root = certificate({ authority: true });
const intermediate = certificate({ authority: true, by: root });
const leaf = certificate({ dnsNames: [host], by: intermediate });
const other = certificate({ dnsNames: ["other.example.com"], by: intermediate });

describe("a certificate", () => {
  it("is accepted alone, with a part of its chain, and with all of it", () => {
    const chain = [leaf, intermediate, root].map(({ certificate }) => certificate);
    for (const length of [1, 2, 3]) expect(said(chain.slice(0, length).join(""))).toBe("");
    // Text between the blocks, as openssl writes it, and Windows' line ends.
    expect(said(`subject=x\n${chain.join("\nsubject=y\n")}`.replaceAll("\n", "\r\n"))).toBe("");
  });

  it.each([
    ["a wildcard", ["*.example.com"], host, true],
    ["a wildcard of the level above", ["*.com"], host, false],
    ["a wildcard for the domain itself", ["*.example.com"], "example.com", false],
    ["a part of a label", ["a*.example.com"], host, false],
    ["another name", ["other.example.com"], host, false],
    ["one of several", ["other.example.com", host], host, true],
    ["no name", [], host, false],
  ])("is for the host: %s", (_, dnsNames, of, good) => {
    expect(said(certificate({ dnsNames }).certificate, now, of) === "").toBe(good);
  });

  it("is for an IP address", () => {
    expect(said(certificate({ ipAddresses: ["10.0.0.1"] }).certificate, now, "10.0.0.1")).toBe("");
    expect(said(certificate({ ipAddresses: ["10.0.0.2"] }).certificate, now, "10.0.0.1")).toBe(
      "must be for 10.0.0.1: it is for IP Address:10.0.0.2",
    );
    // What a browser does not take either.
    expect(said(certificate({ dnsNames: ["10.0.0.1"] }).certificate, now, "10.0.0.1")).toContain(
      "must be for",
    );
  });

  it.each<[string, string, RegExp]>([
    ["no PEM", "x", /^must be PEM/],
    ["an empty text", "", /^must be PEM/],
    [
      "PEM of something else",
      leaf.certificate.replaceAll("CERTIFICATE", "CERTIFICATE REQUEST"),
      /^must be PEM/,
    ],
    ["a certificate that is cut", leaf.certificate.replace(/\n.{64}\n/, "\n"), /^must be PEM/],
    ["the key with it", leaf.certificate + leaf.privateKey, /^must not have the private key in it/],
    ["an authority's", root.certificate, /^must begin with the certificate for the host: the first one is/],
    [
      "the chain upside down",
      root.certificate + intermediate.certificate + leaf.certificate,
      /^must begin with/,
    ],
    [
      "a certificate missing between",
      leaf.certificate + root.certificate,
      /^must be in order, each signed by the next: certificate 1 is not signed by certificate 2$/,
    ],
    [
      "two of the chain exchanged",
      leaf.certificate + root.certificate + intermediate.certificate,
      /certificate 1 is not signed by certificate 2\n.*certificate 2 is not signed by certificate 3$/,
    ],
    [
      "the chain of another",
      leaf.certificate + certificate({ authority: true }).certificate,
      /^must be in order/,
    ],
    [
      "a leaf that signed another",
      certificate({ dnsNames: [host], by: other }).certificate + other.certificate,
      /^must be in order/,
    ],
  ])("is refused: %s", (_, pem, message) => {
    expect(said(pem)).toMatch(message);
  });

  it("is refused before it begins and after its end, and so are those of its chain", () => {
    expect(said(leaf.certificate, days(364))).toBe("");
    expect(said(leaf.certificate, days(366))).toMatch(/^must be valid: it ended on \d{4}-\d\d-\d\d$/);
    expect(said(leaf.certificate, days(-1))).toMatch(/^must be valid: it begins on \d{4}-\d\d-\d\d$/);
    const old = certificate({ authority: true, hours: -1 });
    expect(said(certificate({ dnsNames: [host], by: old }).certificate + old.certificate)).toMatch(
      /^certificate 2 of the chain must be valid: it ended/,
    );
  });

  it("is warned of in its last 30 days, and when one of its chain ends first", () => {
    const pem = certificate({ dnsNames: [host], hours: 100 * 24 }).certificate;
    expect(nearEnd(pem, days(69))).toBeUndefined();
    expect(nearEnd(pem, days(71))).toMatch(/^ends on \d{4}-\d\d-\d\d, in 28 days: browsers will refuse/);
    expect(nearEnd(pem, days(98.5))).toContain(", in 1 day:");
    const short = certificate({ authority: true, hours: 10 * 24 });
    expect(nearEnd(pem + short.certificate, days(0.5))).toContain(", in 9 days:");
    expect(nearEnd("x", now)).toBeUndefined();
  });
});

describe("a private key", () => {
  it.each(["ec", "rsa", "ed25519"])("of kind %s is accepted in PKCS#8", (kind) => {
    const { privateKey } = generateKeyPairSync(kind as "rsa", {
      modulusLength: 2048,
      ...(kind === "ec" && { namedCurve: "P-256" }),
    });
    expect(privateKeyComplaints(privateKey.export({ type: "pkcs8", format: "pem" }) as string, "")).toEqual(
      [],
    );
  });

  it("belongs to the certificate, in whichever form", () => {
    const sec1 = createPrivateKey(leaf.privateKey).export({ type: "sec1", format: "pem" }) as string;
    expect(privateKeyComplaints(sec1, leaf.certificate)).toEqual([]);
    expect(privateKeyComplaints(leaf.privateKey, leaf.certificate + intermediate.certificate)).toEqual([]);
    expect(privateKeyComplaints(other.privateKey, leaf.certificate)).toEqual([
      "must be the key of the certificate: it is another's",
    ]);
  });

  it("is refused when it is encrypted, in either form", () => {
    const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    for (const type of ["pkcs8", "pkcs1"] as const) {
      const pem = key.export({ type, format: "pem", cipher: "aes-256-cbc", passphrase: "x" }) as string;
      expect(privateKeyComplaints(pem, "")).toEqual([expect.stringMatching(/^must not be encrypted/)]);
    }
  });

  it("is refused when it is none, without showing what it is", () => {
    for (const text of [
      "",
      "hunter2",
      leaf.certificate,
      leaf.privateKey.replace(/\n.{64}\n/, "\nhunter2\n"),
    ]) {
      expect(privateKeyComplaints(text, leaf.certificate)).toEqual(["must be a private key in PEM"]);
    }
  });
});

it("takes any text without failing, and shows nothing of a key", () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.constantFrom(leaf.certificate, leaf.privateKey, root.certificate),
      (text, pem) => {
        const at = text.length % pem.length;
        const mixed = pem.slice(0, at) + text + pem.slice(at);
        const messages = [
          ...certificateComplaints(mixed, [host], now),
          ...privateKeyComplaints(mixed, mixed),
        ].join();
        expect(typeof isPemCertificates(mixed)).toBe("boolean");
        for (const line of leaf.privateKey
          .split("\n")
          .filter((one) => one.length > 20 && !one.startsWith("-")))
          expect(messages).not.toContain(line);
      },
    ),
  );
});

it("is said by path, for the certificate and for the key, and of an authority of a provider", () => {
  const spec = {
    host,
    apps: { a: { source: "a" } },
    auth: {
      oidc: {
        provider: "oidc",
        issuer: "https://id.example.com",
        clientId: "a",
        clientSecret: "b",
        caCertificate: "x",
      },
    },
    tls: { provided: { certificate: other.certificate, privateKey: leaf.privateKey } },
  };
  let faults: unknown;
  try {
    checkSite({ ...needed.kubernetes, ...spec }, "kubernetes");
  } catch (error) {
    faults = (error as SiteSpecError).faults;
  }
  expect(faults).toEqual([
    { path: "auth.oidc.caCertificate", message: "must be a certificate in PEM, or several" },
    { path: "tls.provided.certificate", message: `must be for ${host}: it is for DNS:other.example.com` },
    { path: "tls.provided.privateKey", message: "must be the key of the certificate: it is another's" },
  ]);
});

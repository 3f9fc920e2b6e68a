import * as fc from "fast-check";
import type { SiteArgs } from "../../../components/spec/args";
import { mapInputs } from "../../../components/spec/fields";
import { siteSchema } from "../../../components/spec/schema";
import { validSpec } from "../arbitraries";
import { validOidcSpec } from "../oidc-arbitraries";

/** As YAML may have them, whatever the types say. */
const streamlit: unknown = {
  "theme.base": "dark",
  "server.maxUploadSize": 50,
  "server.folderWatchList": ["a", "b"],
};

/** Every string of the spec that is to change begins with `input`. */
const spec: SiteArgs = {
  host: "localhost",
  ports: { https: 8443, address: "127.0.0.1" },
  apps: {
    sales: {
      image: "input/sales:1",
      workingDir: "/srv",
      route: "/sales",
      title: "Sales",
      replicas: 2,
      drainTimeout: "1m",
      resources: { cpu: 0.5, memory: "512Mi" },
      environment: { REGION: "input region" },
      secrets: { DB_PASSWORD: "input password" },
      streamlit: streamlit as Record<string, string>,
      egress: false,
      egressTo: ["db.example.com:5432"],
      volumes: { data: { path: "/data", shared: true } },
      allow: { users: ["ceo"], emails: ["ceo@example.com"], groups: ["finance"] },
    },
    admin: { source: "apps/admin", entry: "main.py" },
  },
  auth: {
    basic: { realm: "Analytics", users: { ceo: "input of the ceo" }, generatedUsers: ["demo"] },
    oidc: {
      provider: "oidc",
      issuer: "https://id.example.com",
      clientId: "input id",
      clientSecret: "input secret",
      scopes: ["openid"],
      groupsClaim: "groups",
      allow: { emailDomains: ["example.com"], githubTeams: ["a"] },
      audiences: ["api"],
      endSessionEndpoint: "https://id.example.com/end",
      caCertificate: "input authority",
      network: "input-network",
    },
  },
  sessions: { redis: { lifetime: "12h" }, cookie: {} },
  tls: { selfSigned: {}, provided: { certificate: "input certificate", privateKey: "input key" } },
  images: { python: "python:3.13-slim" },
};

function strings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(strings) : [];
}

describe("mapInputs", () => {
  it("changes the fields that may be inputs and no other", () => {
    const seen: string[] = [];
    const changed = mapInputs(siteSchema, spec, (value) => {
      seen.push(String(value));
      return `changed ${value}`;
    });
    const inputs = strings(spec).filter((value) => value.startsWith("input"));
    expect(inputs).toHaveLength(10);
    expect(seen).toEqual(inputs);
    expect(JSON.stringify(changed)).toBe(JSON.stringify(spec).replaceAll('"input', '"changed input'));
  });

  it("changes every leaf of nested secrets, numbers and booleans as well", () => {
    const secrets: unknown = { a: "x", "b.c": "y", b: { port: 5432, ssl: true, deep: { z: "z" }, none: {} } };
    const args: SiteArgs = {
      ...spec,
      apps: { sales: { source: "a", secrets: secrets as Record<string, string> } },
    };
    expect(mapInputs(siteSchema, args, (value) => [value]).apps.sales?.secrets).toEqual({
      a: ["x"],
      "b.c": ["y"],
      b: { port: [5432], ssl: [true], deep: { z: ["z"] }, none: {} },
    });
  });

  it("is a copy of the same spec when nothing is changed", () => {
    fc.assert(
      fc.property(fc.oneof(validSpec, validOidcSpec), (args) => {
        expect(mapInputs(siteSchema, args, (value) => value)).toEqual(args);
      }),
      { numRuns: 50 },
    );
  });
});

/** What is known of the kinds of providers. */
import * as fs from "node:fs";
import * as path from "node:path";
import { oidcProvider, oidcProviderNames, oidcProviders } from "../../../components/spec/oidc-providers";

it("is known of these, by oauth2-proxy's names", () => {
  expect(oidcProviderNames).toEqual(["oidc", "google", "github", "gitlab", "entra-id", "keycloak-oidc"]);
});

it.each(oidcProviderNames)("fits together for %s", (name) => {
  const provider = oidcProviders[name];
  expect(provider.defaultIssuer !== undefined).toBe(provider.issuer === "optional");
  if (provider.issuerForm !== undefined) expect(provider.issuer).not.toBe("fixed");
  if (provider.endSessionEndpoint !== undefined) expect(provider.issuer).not.toBe("fixed");
  expect(provider.defaultScopes).toEqual(expect.arrayContaining([...provider.requiredScopes]));
  // Groups that come from no claim are asked for by no scope of OpenID Connect.
  if (!provider.groupsFromClaim) expect(provider.groupsScopes).toEqual([]);
});

it("is known of no other name, also of none that every object has", () => {
  for (const name of ["", "azure", "constructor", "toString", "__proto__", undefined, null, 1, ["oidc"], {}])
    expect(oidcProvider(name)).toBeUndefined();
  expect(oidcProvider("oidc")).toBe(oidcProviders.oidc);
});

it("is written in one place: rules and defaults name no provider", () => {
  const folder = path.resolve(__dirname, "../../../components/spec");
  const others = fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !["oidc-providers.ts", "args.ts"].includes(file));
  expect(others).toEqual(expect.arrayContaining(["defaults.ts", "rules/oidc.ts"]));
  const name = /["'`](google|github|gitlab|entra-id|keycloak-oidc)["'`]|gitlab\.com|microsoftonline/;
  expect(others.filter((file) => name.test(fs.readFileSync(path.join(folder, file), "utf8")))).toEqual([]);
});

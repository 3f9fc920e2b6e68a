import { passwordUrn } from "../../../stacks/generated-passwords";
import type { State } from "../../../stacks/state";

const type = "random:index/randomPassword:RandomPassword";
const urn = (parents: string, name: string): string => `urn:pulumi:dev::shop::${parents}$${type}::${name}`;
const site = "streamlit-site:index:DockerSite";
const state = (...urns: string[]): State => ({
  deployment: { resources: urns.map((one) => ({ type, urn: one })) },
});

test("the password of a user", () => {
  const both = state(urn(site, "site-demo"), urn(site, "site-a::b"));
  expect(passwordUrn(both, "demo")).toBe(urn(site, "site-demo"));
  expect(passwordUrn(both, "a::b")).toBe(urn(site, "site-a::b"));
});

test("a user without one, with those that have one", () => {
  expect(() => passwordUrn(state(urn(site, "site-demo"), urn(site, "site-guest")), "ceo")).toThrow(
    "the stack makes no password for ceo; it does for demo, guest. One that is in its file: npm run secret -- auth.basic.users.ceo",
  );
});

test("Redis's password is nobody's", () => {
  const redis = urn(`${site}$streamlit-site:index:DockerOauth2Proxy`, "site-sign-in-redis");
  expect(() => passwordUrn(state(redis), "sign-in-redis")).toThrow("the stack has no generated passwords");
  expect(() => passwordUrn({ deployment: {} }, "demo")).toThrow("the stack has no generated passwords");
});

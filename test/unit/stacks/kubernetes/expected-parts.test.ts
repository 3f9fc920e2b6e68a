import fc from "fast-check";
import { expectedParts } from "../../../../stacks/kubernetes/expected-parts";

describe("the parts of a site on Kubernetes", () => {
  it("are two gateways and the replicas of the apps", () => {
    expect(
      expectedParts({
        apps: { one: {}, two: { replicas: 2 }, three: { autoscaling: { min: 3, max: 9 } } },
        auth: { basic: {} },
      }),
    ).toEqual(["gateway", "gateway.2", "one", "two", "two.2", "three", "three.2", "three.3"]);
  });

  it("are more with a provider, and Redis unless sessions are in cookies", () => {
    const signIn = ["gateway", "gateway.2", "oauth2-proxy", "oauth2-proxy.2"];
    expect(expectedParts({ auth: { oidc: {} } })).toEqual([...signIn, "redis"]);
    expect(expectedParts({ auth: { oidc: {} }, sessions: { cookie: {} } })).toEqual(signIn);
  });

  it("are told of anything, whatever it is", () => {
    fc.assert(
      fc.property(fc.anything(), (spec) => {
        expect(expectedParts(spec)).toContain("gateway");
      }),
    );
  });
});

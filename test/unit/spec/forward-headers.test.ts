/** Which headers an app may ask for. */
import type { SiteArgs } from "../../../components/spec/args";
import { checkSite } from "../../../components/spec/check";
import { SiteSpecError } from "../../../components/spec/errors";
import { clientHeaders } from "../../../components/spec/request-headers";
import { identityHeaders } from "../../../components/streamlit/streamlit";

function faults(forwardHeaders: unknown): string[] {
  const spec = {
    host: "site.example.com",
    apps: { sales: { source: "x", forwardHeaders } },
    auth: { basic: { generatedUsers: ["anna"] } },
  };
  try {
    checkSite(spec as SiteArgs, "docker");
  } catch (error) {
    if (error instanceof SiteSpecError) return error.faults.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

const at = "apps.sales.forwardHeaders";

describe("forwardHeaders", () => {
  it("takes names that say nothing of who is calling, in any case", () => {
    expect(faults(["traceparent", "TraceState", "X-Request-Id", "X-B3-TraceId", "sentry-trace"])).toEqual([]);
    expect(faults([])).toEqual([]);
  });

  it.each([
    ...Object.keys(identityHeaders),
    ..."Remote-User Remote-Email Remote-Groups Remote-Name X-Remote-User X-User X-Email X-Groups X-WebAuth-User".split(
      " ",
    ),
    ..."X-Auth-Request-User X-Auth-Request-Access-Token X-Authenticated-Userid X-Auth-Username X-Streamlit-User".split(
      " ",
    ),
    ..."Cf-Access-Authenticated-User-Email Cf-Access-Jwt-Assertion X-Goog-Authenticated-User-Email X-Goog-Iap-Jwt-Assertion".split(
      " ",
    ),
    ..."X-Amzn-Oidc-Data X-Amzn-Oidc-Identity X-MS-Client-Principal-Name X-MS-Token-AAD-Id-Token".split(" "),
    ..."Tailscale-User-Login X-authentik-username X-Pomerium-Jwt-Assertion X-Vouch-User X-Userinfo".split(
      " ",
    ),
  ])("refuses %s, by which proxies tell who is calling", (name) => {
    for (const spelled of [name, name.toLowerCase(), name.toUpperCase()])
      expect(faults([spelled])).toEqual([
        expect.stringMatching(new RegExp(`^${at.replaceAll(".", "\\.")}\\[0\\]: ${name} `, "i")),
      ]);
  });

  it.each([
    ["Authorization", "is what somebody signs in with, which no app may have"],
    ["Proxy-Authorization", "is what somebody signs in with, which no app may have"],
    ["Cookie", "reaches every app anyway, without the cookies of sign-ins"],
    ["Host", "belongs to a connection, and the gateway writes its own"],
    ["Connection", "belongs to a connection, and the gateway writes its own"],
    ["Upgrade", "belongs to a connection, and the gateway writes its own"],
    ["Transfer-Encoding", "belongs to a connection, and the gateway writes its own"],
    ["Content-Length", "belongs to a connection, and the gateway writes its own"],
    ["TE", "belongs to a connection, and the gateway writes its own"],
    ["Proxy-Connection", "belongs to a connection, and the gateway writes its own"],
    ["Forwarded", "says where a request comes from or was for, which the gateway tells apps itself"],
    ["X-Forwarded-For", "says where a request comes from or was for, which the gateway tells apps itself"],
    [
      "X-Forwarded-Anything",
      "says where a request comes from or was for, which the gateway tells apps itself",
    ],
    ["X-Real-IP", "says where a request comes from or was for, which the gateway tells apps itself"],
    ["CF-Connecting-IP", "says where a request comes from or was for, which the gateway tells apps itself"],
    ["X-Original-URL", "says where a request comes from or was for, which the gateway tells apps itself"],
    ["Sec-Purpose", "belongs to browsers, and what apps need of it reaches them anyway"],
    ["X-Accel-Redirect", "is an order to a server"],
    ["X-HTTP-Method-Override", "is an order to a server"],
  ])("refuses %s: it %s", (name, reason) => {
    expect(faults(["traceparent", name])).toEqual([`${at}[1]: ${name.toLowerCase()} ${reason}`]);
  });

  it("refuses what reaches every app anyway", () => {
    for (const name of clientHeaders)
      expect(faults([name])).toEqual([`${at}[0]: ${name.toLowerCase()} reaches every app anyway`]);
  });

  it("refuses a name that is there already, in whatever case", () => {
    expect(faults(["traceparent", "Traceparent"])).toEqual([
      `${at}[1]: traceparent is there already, as forwardHeaders[0]`,
    ]);
  });

  it.each(["X_Request_Id", "", "-x", "x-", "x--y", "x:y", "x y", "é", "x;", "$x"])("takes no %j", (name) => {
    expect(faults([name])).toEqual([
      `${at}.0: must be the name of a header with letters, digits and single hyphens between them, for instance traceparent`,
    ]);
  });

  it("takes 16 names at most", () => {
    const names = Array.from({ length: 17 }, (_, index) => `x-${String(index)}`);
    expect(faults(names.slice(1))).toEqual([]);
    expect(faults(names)).toEqual([`${at}: must have at most 16 names`]);
  });
});

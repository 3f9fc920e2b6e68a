/** A site that signs in at a real Keycloak: what `keycloak-oidc` makes of the spec's few lines. */
import type { SiteArgs } from "../../../components/spec/args";
import { createNetwork, dockerRunner, type IdentityNetwork } from "../../oidc/docker";
import { Keycloak } from "../../oidc/keycloak";
import { cookieHeader, type SignedIn, signIn } from "../../oidc/sign-in";
import { TestSite } from "../../site";
import { SiteClient } from "../support/client";
import { address, probe } from "../support/apps";
import { StreamlitSession } from "../support/streamlit";

const missing = Keycloak.missing();
const project = "contract-keycloak";
const host = "analytics.test";
const ports = { https: 18743, http: 18780, address };
const origin = `https://${host}:${ports.https}`;

// Its first pages take their time.
jest.setTimeout(60_000);

(missing === undefined ? describe : describe.skip)(`Keycloak${missing ? ` (${missing})` : ""}`, () => {
  let network: IdentityNetwork;
  let keycloak: Keycloak;
  let site: TestSite;
  let client: SiteClient;
  let session = "";

  // The first time, it is fetched and built.
  beforeAll(async () => {
    network = await createNetwork(project);
    const secret = "the secret of the Keycloak tests";
    keycloak = await Keycloak.start({
      runner: dockerRunner(project, [network.name]),
      port: 19544,
      client: {
        id: "site",
        secret,
        redirectUris: [`${origin}/oauth2/callback`],
        postLogoutRedirectUris: [`${origin}/oauth2/signed_out`],
      },
    });
    const spec: SiteArgs = {
      host,
      ports,
      apps: { open: { source: probe }, limited: { source: probe, allow: { groups: ["finance"] } } },
      auth: {
        oidc: {
          provider: "keycloak-oidc",
          issuer: keycloak.issuer,
          clientId: "site",
          clientSecret: secret,
          caCertificate: keycloak.ca,
          network: network.name,
        },
      },
    };
    site = await TestSite.open(project, spec);
    await site.up();
    const { caCertificate } = await site.outputs();
    client = new SiteClient(host, ports, caCertificate, () => ({ Cookie: session }));
  }, 900_000);

  afterAll(async () => {
    await site.down();
    await keycloak.stop();
    await network.remove();
  }, 60_000);

  const enter = (user: string, path: string): Promise<SignedIn> =>
    signIn({ site: { origin, ca: client.ca }, provider: keycloak, user, path });

  test("a user signs in and comes to the page that was asked for; st.user has e-mail and groups", async () => {
    const { last, jar } = await enter("alice", "/open/?a=1&b=https://x//y");
    expect([last.status, last.url]).toEqual([200, `${origin}/open/?a=1&b=https://x//y`]);
    session = cookieHeader(jar, origin);
    const opened = await StreamlitSession.open(client, "/open", { user: "alice" });
    const { user } = await opened.page();
    expect(user).toMatchObject({ name: "alice", email: "alice@example.com" });
    expect(JSON.parse(String(user.groups))).toEqual(expect.arrayContaining(["finance", "staff"]));
    await opened.drop();
  });

  test.each([
    ["alice", 200],
    ["bob", 403],
  ] as const)("the guest list by groups: %s gets %i", async (user, status) => {
    expect((await enter(user, "/limited/")).last.status).toBe(status);
  });

  test("sign-out ends the session here and at Keycloak", async () => {
    const { visitor, jar } = await enter("bob", "/open/");
    session = cookieHeader(jar, origin);
    expect((await client.request("/open/_stcore/health", { user: "bob" })).status).toBe(200);
    const end = await visitor.open(`${origin}/oauth2/sign_out`);
    expect(end.url).toBe(`${origin}/oauth2/signed_out`);
    expect((await client.request("/open/_stcore/health", { user: "bob" })).status).toBe(401);
    expect((await visitor.open(`${origin}/open/`)).url).toMatch(
      `${keycloak.issuer}/protocol/openid-connect/auth`,
    );
  });
});

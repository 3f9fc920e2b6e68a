/** Keycloak as the tests of single sign-on use it. */
import { decodeJwt } from "jose";
import { Keycloak } from "../oidc/keycloak";
import { accounts } from "../oidc/provider/accounts";
import { signIn } from "../oidc/sign-in";
import { RelyingParty, type SessionPage } from "./oidc/relying-party";

const missing = Keycloak.missing();
const port = 19544;

// Its first pages take their time.
jest.setTimeout(60_000);

(missing === undefined ? describe : describe.skip)(`Keycloak${missing ? ` (${missing})` : ""}`, () => {
  let site: RelyingParty;
  let keycloak: Keycloak;

  // The first time, it is fetched and built.
  beforeAll(async () => {
    site = await RelyingParty.start();
    keycloak = await Keycloak.start({ project: "contract-keycloak", port, client: site.client });
    const endpoint = `${new URL(keycloak.issuer).pathname}/protocol/openid-connect`;
    site.provider = {
      host: "id.test",
      port,
      ca: keycloak.ca,
      authorization: `${endpoint}/auth`,
      token: `${endpoint}/token`,
    };
    site.scope = "openid profile email"; // It has no scope for groups: they are always there.
  }, 900_000);

  afterAll(async () => {
    await site.stop();
    await keycloak.stop();
  });

  test.each(["alice", "bob"])("%s signs in, with groups in the ID token", async (user) => {
    const { last } = await signIn({ site, provider: keycloak, user, path: "/open/?a=1&b=2" });
    expect(last.url).toBe(`${site.origin}/open/?a=1&b=2`);
    const { id_token, nonce } = JSON.parse(last.body.toString("utf8")) as SessionPage;
    const { groups = [], ...claims } = decodeJwt<{ groups?: string[] }>(id_token);
    const { email, preferred_username, groups: expected } = accounts[user] ?? {};
    expect(claims).toMatchObject({
      iss: keycloak.issuer,
      nonce,
      email,
      email_verified: true,
      preferred_username,
    });
    expect([...groups].sort()).toEqual([...(expected ?? [])].sort());
  });

  test("with a wrong password it ends on the sign-in page", async () => {
    const { last } = await signIn({ site, provider: keycloak, user: "alice", password: "another" });
    expect(last.url).toMatch(`${keycloak.issuer}/login-actions/`);
    expect(last.body.toString("utf8")).toContain("Invalid username or password.");
  });

  test("signing out with an ID token leads back, and the next page asks for a password", async () => {
    const { last, visitor } = await signIn({ site, provider: keycloak, user: "alice" });
    const { id_token } = JSON.parse(last.body.toString("utf8")) as SessionPage;
    const query = new URLSearchParams({
      id_token_hint: id_token,
      post_logout_redirect_uri: `${site.origin}/goodbye`,
    });
    const end = await visitor.open(`${keycloak.issuer}/protocol/openid-connect/logout?${query.toString()}`);
    expect(end.url).toBe(`${site.origin}/goodbye`);
    expect((await visitor.open(site.origin)).url).toMatch(`${keycloak.issuer}/protocol/openid-connect/auth`);
  });
});

// The test identity provider, as it runs in its container; `provider.ts` starts it and says what the options are.
import { randomBytes } from "node:crypto";
import * as https from "node:https";
import { json, text } from "node:stream/consumers";
import { URL, URLSearchParams } from "node:url";
import { interactionPolicy, Provider } from "oidc-provider";
import MemoryAdapter from "oidc-provider/lib/adapters/memory_adapter.js";
import LRU from "oidc-provider/lib/helpers/lru.js";
import { signedOutPage, signInPage, signOutPage } from "./pages.mjs";

const options = JSON.parse(process.env.OIDC_OPTIONS);

// The library's own store evicts the first of a few hundred sessions.
const store = new LRU({ maxSize: 100_000 });

/** How often each path was asked for. */
const requests = {};
/** The users who may no longer sign in, nor stay signed in. */
let disabled = [];
/** The keys that it says it signs with, in place of its own. */
let published;

const accountOf = (login) => (disabled.includes(login) ? undefined : options.accounts[login]);

const { base, Check } = interactionPolicy;
const policy = base();
policy
  .get("login")
  .checks.add(
    new Check("account_gone", "the session's user is disabled", ({ oidc }) =>
      oidc.session.accountId && !oidc.account ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT,
    ),
  );

const day = 86_400;

const provider = new Provider(options.issuer, {
  adapter: (model) => new MemoryAdapter(model, store),
  clients: options.clients.map(({ id, secret, redirectUris, postLogoutRedirectUris }) => ({
    client_id: id,
    client_secret: secret,
    redirect_uris: redirectUris,
    post_logout_redirect_uris: postLogoutRedirectUris,
    grant_types: ["authorization_code", "refresh_token"],
  })),
  jwks: { keys: [options.signingKey] },
  cookies: { keys: [randomBytes(32).toString("hex")] },
  claims: {
    openid: ["sub"],
    email: ["email", "email_verified"],
    profile: ["name", "preferred_username"],
    groups: ["groups"],
  },
  // Most providers put all of them into the ID token, whatever the specification says about the code flow.
  conformIdTokenClaims: false,
  findAccount(_context, login) {
    const account = accountOf(login);
    return account && { accountId: login, claims: () => account };
  },
  interactions: { policy },
  pkce: { required: () => true },
  // Without offline_access, the refresh token ends with the provider's session.
  issueRefreshToken: (_context, client) => client.grantTypeAllowed("refresh_token"),
  rotateRefreshToken: true,
  ttl: {
    AccessToken: options.tokenSeconds,
    IdToken: options.tokenSeconds,
    AuthorizationCode: 60,
    Interaction: 3600,
    Session: day,
    Grant: day,
    RefreshToken: day,
  },
  // Nobody is asked for consent.
  async loadExistingGrant({ oidc }) {
    const id = oidc.session.grantIdFor(oidc.client.clientId);
    const grant =
      (id && (await oidc.provider.Grant.find(id))) ||
      new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope(oidc.params.scope);
    await grant.save();
    return grant;
  },
  features: {
    devInteractions: { enabled: false },
    rpInitiatedLogout: {
      logoutSource(context, form) {
        context.body = signOutPage(form, context.oidc.entities.IdTokenHint === undefined);
      },
      postLogoutSuccessSource(context) {
        context.body = signedOutPage();
      },
    },
  },
  renderError(context, { error, error_description: description }) {
    context.type = "text/plain";
    context.body = `${error}: ${description}`;
  },
});

for (const event of ["authorization.error", "grant.error", "userinfo.error", "end_session.error"])
  provider.on(event, (_context, error) => console.log(event, error.message, error.error_detail ?? ""));
provider.on("server_error", (_context, error) => console.error(error));

/** The sign-in page, and what is posted from it. */
async function interact(request, response) {
  const { prompt } = await provider.interactionDetails(request, response);
  const finish = (result) => provider.interactionFinished(request, response, result);
  // A client that insists on consent gets it.
  if (prompt.name === "consent") return finish({ consent: {} });

  response.setHeader("Content-Type", "text/html; charset=utf-8");
  response.setHeader("Cache-Control", "no-store");
  if (request.method !== "POST") return response.end(signInPage());
  const form = new URLSearchParams(await text(request));
  const login = form.get("login");
  if (accountOf(login) && form.get("password") === options.password)
    return finish({ login: { accountId: login } });
  return response.writeHead(401).end(signInPage("Wrong user or password."));
}

/** The endpoint of the test: GET returns the counts of requests, PUT sets the disabled users, or the keys that are published. */
async function control(request, response) {
  if (request.headers.authorization !== `Bearer ${options.controlKey}`) return response.writeHead(401).end();
  if (request.method === "PUT") ({ disabled = disabled, published = published } = await json(request));
  return response.end(JSON.stringify(requests));
}

const handle = provider.callback();

async function serve(request, response) {
  const { pathname } = new URL(request.url, options.issuer);
  if (pathname === "/control") return control(request, response);
  const endpoint = pathname.replace(/^\/(auth|interaction)\/.+/, "/$1/:uid");
  requests[endpoint] = (requests[endpoint] ?? 0) + 1;
  if (endpoint === "/jwks" && published)
    return response
      .writeHead(200, { "Content-Type": "application/jwk-set+json" })
      .end(JSON.stringify({ keys: published }));
  return endpoint === "/interaction/:uid" ? interact(request, response) : handle(request, response);
}

https
  .createServer({ cert: options.certificate, key: options.privateKey }, (request, response) => {
    serve(request, response).catch((error) => {
      console.error(error);
      if (!response.headersSent)
        response.writeHead(error.statusCode ?? 500, { "Content-Type": "text/plain" });
      response.end(error.message);
    });
  })
  .listen(options.port);

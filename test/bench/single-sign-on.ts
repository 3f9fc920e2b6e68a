/** The two contenders with single sign-on, and the identity provider that both of them ask. */
import { randomBytes } from "node:crypto";
import * as path from "node:path";
import Docker from "dockerode";
import { gatewayPorts } from "../../components/docker/platform";
import { createNetwork as createIdentityNetwork, dockerRunner } from "../oidc/docker";
import { TestProvider } from "../oidc/provider/provider";
import { cookieHeader, type KnownServer, signIn } from "../oidc/sign-in";
import { TestSite } from "../site";
import { addressOf, createNetwork } from "./containers";
import type { Contender } from "./contender";
import { untilHealthy } from "./http";
import { type AppArgs, recipePort, startApp, startNginx, startOauth2Proxy } from "./recipes";

const docker = new Docker();

const host = "sso.test";
const ports = { https: 38444, http: 38081, address: "127.0.0.1" };
const origin = `https://${host}:${ports.https}`;
// Without a port, for the same reason as the other recipe's.
const recipeOrigin = "http://sso-recipe.test";

/** What {@link startSingleSignOn} takes. */
export interface SingleSignOnArgs {
  /** Told of the site before it is brought up, so that it can be removed whatever happens. */
  opened: (site: TestSite) => void;
  /** The app of the recipe. */
  app: AppArgs;
  nginxImage: string;
}

/** The project of the site with single sign-on and of the identity provider. */
export const singleSignOnProject = "bench-sso";
const project = singleSignOnProject;

/**
 * Bring up the identity provider, our site with `auth.oidc` and its defaults, and the recipe with oauth2-proxy; and sign in at
 * both.
 */
export async function startSingleSignOn(
  args: SingleSignOnArgs,
): Promise<Record<"sso-recipe" | "sso", Contender>> {
  const clients = { site: client("site", origin), recipe: client("recipe", recipeOrigin) };
  const network = await createIdentityNetwork(project);
  const provider = await TestProvider.start({
    runner: dockerRunner(project, [network.name]),
    clients: [clients.site, clients.recipe],
    port: 39443,
  });

  const site = await TestSite.open(project, {
    host,
    ports,
    apps: { plain: { source: path.join(__dirname, "app") } },
    auth: {
      oidc: {
        provider: "oidc",
        issuer: provider.issuer,
        clientId: clients.site.id,
        clientSecret: clients.site.secret,
        allow: { emailDomains: ["example.com"] },
        caCertificate: provider.ca,
        network: network.name,
      },
    },
  });
  args.opened(site);
  await site.up();
  const { containers, caCertificate, url } = await site.outputs();
  const oauth2Proxy = await docker.getContainer(containers["oauth2-proxy"] ?? "").inspect();

  const recipeNetwork = await createNetwork(`${project}-recipe`);
  const recipeContainers = {
    app: await startApp(args.app, recipeNetwork, "streamlit"),
    "oauth2-proxy": await startOauth2Proxy({
      image: oauth2Proxy.Image,
      network: recipeNetwork,
      providerNetwork: network.name,
      issuer: provider.issuer,
      ca: provider.ca,
      client: clients.recipe,
      redirectUrl: clients.recipe.redirectUris[0] ?? "",
    }),
    nginx: await startNginx(args.nginxImage, recipeNetwork, "sso-recipe.conf"),
  };
  const recipe: Contender = {
    name: "sso-recipe",
    url: `${recipeOrigin}/`,
    address: { host: await addressOf(recipeContainers.nginx), port: recipePort },
    containers: recipeContainers,
  };
  // What a sign-in leads through, and what it ends at.
  await untilHealthy(recipe, "oauth2/sign_in");
  await untilHealthy({ ...recipe, address: { host: await addressOf(recipeContainers.app), port: 8501 } });

  const ours: Contender = {
    name: "sso",
    url: `${url}/`,
    address: { host: await addressOf(containers.gateway ?? ""), port: gatewayPorts.https },
    caCertificate,
    containers: {
      app: containers.plain ?? "",
      nginx: containers.gateway ?? "",
      "oauth2-proxy": containers["oauth2-proxy"] ?? "",
      redis: containers.redis ?? "",
    },
  };
  return {
    // Not by its page: nginx would lead to its own port, which is another one outside.
    "sso-recipe": await signedIn(recipe, "/oauth2/start?rd=%2F", provider),
    sso: await signedIn(ours, "/", provider),
  };
}

/** A relying party that the provider knows. */
function client(id: string, at: string) {
  return { id, secret: randomBytes(20).toString("hex"), redirectUris: [`${at}/oauth2/callback`] };
}

/** The contender as somebody who has signed in, and who can do so again. */
async function signedIn(contender: Contender, start: string, provider: TestProvider): Promise<Contender> {
  const { url, address, caCertificate: ca } = contender;
  const site: KnownServer = { origin: new URL(url).origin, ca, address };
  const newSession = async (): Promise<string> => {
    const { jar, last } = await signIn({ site, provider, user: "alice", path: start });
    if (last.status !== 200) throw new Error(`the sign-in ended at ${last.url} with ${last.status}`);
    return cookieHeader(jar, url);
  };
  return { ...contender, newSession, session: await newSession() };
}

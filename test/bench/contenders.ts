/** The ways to one and the same app that are measured side by side. */
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import Docker from "dockerode";
import { gatewayPorts } from "../../components/docker/platform";
import { oldBuilds } from "../../stacks/docker/images";
import { TestAuthority } from "../oidc/certificates";
import { TestSite } from "../site";
import { labelsOf, removeLeftovers } from "../leftovers";
import { addressOf, benchLabel, createNetwork } from "./containers";
import type { Contender, ContenderName, Credentials } from "./contender";
import { untilHealthy } from "./http";
import { type AppArgs, recipePort, startApp, startNginx } from "./recipes";
import { singleSignOnProject, startSingleSignOn } from "./single-sign-on";

const project = "bench";
const docker = new Docker();

/** All contenders, up and running. */
export interface Contenders {
  all: Record<ContenderName, Contender>;
  /** Users of the gateway that have not signed in yet. */
  newcomers: Credentials[];
}

/**
 * Bring up the app once for each contender, from the same folder and with the same limits: alone, behind the recipes, behind the
 * gateways.
 *
 * The caller removes them with {@link removeContenders}, also when this fails.
 *
 * @param newcomers how many users of the gateway the measurements need that did not sign in before
 */
export async function startContenders(newcomers: number): Promise<Contenders> {
  const password = randomBytes(15).toString("base64url");
  const user = (username: string): Credentials => ({ username, password });
  const known = user("bench");
  const others = Array.from({ length: newcomers }, (_, index) => user(`newcomer-${index}`));

  const site = await TestSite.open(project, {
    host: "analytics.test",
    ports: { https: 38443, http: 38080, address: "127.0.0.1" },
    apps: { plain: { source: path.join(__dirname, "app") } },
    auth: {
      basic: { users: Object.fromEntries([known, ...others].map(({ username }) => [username, password])) },
    },
  });
  sites.push(site);
  await site.up();
  const { containers, caCertificate, url } = await site.outputs();
  const app = await docker.getContainer(containers.plain ?? "").inspect();
  const gateway = await docker.getContainer(containers.gateway ?? "").inspect();
  const appArgs: AppArgs = { image: app.Image, host: app.HostConfig };

  const network = await createNetwork(`${project}-recipe`);
  const direct = await startApp(appArgs, network, "direct");
  const behindRecipe = await startApp(appArgs, network, "streamlit");
  const recipe = await startNginx(gateway.Image, network, "recipe.conf");
  const tlsOnly = await startTlsOnly(appArgs, gateway.Image);

  const all: Contenders["all"] = {
    direct: {
      name: "direct",
      url: "http://direct.test/",
      address: { host: await addressOf(direct), port: 8501 },
      containers: { app: direct },
    },
    recipe: {
      name: "recipe",
      // Port 80: the recipe hands on the host name without a port, and Streamlit refuses its websocket elsewhere.
      url: "http://recipe.test/",
      address: { host: await addressOf(recipe), port: recipePort },
      containers: { app: behindRecipe, nginx: recipe },
    },
    tls: tlsOnly,
    gateway: {
      name: "gateway",
      url: `${url}/`,
      address: { host: await addressOf(gateway.Id), port: gatewayPorts.https },
      credentials: known,
      caCertificate,
      containers: { app: app.Id, nginx: gateway.Id },
    },
    ...(await startSingleSignOn({
      opened: (opened) => sites.push(opened),
      app: appArgs,
      nginxImage: gateway.Image,
    })),
  };
  for (const contender of Object.values(all)) await untilHealthy(contender);
  return { all, newcomers: others };
}

/** nginx that ends TLS and does nothing else, with an app of its own. */
async function startTlsOnly(app: AppArgs, nginxImage: string): Promise<Contender> {
  const network = await createNetwork(`${project}-tls`);
  const behind = await startApp(app, network, "streamlit");
  const authority = new TestAuthority();
  const { certificate, privateKey } = authority.issue("tls.test");
  const nginx = await startNginx(nginxImage, network, "tls.conf", {
    "tls.crt": certificate + authority.certificate,
    "tls.key": privateKey,
  });
  return {
    name: "tls",
    url: "https://tls.test/",
    address: { host: await addressOf(nginx), port: gatewayPorts.https },
    caCertificate: authority.certificate,
    containers: { app: behind, nginx },
  };
}

const sites: TestSite[] = [];

/** Remove what {@link startContenders} made, also what a run that was killed has left. */
export async function removeContenders(): Promise<void> {
  // What the engine cannot remove, for instance because it was interrupted, is removed below.
  for (const site of sites.splice(0))
    await site.down().catch(() => fs.rmSync(site.folder, { recursive: true, force: true }));
  const projects = [project, singleSignOnProject] as const;
  await removeLeftovers([benchLabel, ...projects.flatMap(labelsOf)]);
  for (const project of projects) await (await oldBuilds({ project, stack: "test" }))();
}

/**
 * Restart containers of a contender, one after the other, so that each finds its address free again; and wait until the contender
 * answers.
 *
 * @param path as for {@link untilHealthy}
 */
export async function restart(contender: Contender, parts: string[], path?: string): Promise<void> {
  for (const part of parts) await docker.getContainer(contender.containers[part] ?? "").restart({ t: 5 });
  await untilHealthy(contender, path);
}

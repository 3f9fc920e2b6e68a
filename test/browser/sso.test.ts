/** Single sign-on in a real browser: to the provider and back, replicas that die and change, and out again. */
import * as path from "node:path";
import Docker from "dockerode";
import type { FrameLocator, Page } from "playwright-core";
import type { SiteArgs } from "../../components/spec/args";
import { address } from "../contract/support/apps";
import { createNetwork, dockerRunner, type IdentityNetwork } from "../oidc/docker";
import { TestProvider } from "../oidc/provider/provider";
import { type SiteOutputs, TestSite } from "../site";
import { toleratesDrop } from "./changes";
import { type Chromium, type ChromiumArgs, startChromium, startOrdinaryWindow } from "./chromium";
import { count, session } from "./live";
import { isNotShown, Portal } from "./portal";
import { apps, named, scenario } from "./stage";
import { until, Visit } from "./visit";

const project = "browser-sso";
const host = "analytics.test";
const ports = { https: 28543, http: 28580 };
const origin = `https://${host}:${ports.https}`;
const providerPort = 29443;
/** Pages elsewhere, of the same site to browsers and of another one. */
const portals = { sameSite: `portal.${host}`, crossSite: "intranet.test" } as const;
const portalPort = 28544;
/** The host of an app's own: the same site to browsers as {@link host}. */
const neighbour = `neighbour.${host}`;
const client = { id: "browser", secret: "the secret of the browser tests" };
/** Seconds that an old replica is kept for those who have it open. */
const drainTimeout = 25;

let network: IdentityNetwork;
let provider: TestProvider;
let site: TestSite;
let chromium: Chromium;
/** An ordinary window of a browser of its own. */
let ordinary: Awaited<ReturnType<typeof startOrdinaryWindow>> | undefined;
let portal: Portal;
let outputs: SiteOutputs;

const spec = (environment: Record<string, string> = {}, framedBy: string = portals.sameSite): SiteArgs => ({
  host,
  ports: { ...ports, address },
  apps: {
    explorer: {
      source: path.join(apps, "explorer"),
      title: "Data explorer",
      allow: { groups: ["finance"] },
      embed: { from: [`https://${framedBy}:${portalPort}`] },
    },
    live: {
      source: path.join(apps, "live"),
      title: "Who is signed in, live",
      replicas: 2,
      drainTimeout: `${drainTimeout}s`,
      environment,
      resources: { memory: "512Mi" },
    },
    neighbour: {
      source: path.join(apps, "live"),
      title: "Neighbour",
      host: neighbour,
      resources: { memory: "512Mi" },
    },
  },
  auth: {
    oidc: {
      provider: "oidc",
      issuer: provider.issuer,
      clientId: client.id,
      clientSecret: client.secret,
      caCertificate: provider.ca,
      network: network.name,
      endSessionEndpoint: `${provider.issuer}/session/end`,
    },
  },
  sessions: { redis: { connectionCheckInterval: "2s" } },
});

beforeAll(async () => {
  network = await createNetwork(project);
  provider = await TestProvider.start({
    runner: dockerRunner(project, [network.name]),
    port: providerPort,
    clients: [
      {
        ...client,
        redirectUris: [`${origin}/oauth2/callback`],
        postLogoutRedirectUris: [`${origin}/oauth2/signed_out`],
      },
    ],
  });
  portal = await Portal.start(Object.values(portals), portalPort);
  site = await TestSite.open(project, spec());
  await site.up();
  outputs = await site.outputs();
  chromium = await startChromium(chromiumArgs());
}, 600_000);

const chromiumArgs = (): ChromiumArgs => ({
  hosts: [host, neighbour, "id.test", ...Object.values(portals)],
  ports: [...Object.values(ports), providerPort, portalPort],
  authorities: [outputs.caCertificate, provider.ca, portal.authority],
});

afterAll(async () => {
  await chromium.close();
  await ordinary?.close();
  await portal.close();
  await site.down();
  await provider.stop();
  await network.remove();
}, 300_000);

const sso = (name: string, run: (open: () => Promise<Visit>) => Promise<void>): void => {
  scenario(
    name,
    (open) => run(() => open()),
    async (visitor = {}) => {
      const visit = await Visit.open(chromium.browser, outputs.url, visitor);
      visit.alsoKnows(`id.test:${providerPort}`);
      return visit;
    },
  );
};

/** Ask for a page, and sign in on the provider's. */
async function signIn(visit: Visit, address: string, user: string): Promise<void> {
  await visit.page.goto(address);
  await fillIn(visit.page, user);
  await visit.page.waitForURL((url) => url.host === new URL(origin).host);
}

/** Fill in the provider's form. */
async function fillIn(page: Page, user: string): Promise<void> {
  await page.locator(`input[name="${provider.form.user}"]`).fill(user);
  await page.locator(`input[name="${provider.form.password}"]`).fill(provider.password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function signInToLive(visit: Visit, user: string): Promise<void> {
  await signIn(visit, "/live/", user);
  await named(visit.page, "heading", `Signed in as ${user}`).waitFor();
  await visit.sees(/Samples: \d+/);
}

const connections = (visit: Visit): number =>
  visit.sockets.filter(({ status, closed }) => status === 101 && !closed).length;

sso("somebody signs in and lands on the deep link that was asked for", async (open) => {
  const visit = await open();
  await signIn(visit, "/explorer/compare?country=Japan", "alice");
  await visit.sees("Life expectancy of Japan");
  expect(visit.page.url()).toBe(`${origin}/explorer/compare?country=Japan`);
  await visit.go("/");
  await visit.sees("Signed in as alice");
  expect(await visit.page.getByRole("link").allInnerTexts()).toEqual([
    "Sign out",
    expect.stringMatching(/^D\s+Data explorer$/),
    expect.stringMatching(/^W\s+Who is signed in, live$/),
    expect.stringMatching(/^N\s+Neighbour$/),
  ]);
});

sso("the index page shows only what one may open, and the rest is refused", async (open) => {
  const visit = await open();
  visit.expectProblem(/^403 \S+\/explorer\/$/);
  await signIn(visit, "/", "bob");
  await visit.sees("Signed in as bob");
  expect(await visit.page.getByRole("link").allInnerTexts()).toEqual([
    "Sign out",
    expect.stringMatching(/^W\s+Who is signed in, live$/),
    expect.stringMatching(/^N\s+Neighbour$/),
  ]);
  expect((await visit.go("/explorer/")).status()).toBe(403);
  await visit.sees("Signed in as bob");
});

sso("an app at a host of its own needs no second sign-in, and gets nowhere against another", async (open) => {
  const visit = await open();
  visit.alsoKnows(`${neighbour}:${ports.https}`);
  await signIn(visit, "/explorer/", "alice");
  await visit.page.goto(`https://${neighbour}:${ports.https}/`);
  await named(visit.page, "heading", "Signed in as alice").waitFor();
  await visit.sees(/Samples: \d+/);
  // What its script tries from here on is refused, and the browser says so.
  visit.expectProblem(/./);
  const reached = await visit.page.evaluate(`(async () => {
    const victim = ${JSON.stringify(`${origin}/explorer/`)};
    const attempt = (run) => run().catch(() => "refused");
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    return {
      read: await attempt(async () => (await fetch(victim, { credentials: "include" })).text()),
      framed: await attempt(async () => {
        const frame = document.createElement("iframe");
        frame.src = victim;
        document.body.append(frame);
        await wait(2000);
        return frame.contentWindow.document.body.innerText;
      }),
      opened: await attempt(async () => {
        const opened = window.open(victim);
        await wait(2000);
        return opened === null || opened.closed ? "refused" : opened.document.body.innerText;
      }),
      connected: await new Promise((resolve) => {
        const socket = new WebSocket(victim.replace("https", "wss") + "_stcore/stream", ["streamlit"]);
        socket.onopen = () => resolve("open");
        socket.onerror = () => resolve("refused");
      }),
      worker: await attempt(async () => {
        await navigator.serviceWorker.register("/_stcore/health");
        return "registered";
      }),
      cookie: await attempt(async () => {
        document.cookie = "__Host-oauth2_proxy_28543=x; Secure; Path=/; Domain=analytics.test";
        return document.cookie.includes("oauth2_proxy") ? document.cookie : "refused";
      }),
    };
  })()`);
  expect(reached).toEqual({
    read: "refused",
    framed: "refused",
    opened: "refused",
    connected: "refused",
    worker: "refused",
    cookie: "refused",
  });
});

sso("the app knows who it is, with e-mail address and groups", async (open) => {
  const visit = await open();
  await signInToLive(visit, "alice");
  const text = await visit.text();
  expect(text).toContain("alice@example.com");
  expect(text).toMatch(/staff[\s\S]*finance/);
  await count(visit, 1);
});

sso("somebody with a name beyond ASCII is called by it", async (open) => {
  const visit = await open();
  await signIn(visit, "/live/", "jose");
  await named(visit.page, "heading", "Signed in as josé").waitFor();
  await count(visit, 1);
});

sso("the replica that serves a page dies, and the page works on with another", async (open) => {
  const visit = await open();
  toleratesDrop(visit);
  visit.expectProblem(/^50[234] /);
  await signInToLive(visit, "alice");
  await count(visit, 1);
  const before = await session(visit);
  const container = new Docker().getContainer(await replicaOf(visit));
  await container.kill();
  try {
    await until("another connection", () => connections(visit) === 1 && visit.sockets.length > 1);
    await visit.sees(/Samples: \d+/);
    await until("a session of its own", async () => (await session(visit).catch(() => before)) !== before);
    await count(visit, 1);
  } finally {
    await container.start();
  }
});

sso(
  "a changed app: who has it open keeps the session until the limit, who comes gets the new one",
  async (open) => {
    const visit = await open();
    toleratesDrop(visit);
    visit.expectProblem(/^50[234] /);
    await signInToLive(visit, "alice");
    await count(visit, 1);
    const before = await session(visit);
    const oldReplica = await replicaOf(visit);

    const begun = Date.now();
    const change = site.up(spec({ VERSION: "2" }));
    // It is not waited for yet.
    change.catch(() => undefined);
    const running = async (): Promise<string[]> => {
      const all = await new Docker().listContainers({
        filters: JSON.stringify({ label: [`streamlit.project=${project}`, "streamlit.app=live"] }),
      });
      return all.filter(({ Status }) => Status.includes("(healthy)")).map(({ Id }) => Id.slice(0, 12));
    };
    const old = await running();
    await until(
      "both new replicas",
      async () => (await running()).filter((id) => !old.includes(id)).length >= 2,
    );
    await count(visit, 2);
    expect(await session(visit)).toBe(before);

    await until("the gateway sends newcomers to the new version", async () => {
      const newcomer = await open();
      await signInToLive(newcomer, "bob");
      const replica = await replicaOf(newcomer);
      await newcomer.page.close();
      return !old.includes(replica);
    });
    await count(visit, 3);
    expect(await session(visit)).toBe(before);

    await change;
    expect(Date.now() - begun).toBeGreaterThan(drainTimeout * 1000);
    await until("the old connection has ended", () => visit.sockets[0]?.closed === true);
    await until("another connection", () => connections(visit) === 1);
    await until("a new session", async () => (await session(visit).catch(() => before)) !== before);
    expect(await running()).not.toContain(oldReplica);
    await count(visit, 1);
  },
);

sso("sign-out: the old cookie opens nothing, and a page that was open is cut off", async (open) => {
  const visit = await open();
  toleratesDrop(visit);
  await signInToLive(visit, "alice");
  await count(visit, 1);
  const cookies = await visit.context.cookies();

  const second = await visit.context.newPage();
  // A link on a page elsewhere only asks, and its button leads to the provider and back.
  await second.goto(`data:text/html,<a href="${origin}/oauth2/sign_out">Look</a>`);
  await second.getByRole("link", { name: "Look" }).click();
  await second.getByRole("heading", { name: "Sign out?" }).waitFor();
  await second.getByRole("link", { name: "back to the start" }).click();
  const signOut = second.getByRole("link", { name: "Sign out" });
  await signOut.waitFor();
  await second.goBack();
  await second.getByRole("button", { name: "Sign out" }).click();
  await second.getByText("You are signed out").waitFor();
  expect(second.url()).toBe(`${origin}/oauth2/signed_out`);

  visit.expectProblem(/^401 /);
  visit.expectProblem(/^console error: .* status 401\b/);
  await until("the open page's connection has ended", () => connections(visit) === 0);

  const thief = await open();
  await thief.context.addCookies(cookies.filter(({ domain }) => domain === host));
  await thief.page.goto("/live/");
  await thief.page.locator(`input[name="${provider.form.user}"]`).waitFor();
  expect(new URL(thief.page.url()).host).toBe(`id.test:${providerPort}`);

  await second.goto("/live/");
  await second.locator(`input[name="${provider.form.user}"]`).waitFor();
});

/** Sign in from a frame that shows the explorer on a page elsewhere, and load it again. */
async function signInFromFrame(visit: Visit, portalHost: string): Promise<FrameLocator> {
  visit.expectProblem(/^401 \S+\/explorer\/your-data$/);
  const frame = await portal.show(visit, portalHost, `${origin}/explorer/your-data`);
  await frame.getByRole("heading", { name: "Sign in to go on" }).waitFor();
  const opened = visit.context.waitForEvent("page");
  await frame.getByRole("link", { name: "Sign in" }).click();
  const tab = await opened;
  await fillIn(tab, "alice");
  await tab.getByRole("heading", { name: "Your data" }).waitFor();
  expect(tab.url()).toBe(`${origin}/explorer/your-data`);
  await tab.close();
  await frame.getByRole("link", { name: "load this page again" }).click();
  return frame;
}

/** The app in the frame has a websocket, and takes a file. */
async function works(frame: FrameLocator): Promise<void> {
  await frame.getByRole("heading", { name: "Your data" }).waitFor();
  await frame.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').waitFor();
  const file = { name: "own.csv", mimeType: "text/csv", buffer: Buffer.from("a,b\n1,2\n3,4\n") };
  await frame.locator("input[type=file]").setInputFiles(file);
  await frame.getByText("Read 2 rows and 2 columns of own.csv").waitFor();
}

sso("a page of the same site shows an app in a frame, which leads to sign in in a tab", async (open) => {
  const visit = await open();
  await works(await signInFromFrame(visit, portals.sameSite));
  const cookies = await visit.context.cookies(`${origin}/explorer/`);
  expect(cookies.map(({ name }) => name)).toContain("_streamlit_xsrf");
  expect(cookies.filter(({ sameSite }) => sameSite !== "Lax")).toEqual([]);
  await isNotShown(portal, visit, portals.crossSite, `${origin}/explorer/your-data`);
});

describe("a page of another site that the spec lists", () => {
  beforeAll(async () => {
    await site.up(spec({ VERSION: "2" }, portals.crossSite));
    ordinary = await startOrdinaryWindow(chromiumArgs());
  }, 120_000);

  sso("asks to sign in for ever where third-party cookies are blocked", async (open) => {
    const visit = await open();
    const frame = await signInFromFrame(visit, portals.crossSite);
    await frame.getByRole("heading", { name: "Sign in to go on" }).waitFor();
    visit.expectProblem(/^403 \S+\/live\/$/);
    await isNotShown(portal, visit, portals.crossSite, `${origin}/live/`);
  });

  scenario(
    "shows the app where they are not",
    async (open) => {
      await works(await signInFromFrame(await open(), portals.crossSite));
    },
    async () => {
      if (!ordinary) throw new Error("there is no window");
      const visit = await Visit.in(ordinary.context, outputs.url);
      visit.alsoKnows(`id.test:${providerPort}`);
      return visit;
    },
  );
});

/** The short id of the container that serves a visitor, which is its host name: the page shows it. */
async function replicaOf(visit: Visit): Promise<string> {
  const found = /Replica\s+([0-9a-f]{12})\s/.exec(await visit.text())?.[1];
  if (found === undefined) throw new Error("the page shows no replica");
  return found;
}

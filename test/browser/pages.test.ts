/** The gateway's own pages, light and dark, on a desk and on a telephone: what a picture would show, without its pixels. */
import { once } from "node:events";
import * as fs from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import * as os from "node:os";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import type { SiteArgs } from "../../components/spec/args";
import { type Chromium, startChromium } from "./chromium";
import { type LoneGateway, startGateway } from "./gateway";
import { type PageStructure, structureOf } from "./page-structure";
import { type Open, scenario } from "./stage";
import { Visit } from "./visit";

const host = "analytics.test";
const stranger = "elsewhere.test";
/** Its pages may show the app `plain` in a frame. */
const portal = `https://portal.${host}`;
const basicPorts = { https: 28643, http: 28680 };
const ssoPorts = { https: 28743, http: 28780 };
const password = "the password of demo";
const title = "Northwind <b>&amp;</b> Söhne";
/** Texts that would be markup, or commands to nginx, if they were not taken for text. */
const description = `Costs $5 & "more" <!--# echo var="http_host" --> since 1999</small></a>`;
const longName = "A-title-without-a-place-to-break-it-anywhere-in-all-of-its-eighty-characters-so-it";

const spec = (ports: typeof basicPorts, auth: SiteArgs["auth"], logo: string): SiteArgs => ({
  host,
  title,
  logo,
  ports,
  apps: {
    explorer: { source: "x", title: "Data explorer", description, icon: "🌍" },
    secret: { source: "x", title: "For nobody", allow: { users: [] } },
    long: { source: "x", title: longName.slice(0, 80), description: longName.repeat(3).slice(0, 200) },
    plain: { source: "x", embed: { from: [portal] } },
  },
  auth,
});

let folder: string;
let basic: LoneGateway;
let sso: LoneGateway;
let oauth2Proxy: http.Server;
let chromium: Chromium;

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "pages-"));
  const logo = path.join(folder, "logo.svg");
  fs.writeFileSync(
    logo,
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 64"><rect width="128" height="64" fill="#1d4ed8"/></svg>`,
  );
  const users = { demo: password };
  basic = await startGateway(spec(basicPorts, { basic: { users } }, logo));

  // oauth2-proxy's answers for somebody who is signed in, and for one whom the provider sends back and who may not come in.
  const proxyAddress = "127.0.0.86";
  oauth2Proxy = http.createServer((request, response) => {
    if (request.url === "/oauth2/userinfo") response.end(JSON.stringify({ user: "demo" }));
    else response.writeHead(403).end();
  });
  await new Promise<void>((resolve) => oauth2Proxy.listen(4180, proxyAddress, resolve));
  const oidc = { provider: "oidc", issuer: "https://id.test", clientId: "site", clientSecret: "x" };
  sso = await startGateway(spec(ssoPorts, { oidc }, logo), proxyAddress);

  chromium = await startChromium({
    hosts: [host, stranger],
    ports: [...Object.values(basicPorts), ...Object.values(ssoPorts)],
  });
}, 600_000);

afterAll(async () => {
  await chromium.close();
  await Promise.all([basic.close(), sso.close()]);
  oauth2Proxy.closeAllConnections();
  oauth2Proxy.close();
  fs.rmSync(folder, { recursive: true, force: true });
}, 300_000);

/** A page of the gateway's: where it is met, and what it says. */
interface OwnPage {
  name: string;
  gateway: () => LoneGateway;
  /** The address, without the origin where it is the gateway's own. */
  address: string;
  status: number;
  heading: string;
  /** What it says of who is signed in, as it stands in the page. @default nothing */
  user?: string;
  /** What links there are, in their order. */
  links: string[];
  /** Does it know the site? @default true */
  brand?: boolean;
  /** Nobody signs in. @default false */
  signedOut?: boolean;
}

const apps = [`🌍 Data explorer ${description}`, expect.stringMatching(/^A A-title/) as string, "P plain"];
const ownPages: OwnPage[] = [
  { name: "index", gateway: () => basic, address: "/", status: 200, heading: "Apps", user: "Signed in as demo", links: apps },
  { name: "401", gateway: () => basic, address: "/", status: 401, heading: "Sign in to go on", links: ["Sign in"], signedOut: true },
  { name: "403", gateway: () => basic, address: "/secret/", status: 403, heading: "Not allowed", user: "Signed in as demo", links: ["Back to the start"] },
  { name: "404", gateway: () => basic, address: "/nothing/here", status: 404, heading: "Not found", user: "Signed in as demo", links: ["Back to the start"] },
  { name: "unavailable", gateway: () => basic, address: "/plain/", status: 502, heading: "The app does not answer", links: [] },
  { name: "another host", gateway: () => basic, address: `http://${stranger}:${basicPorts.http}/plain/`, status: 421, heading: "No site at this address", links: [], brand: false },
  { name: "index of single sign-on", gateway: () => sso, address: "/", status: 200, heading: "Apps", user: "Signed in as demo Sign out", links: ["Sign out", ...apps] },
  { name: "403 of single sign-on", gateway: () => sso, address: "/secret/", status: 403, heading: "Not allowed", user: "Signed in as demo Sign out", links: ["Sign out", "Back to the start"] },
  { name: "sign-in failed", gateway: () => sso, address: "/oauth2/callback?code=x", status: 403, heading: "You are not signed in", links: ["Try again"] },
  { name: "signed out", gateway: () => sso, address: "/oauth2/signed_out", status: 200, heading: "You are signed out", links: ["Sign in again"] },
]; // prettier-ignore

const looks = [
  ["light", 1280],
  ["dark", 1280],
  ["light", 360],
  ["dark", 360],
] as const;

const open =
  (gateway: LoneGateway, signedOut = false): Open =>
  (visitor = {}) =>
    Visit.open(chromium.browser, gateway.origin, {
      ignoreHTTPSErrors: true,
      ...(!signedOut && { user: "demo", password }),
      ...visitor,
    });

/** Open a page, and take in what it shows. `PICTURES=folder` keeps a picture, to be looked at by a person. */
async function seen(page: OwnPage, visit: Visit, picture = ""): Promise<PageStructure> {
  visit.expectProblem(new RegExp(`^${page.status} `));
  if (page.brand === false) visit.alsoKnows(`${stranger}:${basicPorts.http}`);
  if (page.signedOut)
    // Chromium shows no page when nobody fills in its dialogue: it gets the same page without the challenge.
    await visit.page.route(`${page.gateway().origin}${page.address}`, async (route) => {
      const { headers, ...answer } = await signedOutAnswer(page.address);
      expect([answer.status, headers["www-authenticate"]]).toEqual([page.status, `Basic realm="${host}"`]);
      const policy = headers["content-security-policy"];
      await route.fulfill({
        body: answer.body,
        headers: { "content-type": "text/html", "content-security-policy": [policy].flat().join(", ") },
      });
    });
  const response = await visit.go(page.address);
  if (!page.signedOut) expect(response.status()).toBe(page.status);
  if (process.env.PICTURES !== undefined && picture !== "")
    await visit.page.screenshot({ path: path.resolve(process.env.PICTURES, `${picture}.png`) });
  return structureOf(visit.page);
}

interface Answer {
  status: number | undefined;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** What the site with passwords answers to somebody who sends none. */
async function signedOutAnswer(address: string, more: Record<string, string> = {}): Promise<Answer> {
  const request = https.get({
    host: "127.0.0.1",
    port: basicPorts.https,
    path: address,
    servername: host,
    rejectUnauthorized: false,
    headers: { Host: `${host}:${basicPorts.https}`, ...more },
  });
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  const { statusCode: status, headers } = response;
  return { status, headers, body: await text(response) };
}

/** In one line, as a person reads it. */
const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

describe.each(ownPages.map((page) => [page.name, page] as const))("the page: %s", (name, page) => {
  const { heading, user, links, brand = true, signedOut = false } = page;
  const on: Open = (visitor) => open(page.gateway(), signedOut)(visitor);

  for (const [colorScheme, width] of looks)
    scenario(
      `is whole and can be read, ${colorScheme}, ${width} wide`,
      async (open) => {
        const visit = await open({ colorScheme, viewport: { width, height: 700 } });
        const structure = await seen(page, visit, `${name.replaceAll(" ", "-")}-${colorScheme}-${width}`);
        expect(structure.language).toBe("en");
        expect(structure.outline).toEqual([...(brand ? ["header"] : []), "main", `h1 ${heading}`]);
        expect(structure.title).toBe(
          [heading === "Apps" ? [] : heading, brand ? title : []].flat().join(" · "),
        );
        expect(structure.width).toEqual([width, width]);
        expect(structure.hidden).toEqual([]);
        expect(structure.darkGround).toBe(colorScheme === "dark");
        expect(structure.inks.length).toBeGreaterThan(1);
        expect(structure.inks.filter(({ contrast }) => contrast < 4.5)).toEqual([]);
        expect(structure.images.map(({ loaded }) => loaded)).toEqual(brand ? [true] : []);
        for (const image of structure.images) expect([image.height, image.width > 40]).toEqual([32, true]);

        const texts = structure.inks.map((ink) => ink.text);
        if (brand) expect(texts[0]).toBe(title);
        const banner = visit.page.getByRole("banner");
        if (brand) expect(oneLine(await banner.innerText())).toBe(oneLine(`${title} ${user ?? ""}`));
        expect((await visit.page.getByRole("link").allInnerTexts()).map(oneLine)).toEqual(links);
      },
      on,
    );

  scenario(
    "shows where the keyboard is, on every link in its turn",
    async (open) => {
      const visit = await open();
      await seen(page, visit);
      const focused = `(({ innerText }, style) => [innerText, style.outlineStyle, parseFloat(style.outlineWidth) >= 2])(
        document.activeElement, getComputedStyle(document.activeElement))`;
      for (const link of links) {
        await visit.page.keyboard.press("Tab");
        const [label, style, thick] = await visit.page.evaluate<[string, string, boolean]>(focused);
        expect([oneLine(label), style, thick]).toEqual([link, "solid", true]);
      }
    },
    on,
  );
});

const onBasic: Open = (visitor) => open(basic)(visitor);

scenario(
  "the page of an app that does not answer tries again by itself",
  async (open) => {
    const visit = await open();
    visit.expectProblem(/^502 /);
    await visit.go("/plain/");
    await visit.page.waitForResponse((response) => response.url().endsWith("/plain/"));
    await visit.sees("The app does not answer");
  },
  onBasic,
);

test("an app that does not answer says so in the frame as well, and the page for who is not signed in asks there", async () => {
  const credentials = `Basic ${Buffer.from(`demo:${password}`).toString("base64")}`;
  const frame = { "Sec-Fetch-Dest": "iframe" };
  for (const [status, headers] of [
    [502, { ...frame, Authorization: credentials }],
    [401, frame],
  ] as const) {
    const answer = await signedOutAnswer("/plain/", headers);
    expect(answer.status).toBe(status);
    expect(answer.headers["content-security-policy"]).toContain(`frame-ancestors 'self' ${portal};`);
    expect(answer.headers["x-frame-options"]).toBeUndefined();
    expect(answer.body).toContain('<base target="_blank">');
  }
});

// By HTTP/1.1, which a balancer in front speaks: with HTTP/2 each cookie is a field of its own, and browsers keep below the limit.
test("a request with more cookies than nginx reads is told so", async () => {
  const { status, headers, body } = await signedOutAnswer("/", { Cookie: `a=${"x".repeat(17_000)}` });
  expect([status, headers["content-security-policy"]?.includes("default-src 'none'")]).toEqual([400, true]);
  expect(body).toContain("<h1>Too many cookies</h1>");
  expect(body).toContain('<img class="logo" src="data:image/svg+xml;base64,');
});

scenario(
  "an address with http and the port of https leads to the site",
  async (open) => {
    const visit = await open();
    // The headers of the redirect, which came in plain text, cannot count.
    visit.expectProblem(/^console error: The Cross-Origin-Opener-Policy header has been ignored/);
    expect((await visit.go(`http://${host}:${basicPorts.https}/?x=1`)).status()).toBe(200);
    expect(visit.page.url()).toBe(`${basic.origin}/?x=1`);
  },
  onBasic,
);

test("an app that one may not open is no part of the index page, and the hint comes where there is none", async () => {
  for (const gateway of [basic, sso]) {
    const visit = await open(gateway)();
    await visit.go("/");
    expect(await visit.text()).not.toMatch(/For nobody|There is no app that you may open/);
    expect(await visit.page.content()).not.toContain("For nobody");
    // What the page is without entries.
    await visit.page.evaluate(`document.querySelectorAll("li").forEach((entry) => entry.remove())`);
    if (gateway === sso) await visit.sees("There is no app that you may open.");
    await visit.context.close();
  }
}, 300_000);

/** A kind of sign-in that nobody has heard of is a folder and a line in the table; the gateway does the rest. */
import { gatewayFiles } from "../../../../components/gateway/gateway";
import { signInKinds } from "../../../../components/gateway/sign-in-kinds";
import { checkSite } from "../../../../components/spec/check";
import type { Site } from "../../../../components/spec/site";
import { PythonTools } from "../../python-tools";
import { asks, block, location, values } from "../parsed-config";
import { behindBalancer, onDocker } from "../platforms";
import { type CardSettings, cardSignIn } from "./sign-in";

let tools: PythonTools;
beforeAll(async () => (tools = await PythonTools.start()), 600_000);
afterAll(() => {
  tools.stop();
});

// The line in the table.
(signInKinds as unknown as Record<string, typeof cardSignIn>).card = cardSignIn;

const settings: CardSettings = { names: ["anna"] };
const site = {
  ...checkSite(
    {
      host: "site.example.com",
      apps: { sales: { source: "a" }, live: { source: "b" } },
      auth: { basic: { generatedUsers: ["anna"] } },
    },
    "docker",
  ),
  auth: { card: settings },
} as unknown as Site;

describe.each([
  ["on Docker", onDocker],
  ["behind a balancer", behindBalancer],
])("a third kind of sign-in %s", (_, platformOf) => {
  const platform = platformOf(site);
  const files = gatewayFiles(site, platform);
  const text = (name: string): string => files.find((file) => file.name === name)?.text ?? "";

  it("is asked before every app, by the gateway's own locations", async () => {
    const http = block(await tools.ask("parse nginx", text("nginx.conf")), "http");
    const servers = http
      .filter(({ directive }) => directive === "server")
      .map(({ block: inside = [] }) => inside);
    const [server = []] = servers.filter(
      (found) =>
        values(found, "server_name")[0]?.[0] === "site.example.com" && values(found, "error_page").length > 0,
    );
    for (const app of ["sales", "live"]) {
      for (const at of [["/sales/"], ["=", "/sales/_stcore/stream"], ["^~", "/sales/static/"]])
        expect(asks(location(server, ...at.map((part) => part.replace("sales", app))))).toBe(app);
      const subrequest = location(server, "=", `/_gateway/auth/${app}`);
      expect(values(subrequest, "proxy_set_header")).toContainEqual(["X-Card", "$http_x_card"]);
    }
    expect(values(location(server, "=", "/card"), "return")).toEqual([["200", "Show your card"]]);
    expect(values(server, "proxy_set_header")).toContainEqual(["X-Forwarded-User", "$auth_user"]);
  });

  it("has its words on the gateway's pages and its files among the gateway's", () => {
    expect(text("pages/401.html")).toContain("Bring your card.");
    expect(text("pages/index.html")).toContain('<a href="/card">Sign out</a>');
    expect(text("cards.txt")).toBe("anna");
    expect(files.map(({ name }) => name)).not.toContain("watch-websockets.js");
  });
});

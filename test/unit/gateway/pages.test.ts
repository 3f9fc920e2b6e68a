/** The pages that the gateway shows itself. */
import { createHash } from "node:crypto";
import { pagePolicy } from "../../../components/gateway/html";
import type { AppArgs } from "../../../components/spec/args";
import { checkSite } from "../../../components/spec/check";
import type { Site } from "../../../components/spec/site";
import { pages } from "./rendered";

function site(apps: Record<string, AppArgs>): Site {
  return checkSite(
    { host: "site.example.com", apps, auth: { basic: { generatedUsers: ["anna", "ben"] } } },
    "docker",
  );
}

const page = (file: string, of: Site): string => pages(of)[file] ?? "";
const index = (apps: Record<string, AppArgs>): string => page("index.html", site(apps));
const forbidden = page("403.html", site({ a: { source: "a" }, b: { source: "b" } }));

/** The part of a page between two marks that nginx includes when the expression holds. */
function shownIf(page: string, expression: string): string | undefined {
  return page.split(`<!--# if expr="${expression}" -->`)[1]?.split("<!--# endif -->")[0];
}

describe("the index page", () => {
  const page = index({
    sales: { source: "a", title: "Sales & more", allow: { users: ["anna"] } },
    "live-view": { source: "b", route: "/live" },
  });

  it("links to every app, with the slash that its page needs", () => {
    expect([...page.matchAll(/<a [^>]*href="([^"]*)"/g)].map(([, link]) => link)).toEqual([
      "/sales/",
      "/live/",
    ]);
    expect(page).toContain("Sales &amp; more");
    expect(page).toContain("live-view");
  });

  it("shows an app with a guest list to its guests only", () => {
    expect(shownIf(page, "$listed_sales = 1")).toContain("/sales/");
    expect(page.split("/sales/")).toHaveLength(2);
  });

  it("shows an app without a guest list to everyone", () => {
    const withoutConditions = page.replaceAll(/<!--# if [\s\S]*?<!--# endif -->/g, "");
    expect(withoutConditions).toContain("/live/");
    expect(withoutConditions).not.toContain("/sales/");
  });

  it("says who is signed in", () => {
    expect(page).toContain('<!--# echo var="auth_user" -->');
  });

  it("says so when there is no app for the user, which can be only if all have guest lists", () => {
    const all = index({
      a: { source: "a", allow: { users: ["anna"] } },
      b: { source: "b", allow: { users: [] } },
    });
    expect(shownIf(all, "$anywhere_listed = 0")).toContain("no app");
    expect(page).not.toContain("$anywhere_listed");
  });
});

const ssoApps: Record<string, AppArgs> = {
  sales: { source: "a", title: "Sales & more", allow: { users: ["anna"] } },
  "live-view": { source: "b", route: "/live" },
};
const sso = checkSite(
  {
    host: "site.example.com",
    apps: ssoApps,
    auth: {
      oidc: { provider: "oidc", issuer: "https://id.example.com", clientId: "site", clientSecret: "x" },
    },
  },
  "docker",
);

describe("the pages of single sign-on", () => {
  it("are there with auth.oidc only", () => {
    const basic = Object.keys(pages(site(ssoApps)));
    expect(Object.keys(pages(sso)).filter((file) => !basic.includes(file))).toEqual([
      "sign-in-failed.html",
      "sign-in-unavailable.html",
      "sign-out.html",
      "signed-out.html",
      "item-sales.html",
      "item-live-view.html",
    ]);
  });

  it("have an entry for each app, which the index page asks for", () => {
    const index = page("index.html", sso);
    expect([...index.matchAll(/<!--# include virtual="([^"]*)" -->/g)].map(([, at]) => at)).toEqual([
      "/_gateway/item/sales",
      "/_gateway/item/live-view",
    ]);
    // Not in the page itself, which everybody gets who is signed in.
    expect(index).not.toMatch(/Sales|href="\/(sales|live)/);
    expect(page("item-sales.html", sso)).toMatch(/^<li><a class="app" href="\/sales\/">.*>Sales &amp; more</);
    expect(page("item-live-view.html", sso)).toMatch(/^<li><a class="app" href="\/live\/">.*>live-view</);
  });

  it("say who is signed in, and lead out", () => {
    for (const file of ["index.html", "403.html"]) {
      const shown = shownIf(page(file, sso), "$auth_label");
      expect(shown).toContain('<!--# echo var="auth_label" -->');
      expect(shown).toContain('<a href="/oauth2/sign_out">');
      expect(page(file, site(ssoApps))).not.toContain("sign_out");
    }
  });

  it("say that there is no app where no entry comes before it", () => {
    const index = page("index.html", sso);
    expect(index).toMatch(/^ul:has\(li\)\+\.none\{display:none\}$/m);
    expect(index).toMatch(/<\/ul>\s*<p class="none">There is no app/);
  });

  it("ask before they sign somebody out for another site's page, by a form to the site itself", () => {
    expect(page("sign-out.html", sso)).toContain('<form method="post" action="/oauth2/sign_out">');
  });

  it.each(["401.html", "sign-in-failed.html", "sign-in-unavailable.html", "signed-out.html"])(
    "%s leads back to where one can sign in",
    (file) => {
      expect([...page(file, sso).matchAll(/<a [^>]*href="([^"]*)"/g)].map(([, link]) => link)).toEqual(["/"]);
    },
  );
});

describe("every page", () => {
  it.each([
    ["index", index({ a: { source: "a" } })],
    ["unauthorized", page("401.html", site({ a: { source: "a" } }))],
    ["forbidden", forbidden],
    ["unavailable", page("unavailable.html", site({ a: { source: "a" } }))],
    ["not found", page("404.html", site({ a: { source: "a" } }))],
    ["wrong host", page("421.html", site({ a: { source: "a" } }))],
    ["too many attempts", page("429.html", site({ a: { source: "a" } }))],
    ["too many cookies", page("494.html", site({ a: { source: "a" } }))],
    ...[
      "index.html",
      "401.html",
      "403.html",
      "sign-in-failed.html",
      "sign-in-unavailable.html",
      "sign-out.html",
      "signed-out.html",
    ].map((file) => [`${file} with auth.oidc`, page(file, sso)]),
  ])("(%s) has a language, a title and one heading, and loads nothing from elsewhere", (_, page) => {
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page.match(/<title>[^<]+<\/title>/g)).toHaveLength(1);
    expect(page.match(/<h1>/g)).toHaveLength(1);
    expect(page).not.toMatch(/<script|src=|https?:\/\/|@import|url\(/);
    // nginx does not nest conditions.
    expect(page).not.toMatch(/<!--# if (?:(?!<!--# endif)[\s\S])*<!--# if /);
  });

  it("tries again by itself while the app does not answer, and only then", () => {
    expect(page("unavailable.html", site({ a: { source: "a" } }))).toContain('http-equiv="refresh"');
    expect(forbidden).not.toContain("refresh");
  });
});

describe("what a site and its apps are called", () => {
  const named = checkSite(
    {
      host: "site.example.com",
      title: "Sales & more",
      logo: "logo.svg",
      apps: {
        a: { source: "a", title: "émile", description: "Costs $5 <!--# here -->" },
        b: { source: "b", icon: "🌍" },
      },
      auth: { basic: { generatedUsers: ["anna"] } },
    },
    "docker",
  );
  const all = Object.entries(pages(named));

  it("is on every page, with the logo, but on the one for another host", () => {
    const brand = `<!--# include virtual="/_gateway/logo.html" --><span>Sales &amp; more</span>`;
    for (const [file, html] of all) expect([file, html.includes(brand)]).toEqual([file, file !== "421.html"]);
    expect(page("421.html", named)).not.toMatch(/Sales|site\.example|logo\.html/);
  });

  it("is the host where there is no title, and no logo is asked for where there is none", () => {
    const html = page("index.html", site({ a: { source: "a" }, b: { source: "b" } }));
    expect(html).toContain("<title>site.example.com</title>");
    expect(html).not.toContain("logo.html");
  });

  it("is on the index page: description, and icon or the first letter", () => {
    const html = page("index.html", named);
    expect(html).toContain("<small>Costs $5 &lt;!--# here --&gt;</small>");
    expect(
      [...html.matchAll(/<span class="icon" aria-hidden="true">([^<]*)</g)].map(([, icon]) => icon),
    ).toEqual(["É", "🌍"]);
  });
});

describe("the content security policy of the pages", () => {
  it("allows the very style that they have", () => {
    for (const html of Object.values(pages(site({ a: { source: "a" }, b: { source: "b" } })))) {
      const styles = [...html.matchAll(/<style>([^]*?)<\/style>/g)].map(([, style = ""]) => style);
      expect(styles).toHaveLength(1);
      const hash = createHash("sha256")
        .update(styles[0] ?? "")
        .digest("base64");
      expect(pagePolicy).toContain(`style-src 'sha256-${hash}'`);
    }
  });
});

describe("the page of somebody who is not on the guest list", () => {
  it("leads back to the index page where there is one", () => {
    expect(forbidden).toContain('<a class="button" href="/">');
    expect(page("403.html", site({ a: { source: "a" } }))).not.toContain("<a ");
  });
});

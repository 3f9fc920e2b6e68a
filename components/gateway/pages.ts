/** The few pages that the gateway shows itself. nginx fills in who is signed in by server-side includes (SSI). */
import { escape } from "html-escaper";
import type { App, Site } from "../spec/check";
import { indexItemFile } from "./oidc/sign-in";

/**
 * The gateway's pages.
 *
 * @param site a checked spec
 * @returns file name → HTML
 */
export function gatewayPages(site: Site): Record<string, string> {
  return {
    "index.html": indexPage(site),
    "401.html": unauthorizedPage(site),
    "403.html": forbiddenPage(site),
    "unavailable.html": unavailablePage(),
    ...(site.auth.oidc && {
      "sign-in-failed.html": signInFailedPage(),
      "sign-in-unavailable.html": signInUnavailablePage(),
      "signed-out.html": signedOutPage(),
      ...Object.fromEntries(site.apps.map((app) => [indexItemFile(app), indexItem(app)])),
    }),
  };
}

const style = `:root{color-scheme:light dark;font-family:system-ui,sans-serif;line-height:1.5}
body{max-width:40rem;margin:12vh auto;padding:0 1.25rem}
h1{font-size:1.5rem;margin:0 0 .25rem;overflow-wrap:anywhere}
p{margin:.25rem 0 1.5rem;opacity:.75}
ul{list-style:none;margin:0;padding:0;display:grid;gap:.75rem}
a.app{display:block;padding:1rem 1.25rem;border:1px solid color-mix(in srgb,currentColor 20%,transparent);border-radius:.6rem;color:inherit;text-decoration:none;font-weight:600}
a.app:hover,a.app:focus-visible{border-color:currentColor}
a.app small{display:block;font-weight:400;opacity:.65}`;

/** In the page itself, because browsers ask for `/favicon.ico` otherwise, which there is not. */
const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#0d9488"/><path d="M4.5 12V9M8 12V4m3.5 8V6.5" stroke="#fff" stroke-width="2"/></svg>',
)}`;

function page(title: string, body: string, head = ""): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="${icon}">
${head}<title>${escape(title)}</title>
<style>
${style}
</style>
</head>
<body>
${body}
</body>
</html>
`;
}

/** With who is signed in, from the variable that the kind of sign-in has it in. */
function signedInAs({ auth }: Site): string {
  const variable = auth.oidc ? "auth_label" : "auth_user";
  const signOut = auth.oidc ? ` <a href="/oauth2/sign_out">Sign out</a>` : "";
  return `<!--# if expr="$${variable}" -->Signed in as <!--# echo var="${variable}" -->.${signOut}<!--# endif -->`;
}

/** An app's entry on the index page. */
function indexItem(app: App): string {
  return `<li><a class="app" href="${app.path}/">${escape(app.title)}<small>${escape(app.path)}</small></a></li>`;
}

/** The page at `/` of a site with several apps: those that the user may open. */
function indexPage(site: Site): string {
  const items = site.apps.map((app) => {
    // With auth.oidc the server behind the check has the entry, for who is on the list.
    if (site.auth.oidc) return `<!--# include virtual="/_gateway/item/${app.name}" -->`;
    return app.allow === undefined
      ? indexItem(app)
      : `<!--# if expr="$listed_${app.name.replaceAll("-", "_")} = 1" -->${indexItem(app)}<!--# endif -->`;
  });
  const nothing = `<p class="none">There is no app that you may open. Ask whoever runs this site.</p>`;
  const none = site.auth.oidc
    ? `\n<style>ul:has(li)+.none{display:none}</style>\n${nothing}`
    : site.apps.every((app) => app.allow !== undefined)
      ? `\n<!--# if expr="$anywhere_listed = 0" -->${nothing}<!--# endif -->`
      : "";
  return page(
    site.host,
    `<h1>${escape(site.host)}</h1>
<p>${signedInAs(site)}</p>
<ul>
${items.join("\n")}
</ul>${none}`,
  );
}

/** The answer to somebody who did not sign in. With `auth.basic`: what a browser shows when its dialogue was cancelled. */
function unauthorizedPage({ auth }: Pick<Site, "auth">): string {
  return page(
    "Sign in",
    `<h1>Sign in to go on</h1>
<p>${auth.oidc ? `<a href="/">Go to the start</a> to sign in.` : "Load this page again to be asked for your name and password."}</p>`,
  );
}

/** The answer to somebody whom the provider sent back and who may not come in. */
function signInFailedPage(): string {
  return page(
    "Sign-in failed",
    `<h1>You are not signed in</h1>
<p>Your account may not sign in here, or signing in took too long. <a href="/">Try again</a>, or ask whoever runs this site.</p>`,
  );
}

/** The answer while nobody can sign in. */
function signInUnavailablePage(): string {
  return page(
    "Sign-in not available",
    `<h1>Signing in does not work at the moment</h1>
<p><a href="/">Try again</a> in a while, or ask whoever runs this site.</p>`,
  );
}

/** The page after sign-out. */
function signedOutPage(): string {
  return page("Signed out", `<h1>You are signed out</h1>\n<p><a href="/">Sign in again</a></p>`);
}

/** The answer to somebody who is signed in and not on the app's guest list. */
function forbiddenPage(site: Site): string {
  // An app at / is all there is to go back to, and it may be the one that was refused.
  const back = site.apps.some((app) => app.path === "") ? "" : ` <a href="/">Back to the start</a>`;
  return page(
    "Not allowed",
    `<h1>Not allowed</h1>
<p>${signedInAs(site)} You may not open this.${back}</p>`,
  );
}

/** The answer while an app does not answer. */
function unavailablePage(): string {
  return page(
    "Not available",
    `<h1>The app does not answer</h1>
<p>It may be starting. This page tries again by itself.</p>`,
    `<meta http-equiv="refresh" content="5">\n`,
  );
}

/** The few pages that the gateway shows itself. nginx fills in who is signed in by server-side includes (SSI). */
import { escape } from "html-escaper";
import type { Site } from "../spec/site";
import { fileNames, type NamedFile, publicFile } from "./files";
import { hasIndexPage } from "./guest-lists";
import { htmlPage, indexEntry } from "./html";
import type { SignInPages } from "./sign-in";
import { lines } from "./text";

/**
 * One of the gateway's pages, as a file.
 *
 * @param name the file's name in the folder of pages, for instance `403.html`
 * @param html its text
 */
export function pageFile(name: string, html: string): NamedFile {
  return publicFile(`${fileNames.pages}/${name}`, html);
}

/**
 * The pages that every site has.
 *
 * @param site a checked spec
 * @param signIn what its kind of sign-in says on them
 */
export function gatewayPages(site: Site, signIn: SignInPages): NamedFile[] {
  return [
    pageFile("index.html", indexPage(site, signIn)),
    pageFile("401.html", unauthorizedPage(signIn)),
    pageFile("403.html", forbiddenPage(site, signIn)),
    pageFile("unavailable.html", unavailablePage()),
  ];
}

function signedInAs({ userName, signOutPath }: SignInPages): string {
  const signOut = signOutPath === undefined ? "" : ` <a href="${signOutPath}">Sign out</a>`;
  return `<!--# if expr="$${userName}" -->Signed in as <!--# echo var="${userName}" -->.${signOut}<!--# endif -->`;
}

/** The page at `/` of a site with several apps: those that the user may open. */
function indexPage(site: Site, signIn: SignInPages): string {
  return htmlPage(
    site.host,
    lines(
      `<h1>${escape(site.host)}</h1>`,
      `<p>${signedInAs(signIn)}</p>`,
      "<ul>",
      site.apps.map((app) => signIn.indexEntry(app, indexEntry(app))),
      "</ul>",
      signIn.noApps(`<p class="none">There is no app that you may open. Ask whoever runs this site.</p>`),
    ),
  );
}

/** The answer to somebody who did not sign in. With `auth.basic`: what a browser shows when its dialogue was cancelled. */
function unauthorizedPage(signIn: SignInPages): string {
  return htmlPage("Sign in", `<h1>Sign in to go on</h1>\n<p>${signIn.unauthorized}</p>`);
}

/** The answer to somebody who is signed in and not on the app's guest list. */
function forbiddenPage(site: Site, signIn: SignInPages): string {
  // An app at / is all there is to go back to, and it may be the one that was refused.
  const back = hasIndexPage(site) ? ` <a href="/">Back to the start</a>` : "";
  return htmlPage(
    "Not allowed",
    `<h1>Not allowed</h1>\n<p>${signedInAs(signIn)} You may not open this.${back}</p>`,
  );
}

/** The answer while an app does not answer. */
function unavailablePage(): string {
  return htmlPage(
    "Not available",
    `<h1>The app does not answer</h1>
<p>It may be starting. This page tries again by itself.</p>`,
    `<meta http-equiv="refresh" content="5">\n`,
  );
}

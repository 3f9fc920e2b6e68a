/** The few pages that the gateway shows itself. nginx fills in who is signed in by server-side includes (SSI). */
import type { Site } from "../spec/site";
import { hasEmbeddedApp } from "./embed";
import { fileNames, type NamedFile, publicFile } from "./files";
import { hasIndexPage } from "./guest-lists";
import { hasOwnHosts } from "./hosts";
import { htmlPage, indexEntry, messagePage } from "./html";
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
 * The pages that every site has. Those of a site with a logo include it from the file that `logo.ts` makes.
 *
 * @param site a checked spec
 * @param signIn what its kind of sign-in says on them
 */
export function gatewayPages(site: Site, signIn: SignInPages): NamedFile[] {
  return [
    pageFile("index.html", indexPage(site, signIn)),
    pageFile("401.html", unauthorizedPage(site, signIn)),
    pageFile("403.html", forbiddenPage(site, signIn)),
    pageFile("404.html", notFoundPage(site, signIn)),
    pageFile("421.html", wrongHostPage()),
    pageFile("494.html", largeHeaderPage(site)),
    pageFile("unavailable.html", unavailablePage(site)),
  ];
}

function signedInAs({ userName, signOutPath }: SignInPages): string {
  const signOut = signOutPath === undefined ? "" : ` <a href="${signOutPath}">Sign out</a>`;
  return `<!--# if expr="$${userName}" -->Signed in as <!--# echo var="${userName}" -->${signOut}<!--# endif -->`;
}

/** The page at `/` of a site with several apps: those that the user may open. */
function indexPage(site: Site, signIn: SignInPages): string {
  return htmlPage(site, {
    user: signedInAs(signIn),
    main: lines(
      "<h1>Apps</h1>",
      "<ul>",
      site.apps.map((app) => signIn.indexEntry(app, indexEntry(app))),
      "</ul>",
      signIn.noApps(`<p class="none">There is no app that you may open. Ask whoever runs this site.</p>`),
    ),
  });
}

/** The answer to somebody who did not sign in. With `auth.basic`: what a browser shows when its dialogue was cancelled. */
function unauthorizedPage(site: Site, { unauthorized, signInAddress }: SignInPages): string {
  return messagePage(site, {
    heading: "Sign in to go on",
    text: unauthorized,
    ...(signInAddress !== undefined && {
      link: [signInAddress, "Sign in"],
      ...(hasEmbeddedApp(site) && {
        inFrame: {
          text: `Sign in in a tab of its own, then <a href="" target="_self">load this page again</a>.`,
          // The page itself: the tab leads to the sign-in and back to the app.
          link: ["", "Sign in"],
        },
      }),
    }),
  });
}

/** The answer to somebody who is signed in and not on the app's guest list. */
function forbiddenPage(site: Site, signIn: SignInPages): string {
  return messagePage(site, {
    heading: "Not allowed",
    text: "You may not open this. If you think that you should, ask whoever runs this site.",
    user: signedInAs(signIn),
    // An app at / is all there is to go back to, and it may be the one that was refused.
    ...(hasIndexPage(site) && { link: toStart(site) }),
  });
}

/** The answer to somebody who is signed in and asks for what no app has. An app at `/` answers for itself. */
function notFoundPage(site: Site, signIn: SignInPages): string {
  return messagePage(site, {
    heading: "Not found",
    text: "There is no app at this address.",
    user: signedInAs(signIn),
    link: toStart(site),
  });
}

/** The answer to a request for another host, which is told nothing of the site. */
function wrongHostPage(): string {
  return messagePage(undefined, {
    heading: "No site at this address",
    text: "Something answers here, but not by this name. Check the address.",
  });
}

/** The answer to a browser whose cookies are more than nginx reads. */
function largeHeaderPage(site: Site): string {
  return messagePage(site, {
    heading: "Too many cookies",
    text: "Your browser sends more than this site can read. Delete the cookies of this site, then try again.",
    link: ["", "Try again"],
  });
}

/** The answer while an app does not answer. */
function unavailablePage(site: Site): string {
  return messagePage(site, {
    heading: "The app does not answer",
    text: "It may be starting. This page tries again by itself.",
    head: `<meta http-equiv="refresh" content="5">`,
  });
}

/** The same pages are shown at every host: the start is at the site's. */
function toStart(site: Site): readonly [address: string, label: string] {
  return [hasOwnHosts(site) ? `${site.origin}/` : "/", "Back to the start"];
}

/** What `auth.oidc` says on the gateway's pages, and the pages of its own. */
import type { App, Site } from "../../spec/site";
import type { NamedFile } from "../files";
import { indexEntry, messagePage } from "../html";
import { pageFile } from "../pages";
import type { SignInPages } from "../sign-in";
import { block, lines } from "../text";
import { signOutPath } from "./paths";

/** The names of the pages that the gateway refers to. */
export const pageNames = {
  failed: "sign-in-failed.html",
  unavailable: "sign-in-unavailable.html",
  signOut: "sign-out.html",
  signedOut: "signed-out.html",
} as const;

/** Directives of a location for which only a page of the same origin, or its user, may ask. Others are shown a page that asks. */
export const askingBefore = lines(
  block("if ($same_origin = 0)", "return 403;"),
  block("limit_except GET POST", "deny all;"),
  "# The page asks, and its button is of the same origin.",
  `error_page 403 =200 /_gateway/${pageNames.signOut};`,
);

/** The name of the page that holds an app's entry on the index page. */
export function indexEntryName({ name }: Pick<App, "name">): string {
  return `item-${name}.html`;
}

/** The internal location that answers with an app's entry to the people on its guest list. */
export function indexEntryPath({ name }: Pick<App, "name">): string {
  return `/_gateway/item/${name}`;
}

/** What `auth.oidc` says on the pages of every site. */
export const oidcPages: SignInPages = {
  userName: "auth_label",
  signOutPath,
  unauthorized: "You are not signed in, or no longer.",
  signInAddress: "/",
  // The auth server has the entry itself, and gives it to the people on the guest list.
  indexEntry: (app) => `<!--# include virtual="${indexEntryPath(app)}" -->`,
  // Which entries there are is not known here: the style hides the hint that comes after one.
  noApps: (hint) => hint,
};

/** The pages of `auth.oidc`'s own. */
export function oidcPageFiles(site: Site): NamedFile[] {
  return [
    pageFile(pageNames.failed, signInFailedPage(site)),
    pageFile(pageNames.unavailable, signInUnavailablePage(site)),
    pageFile(pageNames.signOut, signOutPage(site)),
    pageFile(pageNames.signedOut, signedOutPage(site)),
    ...site.apps.map((app) => pageFile(indexEntryName(app), indexEntry(app))),
  ];
}

/** The answer to somebody whom the provider sent back and who may not come in. */
function signInFailedPage(site: Site): string {
  return messagePage(site, {
    heading: "You are not signed in",
    text: "Your account may not sign in here, or signing in took too long. Try again, or ask whoever runs this site.",
    link: ["/", "Try again"],
  });
}

/** The answer while nobody can sign in. */
function signInUnavailablePage(site: Site): string {
  return messagePage(site, {
    heading: "Signing in does not work at the moment",
    text: "Try again in a while, or ask whoever runs this site.",
    link: ["/", "Try again"],
  });
}

/** The answer to a request to sign out that may be another site's. */
function signOutPage(site: Site): string {
  return messagePage(site, {
    heading: "Sign out?",
    text: `You came here from elsewhere. To stay signed in, go <a href="/">back to the start</a>.`,
    form: [signOutPath, "Sign out"],
  });
}

function signedOutPage(site: Site): string {
  return messagePage(site, {
    heading: "You are signed out",
    text: "You can close this window.",
    link: ["/", "Sign in again"],
  });
}

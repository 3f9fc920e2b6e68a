/** What `auth.oidc` says on the gateway's pages, and the pages of its own. */
import type { App, Site } from "../../spec/site";
import type { NamedFile } from "../files";
import { htmlPage, indexEntry } from "../html";
import { pageFile } from "../pages";
import type { SignInPages } from "../sign-in";
import { signOutPath } from "./paths";

/** The names of the pages that the gateway refers to. */
export const pageNames = {
  failed: "sign-in-failed.html",
  unavailable: "sign-in-unavailable.html",
  signedOut: "signed-out.html",
} as const;

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
  unauthorized: `<a href="/">Go to the start</a> to sign in.`,
  // The auth server has the entry itself, and gives it to the people on the guest list.
  indexEntry: (app) => `<!--# include virtual="${indexEntryPath(app)}" -->`,
  noApps: (hint) => `<style>ul:has(li)+.none{display:none}</style>\n${hint}`,
};

/** The pages of `auth.oidc`'s own. */
export function oidcPageFiles(site: Site): NamedFile[] {
  return [
    pageFile(pageNames.failed, signInFailedPage()),
    pageFile(pageNames.unavailable, signInUnavailablePage()),
    pageFile(pageNames.signedOut, signedOutPage()),
    ...site.apps.map((app) => pageFile(indexEntryName(app), indexEntry(app))),
  ];
}

/** The answer to somebody whom the provider sent back and who may not come in. */
function signInFailedPage(): string {
  return htmlPage(
    "Sign-in failed",
    `<h1>You are not signed in</h1>
<p>Your account may not sign in here, or signing in took too long. <a href="/">Try again</a>, or ask whoever runs this site.</p>`,
  );
}

/** The answer while nobody can sign in. */
function signInUnavailablePage(): string {
  return htmlPage(
    "Sign-in not available",
    `<h1>Signing in does not work at the moment</h1>
<p><a href="/">Try again</a> in a while, or ask whoever runs this site.</p>`,
  );
}

function signedOutPage(): string {
  return htmlPage("Signed out", `<h1>You are signed out</h1>\n<p><a href="/">Sign in again</a></p>`);
}

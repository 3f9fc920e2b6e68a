/** Who may open what: a guest list for each app, and one for the index page, on which is everybody who is signed in. */
import type { App, Site } from "../spec/site";
import { type Host, hasOwnHosts } from "./hosts";
import { map } from "./text";

/** A guest list by its name; without `allow` everybody is on it who is signed in. */
export type GuestList = Pick<App, "name" | "allow">;

/** The guest list of the index page. No app has this name: those have no underscore. */
export const indexGuestList = "index_page";

/** Does the site have an index page? Not when an app is at `/` of the site's host. */
export function hasIndexPage(site: Pick<Site, "apps">): boolean {
  return site.apps.every((app) => app.hasOwnHost || app.path !== "");
}

/** The guest lists of a site: one per app, and that of the index page, which the sign-in for hosts of apps' own goes by as well. */
export function guestLists(site: Pick<Site, "apps">): GuestList[] {
  const everybody = hasIndexPage(site) || hasOwnHosts(site);
  return [...site.apps, ...(everybody ? [{ name: indexGuestList, allow: undefined }] : [])];
}

/** The guest lists that are asked about at a host. */
export function guestListsAt({ app }: Pick<Host, "app">, site: Pick<Site, "apps">): GuestList[] {
  return app === undefined ? guestLists(site) : [app];
}

/**
 * A map to 1 for a name that is listed and to 0 for every other.
 *
 * @param source the variable with the name
 * @param variable the variable that is made
 * @param names the list
 * @param ignoreCase whether upper and lower case are the same. @default false
 */
export function guestMap(source: string, variable: string, names: string[], ignoreCase = false): string {
  // nginx compares the plain strings of a map without regard to case, hence regular expressions.
  const escaped = (name: string): string => name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return map(
    source,
    variable,
    "0",
    names.map((name) => [`"~${ignoreCase ? "*" : ""}^${escaped(name)}$"`, "1"]),
  );
}

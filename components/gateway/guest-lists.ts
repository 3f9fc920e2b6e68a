/** Who may open what: a guest list for each app, and one for the index page, on which is everybody who is signed in. */
import type { App, Site } from "../spec/site";
import { map } from "./text";

/** A guest list by its name; without `allow` everybody is on it who is signed in. */
export type GuestList = Pick<App, "name" | "allow">;

/** The guest list of the index page. No app has this name: those have no underscore. */
export const indexGuestList = "index_page";

/** Does the site have an index page? Not when an app is at `/`. */
export function hasIndexPage(site: Pick<Site, "apps">): boolean {
  return site.apps.every((app) => app.path !== "");
}

/** The guest lists of a site: one per app, and that of the index page. */
export function guestLists(site: Pick<Site, "apps">): GuestList[] {
  return [...site.apps, ...(hasIndexPage(site) ? [{ name: indexGuestList, allow: undefined }] : [])];
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

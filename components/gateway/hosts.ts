/** The hosts at which the gateway answers. Each has a server of its own. */
import type { App, Site } from "../spec/site";

/** A host name or IPv4 address at which the gateway answers. */
export interface Host extends Pick<Site, "host" | "origin" | "authority"> {
  /** The app whose own it is; undefined for the site's. */
  app: App | undefined;
  /** The apps that are there. */
  apps: readonly App[];
}

/** Has an app of the site a host of its own? */
export function hasOwnHosts({ apps }: { apps: readonly Pick<App, "hasOwnHost">[] }): boolean {
  return apps.some(({ hasOwnHost }) => hasOwnHost);
}

/** The site's own host: it has the index page, the sign-in, and the apps without a host of their own. */
export function siteHost({ host, origin, authority, apps }: Site): Host {
  return { host, origin, authority, app: undefined, apps: apps.filter(({ hasOwnHost }) => !hasOwnHost) };
}

/** All hosts of a site, its own first. */
export function allHosts(site: Site): Host[] {
  const own = site.apps.filter(({ hasOwnHost }) => hasOwnHost);
  return [
    siteHost(site),
    ...own.map((app) => ({
      host: app.host,
      origin: app.origin,
      authority: app.authority,
      app,
      apps: [app],
    })),
  ];
}

/** Which paths apps may have next to each other. */
import { streamlitPathSegments } from "../../streamlit/streamlit";
import { defaultRoute } from "../defaults";
import type { Fault } from "../errors";
import { ownHosts } from "./hosts";
import { asArray, type UncheckedSpec } from "./unchecked";

/** First path segments that belong to the gateway, on every site. */
const gatewayPathSegments = ["_gateway", "healthz", "oauth2", ".well-known"];

interface NamedRoute {
  /** The app's name. */
  name: string;
  route: string;
  /** Is the app at another host, to which its route only leads? */
  elsewhere: boolean;
}

/**
 * The faults of routes that meet each other, the gateway's or Streamlit's.
 *
 * @param spec the spec as it was written
 */
export function* routeFaults(spec: UncheckedSpec): Generator<Fault> {
  const { apps } = spec;
  const elsewhere = new Set(ownHosts(spec).map(({ name }) => name));
  const routes = apps
    .map(({ name, app }) => ({
      name,
      route: app.route ?? defaultRoute(name, apps.length),
      elsewhere: elsewhere.has(name),
    }))
    .filter((route): route is NamedRoute => typeof route.route === "string");
  for (const { name, route } of routes) {
    const path = `apps.${name}.route`;
    const first = route.split("/")[1] ?? "";
    if (gatewayPathSegments.includes(first)) yield { path, message: `/${first} is the gateway's own path` };
    for (const other of routes) {
      if (other.name === name) continue;
      if (other.route === route && other.name < name)
        yield { path, message: `${route} is already the route of apps.${other.name}` };
      else if (other.route === "/" && !other.elsewhere && streamlitPathSegments.includes(first))
        yield {
          path,
          message: `/${first} is a path of Streamlit itself, which apps.${other.name} serves at /`,
        };
      else if (other.route !== "/" && route.startsWith(`${other.route}/`))
        yield {
          path,
          message: `${route} lies below ${other.route}, the route of apps.${other.name}, and would hide pages of it`,
        };
    }
  }
  yield* formerRouteFaults(apps, routes);
}

function* formerRouteFaults(apps: UncheckedSpec["apps"], routes: readonly NamedRoute[]): Generator<Fault> {
  const taken = new Map<string, string>();
  for (const { name, app } of apps)
    for (const [index, former] of asArray(app.formerRoutes).entries()) {
      if (typeof former !== "string") continue;
      const path = `apps.${name}.formerRoutes[${index}]`;
      const first = former.split("/")[1] ?? "";
      const owner = routes.find(({ route }) => route === former);
      const above = routes.find(({ route }) => route !== "/" && former.startsWith(`${route}/`));
      const atRoot = routes.find(({ route, elsewhere }) => route === "/" && !elsewhere);
      const other = taken.get(former);
      if (gatewayPathSegments.includes(first)) yield { path, message: `/${first} is the gateway's own path` };
      else if (owner) yield { path, message: `${former} is the route of apps.${owner.name}` };
      else if (other !== undefined)
        yield { path, message: `${former} is already among the formerRoutes of apps.${other}` };
      else if (above)
        yield { path, message: `${former} lies below ${above.route}, the route of apps.${above.name}` };
      else if (atRoot && streamlitPathSegments.includes(first))
        yield {
          path,
          message: `/${first} is a path of Streamlit itself, which apps.${atRoot.name} serves at /`,
        };
      taken.set(former, name);
    }
}

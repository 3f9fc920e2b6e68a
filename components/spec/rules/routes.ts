/** Which paths apps may have next to each other. */
import { streamlitPathSegments } from "../../streamlit/streamlit";
import { defaultRoute } from "../defaults";
import type { Fault } from "../errors";
import type { UncheckedSpec } from "./unchecked";

/** First path segments that belong to the gateway, on every site. */
const gatewayPathSegments = ["_gateway", "healthz", "oauth2", ".well-known"];

/**
 * The faults of routes that meet each other, the gateway's or Streamlit's.
 *
 * @param spec the spec as it was written
 */
export function* routeFaults({ apps }: UncheckedSpec): Generator<Fault> {
  const routes = apps
    .map(({ name, app }) => ({ name, route: app.route ?? defaultRoute(name, apps.length) }))
    .filter((route): route is { name: string; route: string } => typeof route.route === "string");
  for (const { name, route } of routes) {
    const path = `apps.${name}.route`;
    const first = route.split("/")[1] ?? "";
    if (gatewayPathSegments.includes(first)) yield { path, message: `/${first} is the gateway's own path` };
    for (const other of routes) {
      if (other.name === name) continue;
      if (other.route === route && other.name < name)
        yield { path, message: `${route} is already the route of apps.${other.name}` };
      else if (other.route === "/" && streamlitPathSegments.includes(first))
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
}

/** Names that several parts of the configuration refer to. */
import type { App } from "../spec/site";

/** An app's name for use in an nginx variable: names of apps have hyphens but no underscores, so no two collide. */
export function variableName(app: Pick<App, "name">): string {
  return app.name.replaceAll("-", "_");
}

/** A header's name for use in an nginx variable, for instance after `$http_`. */
export function headerVariableName(header: string): string {
  return header.toLowerCase().replaceAll("-", "_");
}

/** What nginx calls the replicas of an app. */
export function upstreamName(app: Pick<App, "name">): string {
  return `app_${variableName(app)}`;
}

/** What the cookie is called that keeps a browser at one of the app's replicas. */
export function replicaCookieName(app: Pick<App, "name">): string {
  return `replica_${variableName(app)}`;
}

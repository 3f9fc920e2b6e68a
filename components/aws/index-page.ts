/** The page at `/` of a site of several apps, which the load balancer has in itself. */
import { escape } from "html-escaper";
import type { App } from "../spec/site";

/** As long as the answer of a rule may be (`FixedResponseActionConfig.MessageBody`). */
const longestBody = 1024;

/** What the page says of an app. */
type Listed = Pick<App, "name" | "path" | "icon" | "title"> & Partial<Pick<App, "description">>;

/** What the page says. */
interface IndexOf {
  /** What the site is called. */
  title: string;
  apps: readonly Listed[];
}

/**
 * The index page, with as much of titles and descriptions as there is room for.
 *
 * @param site a checked spec
 * @returns undefined where not even the names of the apps fit
 */
export function indexPage({ title, apps }: IndexOf): string | undefined {
  const withTitles = (app: Listed): string => escape(`${app.icon} ${app.title}`);
  const forms: ((app: Listed) => string)[] = [
    (app) =>
      link(app, withTitles(app)) + (app.description === undefined ? "" : `<br>${escape(app.description)}`),
    (app) => link(app, withTitles(app)),
    (app) => link(app, app.name),
  ];
  return forms
    .map((entry) => page(escape(title), apps.map(entry)))
    .find((body) => Buffer.byteLength(body) <= longestBody);
}

function link({ path }: Listed, label: string): string {
  return `<a href="${path}/">${label}</a>`;
}

function page(title: string, entries: readonly string[]): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><h1>${title}</h1><ul>${entries.map((entry) => `<li>${entry}`).join("")}</ul><a href="/oauth2/sign_out">Sign out</a>`;
}

/** AWS's own limits, as far as they follow from names, counts and the region: each fault names the field. */
import type { Fault } from "../spec/errors";
import { defaultRoute } from "../spec/defaults";
import { isKnownLater } from "../spec/known-later";
import { asObject } from "../spec/rules/unchecked";
import { indexPage } from "./index-page";

/** What the names of a site's resources are made of, beside its spec. */
export interface SiteNames {
  /** The site's component. */
  name: string;
  /** The region of the provider; undefined when it is not known before. */
  region: string | undefined;
}

/** The longest name of a target group, and what Pulumi adds to the one that it is given. */
const longestTargetGroup = 32;
const pulumiSuffix = 8;

/** As many rules as a load balancer takes unless AWS was asked for more, and how many a site and an app have. */
export const longestRuleList = 100;
export const siteRuleCount = 10;
export const appRuleCount = 6;

/** The longest pattern of a path, and the longest of what follows a route in one. */
const longestPattern = 128;
const longestTail = "/app/static/*";

/**
 * The faults of a site's names and counts.
 *
 * @param spec the spec as it was written, of any shape
 * @param names what goes with it
 */
export function limitFaults(spec: unknown, { name, region }: SiteNames): Fault[] {
  const faults: Fault[] = [];
  const fault = (path: string, message: string): void => {
    faults.push({ path, message });
  };
  if (!/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(name) || name.length > 16)
    fault(
      "(the name of the component)",
      "must have 1–16 lower-case letters, digits and inner hyphens, and begin with a letter: the names of all resources begin with it",
    );
  const { apps: given, tls } = asObject(spec);
  const apps = Object.entries(asObject(given));
  const longestApp = longestTargetGroup - pulumiSuffix - name.length - 1;
  for (const [app, args] of apps) {
    if (app.length > longestApp)
      fault(
        `apps.${app}`,
        `must have a shorter name, of at most ${longestApp} characters with a component called ${name}: the name of a target group has at most ${longestTargetGroup}`,
      );
    const route = asObject(args).route ?? defaultRoute(app, apps.length);
    if (typeof route === "string" && route.length + longestTail.length > longestPattern)
      fault(
        `apps.${app}.route`,
        `must have at most ${longestPattern - longestTail.length} characters on aws: a pattern of a path has at most ${longestPattern}`,
      );
  }
  const most = Math.floor((longestRuleList - siteRuleCount) / appRuleCount);
  if (apps.length > most)
    fault(
      "apps",
      `must be at most ${most} on aws: each has up to ${appRuleCount} rules of a load balancer, which takes ${longestRuleList}`,
    );
  if (!hasIndexPage(spec))
    fault(
      "apps",
      "must have fewer or shorter names and routes on aws, whose load balancer has 1024 bytes for the page that lists them; or put one at /",
    );
  const { certificateArn } = asObject(asObject(tls).acm);
  if (typeof certificateArn === "string" && !isKnownLater(certificateArn))
    faults.push(...certificateRegionFaults(certificateArn, region));
  return faults;
}

/** Is there room for the names of the apps, if they have to be on a page? What has the wrong shape is left to the check of the spec. */
function hasIndexPage(spec: unknown): boolean {
  const { apps, title, host } = asObject(spec);
  const routes = Object.entries(asObject(apps)).map(([name, app], _, all) => ({
    name,
    path: asObject(app).route ?? defaultRoute(name, all.length),
  }));
  if (routes.some(({ path }) => path === "/")) return true;
  const named = routes.flatMap(({ name, path }) =>
    typeof path === "string" ? [{ name, path, title: name, icon: "" }] : [],
  );
  return indexPage({ title: String(title ?? host), apps: named }) !== undefined;
}

/**
 * The fault of a certificate that is not where the load balancer is.
 *
 * @param certificateArn its ARN
 * @param region the site's; undefined when it is not known
 */
export function certificateRegionFaults(certificateArn: string, region: string | undefined): Fault[] {
  const there = certificateArn.split(":")[3];
  if (region === undefined || there === undefined || there === region) return [];
  return [
    {
      path: "tls.acm.certificateArn",
      message: `must be of a certificate in ${region}, the region of the site, not in ${there}`,
    },
  ];
}

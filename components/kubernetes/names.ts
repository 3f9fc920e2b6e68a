/** Whether the names that a site's objects and labels are made of are such as Kubernetes takes. */
import type { Fault } from "../spec/errors";
import { asObject } from "../spec/rules/unchecked";

/** What the names of a site's objects are made of, beside its spec. */
export interface SiteNames {
  /** The Pulumi project. */
  project: string;
  /** The Pulumi stack. */
  stack: string;
  /** The site's component. */
  name: string;
}

/** What a Service's name may be (RFC 1035), and a namespace's, and the value of a label. */
const serviceName = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;
const namespaceName = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const labelValue = /^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/;
const longest = 63;

/** The longest of what follows the name of a site, and what stands between that and the name of an app. */
const longestPart = "-oauth2-proxy";
const beforeApp = "-app-";

/**
 * The faults of a site's names.
 *
 * @param spec the spec as it was written, of any shape
 * @param names what goes with it
 */
export function nameFaults(spec: unknown, { project, stack, name }: SiteNames): Fault[] {
  const faults: Fault[] = [];
  const fault = (path: string, message: string): void => {
    faults.push({ path, message });
  };
  if (!serviceName.test(name) || name.length > longest - longestPart.length)
    fault(
      "(the name of the component)",
      `must have 1–${longest - longestPart.length} lower-case letters, digits and inner hyphens, and begin with a letter: the names of all objects begin with it`,
    );
  for (const [path, text] of [
    ["(the name of the project)", project],
    ["(the name of the stack)", stack],
  ] as const)
    if (!labelValue.test(text) || text.length > longest)
      fault(
        path,
        `must have at most ${longest} letters, digits, -, _ and ., and begin and end with a letter or digit: all objects are labelled with it`,
      );
  const { apps, namespace } = asObject(spec);
  for (const app of Object.keys(asObject(apps)))
    if (name.length + beforeApp.length + app.length > longest)
      fault(
        `apps.${app}`,
        `must have a shorter name: with that of the component, ${name}, there are at most ${longest - beforeApp.length} characters in all`,
      );
  const { create, existing } = asObject(namespace);
  const byDefault = defaultNamespace(project, stack);
  if (
    create === undefined &&
    existing === undefined &&
    !(namespaceName.test(byDefault) && byDefault.length <= longest)
  )
    fault(
      "namespace.create",
      `must be set: ${byDefault}, of the names of the project and the stack, is not such as a namespace may have`,
    );
  return faults;
}

/** The name of a site's namespace where the spec does not say. */
export function defaultNamespace(project: string, stack: string): string {
  return `${project}-${stack}`.toLowerCase();
}

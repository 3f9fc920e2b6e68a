/** Which apps have another address than at the last deployment. */

/**
 * What to say of apps that are no longer where they were. One that is new or gone has not moved.
 *
 * @param before the stack's output `apps` of the last deployment: the address of each app by its name; of any shape, since an
 *   earlier version may have written it, and undefined before the first
 * @param after the same of this deployment
 * @returns a line for each app that moved
 * @example
 * ```ts
 * movedApps({ sales: "https://a.example.com/" }, { sales: "https://a.example.com/sales/", admin: "https://a.example.com/admin/" });
 * // ["sales moved from https://a.example.com/ to https://a.example.com/sales/; `route: /` under apps.sales keeps it where it was, `formerRoutes: [/]` leads from there"]
 * ```
 */
export function movedApps(before: unknown, after: Readonly<Record<string, string>>): string[] {
  if (typeof before !== "object" || before === null) return [];
  return Object.entries(after).flatMap(([name, to]) => {
    const from: unknown = Object.hasOwn(before, name) ? (before as Record<string, unknown>)[name] : undefined;
    if (typeof from !== "string" || from === to || !URL.canParse(from) || !URL.canParse(to)) return [];
    const [old, now] = [new URL(from), new URL(to)];
    // Another host or port moves everything, or is the app's own: whoever changed it knows.
    const route = old.pathname.replace(/(?<=.)\/$/, "");
    const keep =
      old.pathname === now.pathname || old.hostname !== now.hostname
        ? ""
        : `; \`route: ${route}\` under apps.${name} keeps it where it was, \`formerRoutes: [${route}]\` leads from there`;
    return [`${name} moved from ${from} to ${to}${keep}`];
  });
}

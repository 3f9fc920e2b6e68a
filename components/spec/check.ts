/** From a spec as it was written to a site with every default filled in, or to one error that lists every fault. */
import type { z } from "zod";
import type { SiteArgs } from "./args";
import type { Target } from "./capabilities";
import { withDefaults } from "./defaults";
import { type Fault, SiteSpecError } from "./errors";
import { below, checkedWhenKnown, fieldNames, knownTooLate, withoutKnownTooLate } from "./fields";
import { didYouMean } from "./nearest";
import { ruleFaults } from "./rules";
import { withCheckedCertificate } from "./rules/tls";
import { siteSchema } from "./schema";
import type { AlbAuth, Auth, AwsSiteSpec, Site, SiteOf } from "./site";

/**
 * Check a spec and fill in its defaults. Values that are known only later, Outputs and promises, are checked when they
 * are known: then those of the site are rejected with a {@link SiteSpecError} that names the field.
 *
 * @param args the spec as it was written, also when it comes from configuration and its type is only a promise
 * @param target where it is to be deployed: what that target cannot give is a fault
 * @param moreFaults faults that the caller found by other means, to be listed with the rest. @default none
 * @throws {@link SiteSpecError} with every fault
 * @example
 * ```ts
 * const site = checkSite(
 *   { host: "localhost", apps: { hello: { source: "hello" } }, auth: { basic: { generatedUsers: ["demo"] } } },
 *   "docker",
 * );
 * ```
 */
export function checkSite(args: SiteArgs, target: "aws", moreFaults?: readonly Fault[]): AwsSiteSpec;
export function checkSite(args: SiteArgs, target: Target, moreFaults?: readonly Fault[]): Site;
export function checkSite(
  args: SiteArgs,
  target: Target,
  moreFaults: readonly Fault[] = [],
): SiteOf<Auth | AlbAuth> {
  const tooLate = knownTooLate(siteSchema, args);
  const fieldFaults = [...tooLate, ...shapeFaults(args, new Set(tooLate.map(({ path }) => path)))];
  const faults = [...fieldFaults, ...ruleFaults(args, target, fieldFaults), ...moreFaults];
  if (faults.length > 0) throw new SiteSpecError(faults);
  return withCheckedCertificate(withDefaults(checkedWhenKnown(siteSchema, args), target));
}

/** What zod finds, apart from fields about which all is said. */
function shapeFaults(args: unknown, known: ReadonlySet<string>): Fault[] {
  const { error } = siteSchema.safeParse(withoutKnownTooLate(siteSchema, args), { reportInput: true });
  return (error?.issues ?? []).flatMap(toFaults).filter(({ path }) => !known.has(path));
}

function toFaults(issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.join(".");
  const here = path || "(the spec)";
  const at = (key: string): string => (path === "" ? key : `${path}.${key}`);
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      path: at(key),
      message: `is no field of the spec${didYouMean(key, fieldsAt(issue.path))}`,
    }));
  if (issue.code === "invalid_type" && issue.input === undefined)
    return [{ path: here, message: `must be set (${issue.expected})` }];
  return [{ path: here, message: readable(issue) }];
}

/** The names of the fields that a place of a spec may have. */
function fieldsAt(path: readonly PropertyKey[]): string[] {
  const schema = path.reduce<z.ZodType | undefined>(
    (above, name) => above && below(above, String(name)),
    siteSchema,
  );
  return schema === undefined ? [] : fieldNames(schema);
}

function readable(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type" && issue.message.startsWith("Invalid input"))
    return `must be ${/^[aeiou]/.test(issue.expected) ? "an" : "a"} ${issue.expected}`;
  if (issue.code === "not_multiple_of") return `must be a multiple of ${issue.divisor}`;
  return issue.message;
}

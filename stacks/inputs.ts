/** The fields of a spec that may be Pulumi inputs, as the schema of the spec knows them. */
import * as pulumi from "@pulumi/pulumi";
import type { SiteArgs } from "../components/spec/args";
import { siteSchema } from "../components/spec/schema";

type Path = readonly PropertyKey[];

/**
 * A copy of a spec of plain data in which every field whose type is `Input<string>` went through a function.
 *
 * Which fields these are the schema tells by what it complains of when every string is an Output. So a field that
 * becomes an Input is one here, too, and there is no second list.
 */
export function mapInputs(spec: SiteArgs, change: (value: string) => pulumi.Input<string>): SiteArgs {
  const knownLater = pulumi.output("");
  const { error } = siteSchema.safeParse(mapStrings(spec, () => knownLater));
  const refused = (error?.issues ?? []).map(({ path }) => path);
  return mapStrings(spec, (value, path) =>
    refused.some((other) => startsWith(path, other)) ? value : change(value),
  ) as SiteArgs;
}

/** A setting that may be a list is refused as a whole, above the strings in it. */
function startsWith(path: Path, start: Path): boolean {
  return start.every((key, index) => key === path[index]);
}

function mapStrings(
  value: unknown,
  change: (value: string, path: Path) => unknown,
  path: Path = [],
): unknown {
  if (typeof value === "string") return change(value, path);
  if (Array.isArray(value)) return value.map((entry, index) => mapStrings(entry, change, [...path, index]));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, mapStrings(entry, change, [...path, key])]),
  );
}

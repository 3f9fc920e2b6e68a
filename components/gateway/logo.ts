/**
 * The site's logo, as an element that the gateway's pages include.
 *
 * Its file becomes a `data:` URL in an `<img>`. There a browser runs no script of an SVG and loads nothing that it refers to
 * (SVG 2, "secure static mode"), which a file with an address of its own would do when somebody opens that address. Beside it
 * the pages' content security policy allows no scripts, and an SVG that asks for one is refused, so that nobody wonders.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import type { SiteArgs } from "../spec/args";
import type { Fault } from "../spec/errors";
import type { Site } from "../spec/site";
import type { NamedFile } from "./files";
import { pageFile } from "./pages";

/** In bytes: the logo comes with every page anew. */
const largest = 64 * 1024;

/** By the first bytes of a file, as Latin-1. */
const mediaTypes: readonly (readonly [pattern: RegExp, mediaType: string])[] = [
  [/^\x89PNG\r\n/, "image/png"],
  [/^\xff\xd8\xff/, "image/jpeg"],
  [/^GIF8[79]a/, "image/gif"],
  [/^RIFF[^]{4}WEBP/, "image/webp"],
  [/^(\xef\xbb\xbf)?\s*<(\?xml\b|!--|!DOCTYPE svg\b|svg\b)/, "image/svg+xml"],
];

/** What an SVG must not hold, and what that is called. */
const forbidden: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/<([\w-]+:)?(script|handler|listener)\b/i, "a script"],
  [/[\s"'/]on[a-z]+\s*=/i, "an event handler"],
  [/<!ENTITY\b/i, "an entity of its own"],
  [/<([\w-]+:)?(foreignObject|iframe|object|embed)\b/i, "an element of another kind of document"],
  [
    /\b(href|src)\s*=\s*(?!["'](#|data:image\/(png|jpeg|gif|webp)[;,]))|\burl\(\s*(?!["']?#)|@import\b|<\?xml-stylesheet/i,
    "a reference to something elsewhere",
  ],
];

/**
 * The faults of a spec's logo. What has the wrong shape is left to the check of the spec.
 *
 * @param spec the spec as it was written
 */
export function logoFaults(spec: unknown): Fault[] {
  const logo = (spec as Partial<SiteArgs> | null | undefined)?.logo as unknown;
  if (typeof logo !== "string" || logo.includes("\0")) return [];
  const message = problem(logo);
  return message === undefined ? [] : [{ path: "logo", message }];
}

function problem(file: string): string | undefined {
  const size = fileSize(file);
  if (size === undefined) return `there is no file ${path.resolve(file)}`;
  if (size > largest) return `must have at most ${largest / 1024} KiB, and has ${Math.ceil(size / 1024)}`;
  const bytes = fs.readFileSync(file);
  const mediaType = mediaTypeOf(bytes);
  if (mediaType === undefined) return "must be a PNG, JPEG, GIF, WebP or SVG file";
  if (mediaType !== "image/svg+xml") return undefined;
  const text = bytes.toString();
  const found = forbidden.find(([pattern]) => pattern.test(text));
  return found && `must be an SVG without scripts and all in one file: it has ${found[1]}`;
}

/** In bytes; undefined for what is no file. */
function fileSize(file: string): number | undefined {
  try {
    const stat = fs.statSync(file);
    return stat.isFile() ? stat.size : undefined;
  } catch {
    return undefined; // Not there, or a name that no file system takes.
  }
}

function mediaTypeOf(bytes: Buffer): string | undefined {
  const start = bytes.toString("latin1");
  return mediaTypes.find(([pattern]) => pattern.test(start))?.[1];
}

/**
 * The file with the site's logo, to be added to those that follow from the spec alone.
 *
 * @param site a checked spec, whose logo {@link logoFaults} found nothing against
 * @returns none for a site without a logo
 */
export function logoFiles({ logo }: Pick<Site, "logo">): NamedFile[] {
  if (logo === undefined) return [];
  const bytes = fs.readFileSync(logo);
  const url = `data:${mediaTypeOf(bytes) ?? "application/octet-stream"};base64,${bytes.toString("base64")}`;
  return [pageFile("logo.html", `<img class="logo" src="${url}" alt="">`)];
}

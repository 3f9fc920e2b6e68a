/**
 * What puts the text of nginx's configuration together. Directives themselves are plain text; these functions join them,
 * leave out what is not there, and indent.
 */

/** A piece of text. One that is false, undefined or empty is left out, with its line break. */
export type Part = string | false | undefined | readonly Part[];

/** The parts that are there, one below the other. */
export function lines(...parts: Part[]): string {
  return present(parts).join("\n");
}

/** The parts that are there, with an empty line between them. */
export function paragraphs(...parts: Part[]): string {
  return present(parts).join("\n\n");
}

/**
 * A block of directives: `server { … }`.
 *
 * @param head what stands before the brace, for instance `location = /healthz`
 * @param parts what is in it, one below the other
 */
export function block(head: string, ...parts: Part[]): string {
  return `${head} {\n${lines(...parts).replaceAll(/^(?=.)/gm, "  ")}\n}`;
}

/**
 * A `map` block: the variable has the value of the first pattern that fits the source.
 *
 * @param source a variable, or variables in quotation marks
 * @param variable the variable that is made
 * @param fallback its value when no pattern fits
 * @param entries patterns and values, as nginx has them
 */
export function map(
  source: string,
  variable: string,
  fallback: string,
  entries: readonly (readonly [pattern: string, value: string])[],
): string {
  return block(
    `map ${source} ${variable}`,
    `default ${fallback};`,
    entries.map(([pattern, value]) => `${pattern} ${value};`),
  );
}

/**
 * `proxy_set_header` for each header.
 *
 * @param headers names and values, as nginx has them; an empty string removes the header
 */
export function proxyHeaders(headers: Readonly<Record<string, string>>): string {
  return lines(
    Object.entries(headers).map(
      ([name, value]) => `proxy_set_header ${name} ${value === "" ? '""' : value};`,
    ),
  );
}

function present(parts: readonly Part[]): string[] {
  return parts.flatMap((part) => {
    if (part === false || part === undefined || part === "") return [];
    return typeof part === "string" ? [part] : present(part);
  });
}

/**
 * How an Application Load Balancer compares a value with a pattern: `*` is any number of characters, `?` exactly one.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
 */

/** Does a value match a pattern as a whole? */
export function matchesPattern(pattern: string, value: string, caseSensitive: boolean): boolean {
  const source = [...pattern]
    .map((character) => {
      if (character === "*") return ".*";
      return character === "?" ? "." : character.replace(/[\\^$.|+()[\]{}]/, "\\$&");
    })
    .join("");
  return new RegExp(`^${source}$`, caseSensitive ? "su" : "siu").test(value);
}

/** The groups of a guest list as oauth2-proxy is asked for them. */

/**
 * How long a list of groups may be as a query has it. oauth2-proxy reads a request's head of at most 1 MiB (Go's
 * `DefaultMaxHeaderBytes`), in which there are cookies as well, and nginx puts the list together from pieces whose variables
 * have to fit into 4096 bytes.
 */
export const longestGroupQuery = 256 * 1024;

/**
 * The groups as `allowed_groups` has them in a query: percent-encoded, with commas between.
 *
 * @param groups the groups of a guest list
 */
export function groupQuery(groups: readonly string[]): string {
  // Half of a surrogate pair, which is a fault of its own, cannot be encoded.
  return groups.map((name) => encodeURIComponent(Buffer.from(name).toString())).join(",");
}

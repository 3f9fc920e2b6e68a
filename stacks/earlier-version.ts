/** Stacks that an earlier version of this package made. */
import type { State } from "./state";

/** The types of its components began so; a change of type replaces whatever is below. */
const earlierTypes = "streamlit:docker:";

/**
 * Was the stack made by a version whose components had other types? An `up` would then make the whole site a second time
 * beside the first, which holds the ports and the networks.
 */
export function madeByEarlierVersion(state: State): boolean {
  return (state.deployment.resources ?? []).some(({ type }) => type.startsWith(earlierTypes));
}

/**
 * What to do about such a stack.
 *
 * @param stack its name
 */
export function earlierVersionAdvice(stack: string): string {
  return (
    `stack ${stack} was made by an earlier version of this package: npm run down -- --stack ${stack} removes it, ` +
    `then npm run up -- --stack ${stack} makes it anew, with new passwords, a new certificate authority and new sessions`
  );
}

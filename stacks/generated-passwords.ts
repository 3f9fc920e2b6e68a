/** The generated passwords of a stack, as its state has them. */
import { passwordResource } from "../components/shared/passwords";
import type { State } from "./state";
import { siteName } from "./target";
import { UserError } from "./workspace";

const type = "random:index/randomPassword:RandomPassword";

/**
 * The resource that makes a user's password.
 *
 * @param state the state of the stack
 * @param user the name of the user
 * @returns its URN
 * @throws {@link UserError} when the stack makes no password for this user
 */
export function passwordUrn(state: State, user: string): string {
  const prefix = passwordResource(siteName, "");
  const urns = (state.deployment.resources ?? [])
    .filter((resource) => resource.type === type)
    .flatMap(({ urn }) => urn ?? [])
    // The site's own. Redis has one, too, which is nobody's, below a part of the site.
    .filter((urn) => urn.split("::")[2]?.split("$").length === 2);
  const urn = urns.find((other) => nameOf(other) === passwordResource(siteName, user));
  if (urn !== undefined) return urn;
  const users = urns.map((other) => nameOf(other).slice(prefix.length)).sort();
  throw new UserError(
    users.length === 0
      ? `the stack has no generated passwords: its users are in its file or at a provider, or npm run up has not made them yet`
      : `the stack makes no password for ${user}; it does for ${users.join(", ")}. One that is in its file: npm run secret -- auth.basic.users.${user}`,
  );
}

function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

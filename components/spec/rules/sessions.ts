/** What goes together in `sessions`. */
import { defaultLifetime, defaultRefresh } from "../defaults";
import type { Fault } from "../errors";
import { exactlyOne } from "../exactly-one";
import { inSeconds } from "../units";
import { asObject, type UncheckedSpec } from "./unchecked";

/**
 * The faults between the fields of `sessions`, and with `auth`.
 *
 * @param spec the spec as it was written
 */
export function* sessionsFaults({ site, auth }: UncheckedSpec): Generator<Fault> {
  if (site.sessions === undefined) return;
  if (auth.oidc === undefined && auth.cognito === undefined) {
    yield { path: "sessions", message: "needs auth.oidc: with auth.basic there are none" };
    return;
  }
  yield* exactlyOne("sessions", site.sessions, ["redis", "cookie"]);
  const { lifetime = defaultLifetime, refresh = defaultRefresh } = asObject(asObject(site.sessions).redis);
  if (
    typeof lifetime === "string" &&
    typeof refresh === "string" &&
    inSeconds(refresh) > 0 &&
    inSeconds(lifetime) <= inSeconds(refresh)
  )
    yield {
      path: "sessions.redis.lifetime",
      message: `must be longer than refresh, which is ${refresh}`,
    };
}

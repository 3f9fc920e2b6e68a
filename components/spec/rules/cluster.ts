/** What a site on a Kubernetes cluster needs to be told. */
import type { Fault } from "../errors";
import { exactlyOne } from "../exactly-one";
import { asObject, type UncheckedSpec } from "./unchecked";

const ways = ["loadBalancer", "nodePort"];

/**
 * The faults of `expose`, `namespace` and `registry`.
 *
 * @param spec the spec as it was written
 */
export function* clusterFaults({ site, apps, target }: UncheckedSpec): Generator<Fault> {
  if (target !== "kubernetes") return;
  if (site.expose === undefined)
    yield { path: "expose", message: `must be set on kubernetes, with exactly one of ${ways.join(", ")}` };
  yield* exactlyOne("expose", site.expose, ways);
  yield* exactlyOne("namespace", site.namespace, ["create", "existing"]);
  const { address, username, password } = asObject(site.registry);
  if ((username === undefined) !== (password === undefined))
    yield { path: "registry", message: "must have both username and password, or neither" };
  if (address !== undefined) return;
  for (const { name, app } of apps)
    if (app.source !== undefined)
      yield {
        path: `apps.${name}.source`,
        message:
          "needs registry.address on kubernetes, where the image is pushed to and pulled from; or set image in place of source",
      };
}

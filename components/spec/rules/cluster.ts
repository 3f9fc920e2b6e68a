/** What a site on a Kubernetes cluster needs to be told. */
import { isIP } from "node:net";
import type { Fault } from "../errors";
import { exactlyOne } from "../exactly-one";
import { asObject, type UncheckedSpec } from "./unchecked";

const ways = ["loadBalancer", "nodePort", "ingress", "gatewayApi"];

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
  yield* proxyFaults(asObject(site.expose), site);
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

/** The faults of a site behind something that ends TLS. */
function* proxyFaults(expose: Record<string, unknown>, site: UncheckedSpec["site"]): Generator<Fault> {
  const way = ["ingress", "gatewayApi"].find((name) => expose[name] !== undefined);
  if (way === undefined) return;
  if (typeof site.host === "string" && isIP(site.host) !== 0)
    yield { path: "host", message: `must be a name with expose.${way}, which knows no addresses` };
  if (way === "gatewayApi" && site.tls !== undefined)
    yield {
      path: "tls",
      message: "must not be set with expose.gatewayApi: the Gateway's listener has the certificate",
    };
}

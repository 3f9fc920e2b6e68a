/** What a site on AWS has to be, as far as AWS's own limits and what a load balancer can do by itself follow from the spec alone. */
import { isIPv4 } from "node:net";
import type { Fault } from "../errors";
import { exactlyOne } from "../exactly-one";
import { fargateAdvice, fargateSize, fitsFargate } from "../fargate";
import { oidcProvider } from "../oidc-providers";
import { inMebibytes, inSeconds } from "../units";
import { asObject, type UncheckedSpec } from "./unchecked";

/** An image of a private registry of ECR. */
const ecrImage = /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\//;

/** A load balancer's own limits, in seconds (`deregistration_delay.timeout_seconds`, `SessionTimeout`). */
const longestDrain = 3600;
const longestSession = 604_800;

/**
 * The faults of a site on AWS, and of the fields that are only for it.
 *
 * @param spec the spec as it was written
 */
export function* awsFaults(spec: UncheckedSpec): Generator<Fault> {
  const { site, apps, target } = spec;
  yield* exactlyOne("gateway", site.gateway, ["alb", "nginx"]);
  yield* exactlyOne("network", site.network, ["create", "existing"]);
  yield* exactlyOne("waf", site.waf, ["managed", "webAclArn"]);
  yield* exactlyOne("tls.acm", asObject(site.tls).acm, ["zone", "certificateArn"]);
  for (const { name, app } of apps)
    yield* exactlyOne(`apps.${name}.updates`, app.updates, ["rolling", "blueGreen"]);
  if (target !== "aws") return;
  yield* siteFaults(spec);
  yield* oidcFaults(spec);
  for (const { name, app } of apps) yield* appFaults(`apps.${name}`, app);
}

function* siteFaults({ site }: UncheckedSpec): Generator<Fault> {
  const { host } = site;
  if (typeof host === "string" && (isIPv4(host) || !host.includes(".") || host.endsWith(".localhost")))
    yield { path: "host", message: "must be a name with a domain on aws, to which a record can lead" };
  if (typeof host === "string" && host.length > 64 && asObject(asObject(site.tls).acm).zone !== undefined)
    yield { path: "host", message: "must have at most 64 characters with tls.acm.zone, as AWS asks" };
  const { https, http } = asObject(site.ports);
  if (typeof https === "number" && https !== 443)
    yield {
      path: "ports.https",
      message: "must be 443 on aws: the rules of a load balancer compare host names without a port",
    };
  if (typeof http === "number" && http !== 80) yield { path: "ports.http", message: "must be 80 on aws" };
  const { lifetime } = asObject(asObject(site.sessions).cookie);
  if (typeof lifetime === "string" && inSeconds(lifetime) > longestSession)
    yield {
      path: "sessions.cookie.lifetime",
      message: "must be at most 168h on aws: a load balancer keeps sessions no longer",
    };
}

function* oidcFaults({ auth }: UncheckedSpec): Generator<Fault> {
  if (auth.oidc === undefined) return;
  const { provider, endpoints, bearer } = asObject(auth.oidc);
  const known = oidcProvider(provider);
  if (known === undefined) return;
  if (known.endpoints === undefined && provider !== "oidc") {
    if (!known.openToAnybody)
      yield {
        path: "auth.oidc.provider",
        message: `must not be ${String(provider)} on aws: a load balancer cannot sign in by it`,
      };
    return;
  }
  if (known.endpoints === undefined && endpoints === undefined)
    yield {
      path: "auth.oidc.endpoints",
      message: `must be set with ${String(provider)} on aws: a load balancer does not ask the issuer for them`,
    };
  if (known.endpoints !== undefined && endpoints !== undefined)
    yield {
      path: "auth.oidc.endpoints",
      message: `must not be set with ${String(provider)}: they follow from the issuer`,
    };
  if (bearer === true && endpoints !== undefined && asObject(endpoints).jwks === undefined)
    yield { path: "auth.oidc.endpoints.jwks", message: "must be set with bearer: true" };
}

function* appFaults(at: string, app: Record<string, unknown>): Generator<Fault> {
  const { cpu, memory } = asObject(app.resources);
  const size = fargateSize({
    ...(typeof cpu === "number" && { cpu }),
    ...(typeof memory === "string" && { memory: inMebibytes(memory) }),
  });
  if (!fitsFargate(size)) yield { path: `${at}.resources`, message: fargateAdvice(size) };
  if (typeof app.drainTimeout === "string" && inSeconds(app.drainTimeout) > longestDrain)
    yield {
      path: `${at}.drainTimeout`,
      message: "must be at most 1h on aws: a load balancer keeps connections to what goes no longer",
    };
  if (typeof app.image === "string" && app.egress !== true && !ecrImage.test(app.image))
    yield {
      path: `${at}.image`,
      message:
        "must be in a private registry of ECR in the site's region (<account>.dkr.ecr.<region>.amazonaws.com/…) on aws: an app without egress reaches no other, nor does what pulls its image",
    };
}

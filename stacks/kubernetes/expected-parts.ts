/** Which pods a site consists of. */
import { replicaNames } from "../part-names";
import { fieldOf } from "../stack-file";

/** How many a site has of a part that everybody needs: one goes on while another is replaced. */
const twice = 2;

/**
 * The parts that a site on Kubernetes has when all of it is there.
 *
 * @param spec the site of a stack's file as it stands there; what is wrong in it is left out
 */
export function expectedParts(spec: unknown): string[] {
  const signIn = fieldOf(spec, "auth", "oidc") !== undefined;
  const redis = signIn && fieldOf(spec, "sessions", "cookie") === undefined;
  return [
    ...replicaNames("gateway", twice),
    ...(signIn ? replicaNames("oauth2-proxy", twice) : []),
    ...(redis ? ["redis"] : []),
    ...Object.entries(fieldOf(spec, "apps") ?? {}).flatMap(([name, app]) =>
      // What the autoscaler adds comes and goes.
      replicaNames(name, fieldOf(app, "autoscaling", "min") ?? fieldOf(app, "replicas")),
    ),
  ];
}

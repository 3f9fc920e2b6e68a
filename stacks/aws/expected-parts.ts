/** Which parts a site on AWS has, as `npm run status` names them. */
import { replicaNames } from "../part-names";
import { fieldOf } from "../stack-file";

/** What the load balancer is called. */
export const balancerPart = "load-balancer";

/**
 * The parts that a site on AWS has when all of it is there.
 *
 * @param spec the site of a stack's file as it stands there; what is wrong in it is left out
 */
export function expectedParts(spec: unknown): string[] {
  return [
    balancerPart,
    ...Object.entries(fieldOf(spec, "apps") ?? {}).flatMap(([name, app]) =>
      // What autoscaling adds comes and goes.
      replicaNames(name, fieldOf(app, "autoscaling", "min") ?? fieldOf(app, "replicas")),
    ),
  ];
}

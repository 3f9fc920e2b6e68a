/** Which parts a site on AWS has, as `npm run status` names them. */
import { fieldOf } from "../stack-file";

/** What the load balancer is called. */
export const balancerPart = "load-balancer";

/** What the replica of a part is called that comes at this place. */
export function replicaName(part: string, index: number): string {
  return index === 0 ? part : `${part}.${String(index + 1)}`;
}

/**
 * The parts that a site on AWS has when all of it is there.
 *
 * @param spec the site of a stack's file as it stands there; what is wrong in it is left out
 */
export function expectedParts(spec: unknown): string[] {
  return [
    balancerPart,
    ...Object.entries(fieldOf(spec, "apps") ?? {}).flatMap(([name, app]) => {
      // What autoscaling adds comes and goes.
      const count = fieldOf(app, "autoscaling", "min") ?? fieldOf(app, "replicas");
      const length = Number.isInteger(count) ? (count as number) : 1;
      return Array.from({ length }, (_, index) => replicaName(name, index));
    }),
  ];
}

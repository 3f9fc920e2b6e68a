/** Which containers a site consists of. */
import { replicaNames } from "../part-names";

/** A spec of any shape, as far as it is looked at here. */
interface Spec {
  apps?: Record<
    string,
    { replicas?: unknown; drainTimeout?: unknown; volumes?: unknown; egressTo?: unknown } | undefined
  >;
  auth?: { oidc?: unknown };
  sessions?: { cookie?: unknown };
}

/**
 * The parts that a site on Docker has when all of it is there.
 *
 * @param spec the site of a stack's file as it stands there; what is wrong in it is left out
 */
export function expectedParts(spec: unknown): string[] {
  const { apps, auth, sessions } = objectOrNothing(spec) as Spec;
  return [
    "gateway",
    ...(objectOrNothing(auth).oidc === undefined
      ? []
      : ["oauth2-proxy", ...(objectOrNothing(sessions).cookie === undefined ? ["redis"] : [])]),
    ...Object.entries(objectOrNothing(apps)).flatMap(([name, app]) => {
      const { replicas = 1, drainTimeout = "", volumes, egressTo } = objectOrNothing(app);
      // A volume that is not shared has one container at a time, so that there is none to drain.
      const ownVolume = Object.values(objectOrNothing(volumes)).some(
        (volume) => objectOrNothing(volume).shared !== true,
      );
      return [
        ...replicaNames(name, replicas),
        ...(ownVolume || /^0[smh]$/.test(String(drainTimeout)) ? [] : [`${name}.drain`]),
        ...egressParts(name, egressTo),
      ];
    }),
  ];
}

/** One for each host, and one that has the way out for all of them. */
function egressParts(app: string, egressTo: unknown): string[] {
  const entries: unknown[] = Array.isArray(egressTo) ? egressTo : [];
  const hosts = new Set(
    entries
      .filter((entry) => typeof entry === "string")
      .map((entry) => entry.replace(/:[^:]*$/, ""))
      .sort(),
  );
  return hosts.size === 0 ? [] : [`${app}.egress`, ...[...hosts].map((host) => `${app}.egress-${host}`)];
}

function objectOrNothing(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

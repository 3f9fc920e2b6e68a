/** Rules between fields, and what the target cannot give. Nothing here relies on the shape being right. */
import { capabilityFaults, type Target } from "./capabilities";
import type { Fault } from "./errors";
import { exactlyOne } from "./exactly-one";
import { appFaults } from "./rules/apps";
import { awsFaults } from "./rules/aws";
import { basicFaults } from "./rules/basic";
import { clusterFaults } from "./rules/cluster";
import { cognitoFaults } from "./rules/cognito";
import { egressFaults } from "./rules/egress";
import { embedFaults } from "./rules/embed";
import { forwardHeadersFaults } from "./rules/forward-headers";
import { guestListFaults } from "./rules/guest-lists";
import { hostFaults } from "./rules/hosts";
import { oidcFaults } from "./rules/oidc";
import { portFaults } from "./rules/ports";
import { routeFaults } from "./rules/routes";
import { sessionsFaults } from "./rules/sessions";
import { tlsFaults } from "./rules/tls";
import { type Rule, unchecked } from "./rules/unchecked";
import { volumeFaults } from "./rules/volumes";

const rules: readonly Rule[] = [
  ({ site, target }) => capabilityFaults(site, target),
  ({ site }) => exactlyOne("auth", site.auth, ["basic", "oidc", "accounts", "cognito"]),
  basicFaults,
  oidcFaults,
  cognitoFaults,
  sessionsFaults,
  ({ site }) =>
    exactlyOne("tls", site.tls, ["selfSigned", "provided", "secret", "acm", "certManager", "acme"]),
  tlsFaults,
  clusterFaults,
  awsFaults,
  portFaults,
  hostFaults,
  appFaults,
  egressFaults,
  volumeFaults,
  embedFaults,
  forwardHeadersFaults,
  guestListFaults,
  routeFaults,
];

/**
 * The faults between the fields of a spec.
 *
 * @param args the spec as it was written, of any shape
 * @param target where it is to be deployed
 * @param known the faults of the fields themselves: a rule about such a field would only repeat it
 */
export function ruleFaults(args: unknown, target: Target, known: readonly Fault[]): Fault[] {
  const paths = new Set(known.map(({ path }) => path));
  const spec = unchecked(args, target);
  return rules.flatMap((rule) => [...rule(spec)]).filter(({ path }) => !paths.has(path));
}

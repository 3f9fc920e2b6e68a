/** The spec of a site as a stack's configuration has it. */
import * as pulumi from "@pulumi/pulumi";
import type { SiteArgs } from "../components/spec/args";
import { mapInputs } from "../components/spec/fields";
import { siteSchema } from "../components/spec/schema";

/**
 * The spec in the configuration value `site`, its secrets marked as such.
 *
 * Pulumi decrypts a configuration value as a whole: to the program, the value is secret when anything below it is
 * `secure`, and which of it that was is not told. Every field of the spec that may be an Input is then a secret, or the
 * state would have in plain text what was encrypted in the configuration.
 *
 * @param check refuses a wrong spec. What is marked as secret is no longer plain data, and would be checked no
 *   sooner than resources are registered
 */
export function siteConfig(check: (spec: SiteArgs) => void): SiteArgs {
  const config = new pulumi.Config();
  const spec = config.requireObject<SiteArgs>("site");
  if (!isSecret(`${config.name}:site`)) return spec;
  check(spec);
  return mapInputs(siteSchema, spec, pulumi.secret);
}

/** The function that Pulumi's own `Config` has for it is in its runtime, and not among its types. */
function isSecret(key: string): boolean {
  const runtime = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };
  return runtime.isConfigSecret(key);
}

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../../scripts/apt";
import { cacheFolder } from "../../scripts/paths";
import { buildGoProgram, moduleVersion } from "../go-program";

const goModule = "github.com/oauth2-proxy/oauth2-proxy/v7";

/** The version of oauth2-proxy that is built: that of go.mod, without a `v`. */
export function oauth2ProxyVersion(): string {
  return moduleVersion(__dirname, goModule);
}

/** A hash of all that oauth2-proxy is built from. */
export function oauth2ProxySources(): string {
  const hash = createHash("sha256");
  for (const name of ["go.mod", "go.sum"]) hash.update(readFileSync(join(__dirname, name)));
  return hash.digest("hex");
}

/**
 * Builds oauth2-proxy from its Go modules, unless it is in `.cache` already. Takes about a minute.
 *
 * @param log told how far it is
 * @returns the path of the executable, which needs no libraries
 * @throws Error if Go is missing or too old (the message says what is needed), or if the build fails
 */
export async function buildOauth2Proxy(log: Log): Promise<string> {
  const version = oauth2ProxyVersion();
  const program = {
    name: "oauth2-proxy",
    folder: __dirname,
    package: goModule,
    version,
    versionVariables: [`${goModule}/pkg/version.VERSION`],
    takes: "about a minute",
  };
  const folder = `${version}-${oauth2ProxySources().slice(0, 10)}`;
  return buildGoProgram(program, cacheFolder("oauth2-proxy", folder, "oauth2-proxy"), log);
}

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../../scripts/apt";
import { root } from "../../scripts/paths";
import { buildGoProgram, moduleVersion } from "../go-program";

/** The Go module of the CLI. */
export const cliModule = "github.com/pulumi/pulumi/pkg/v3";
const cliPackage = `${cliModule}/cmd/pulumi`;

/** The version of the Pulumi CLI that this repository uses: that of the installed npm package `pulumi`. */
export function cliVersion(): string {
  return npmVersion("pulumi");
}

/** The version of an npm package that is installed in this repository. */
export function npmVersion(name: string): string {
  const { version } = JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")) as {
    version: string;
  };
  return version;
}

/** Where the npm package `pulumi` looks first for the CLI of a version, and where {@link buildCli} puts it. */
export function cliPath(pulumiHome: string, version = cliVersion()): string {
  return join(pulumiHome, "versions", version, "bin", "pulumi");
}

/**
 * Builds the official Pulumi CLI from its Go modules, unless it is there already. Takes minutes.
 *
 * @param pulumiHome the folder it is put under, see {@link cliPath}
 * @param log told how far it is
 * @returns the path of the executable
 * @throws Error if Go is missing or too old (the message says what is needed), or if the build fails
 */
export async function buildCli(pulumiHome: string, log: Log): Promise<string> {
  const version = cliVersion();
  const target = cliPath(pulumiHome, version);
  if (existsSync(target)) return target;
  const pinned = moduleVersion(__dirname, cliModule);
  if (pinned !== version) {
    throw new Error(
      `offline/engine/go.mod has the Pulumi CLI ${pinned}, node_modules has ${version}. ` +
        `In offline/engine: go get -tool ${cliPackage}@v${version}`,
    );
  }
  const cli = {
    name: "the Pulumi CLI",
    folder: __dirname,
    package: cliPackage,
    version,
    versionVariables: ["github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"],
    takes: "some minutes",
    instead: "put a Pulumi CLI there",
  };
  return buildGoProgram(cli, target, log);
}

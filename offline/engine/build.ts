import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Log } from "../../scripts/apt";
import { exec } from "../../scripts/exec";
import { withLock } from "../../scripts/lock";
import { root } from "../../scripts/paths";
import { atLeast } from "../versions";

const cliPackage = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
const versionVariable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

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

/** What `go.mod` says: the version of the CLI's module, and the oldest Go that builds it. */
export function goModule(text = readFileSync(join(__dirname, "go.mod"), "utf8")): {
  cli: string;
  go: string;
} {
  const [, cli] = /^\s*github\.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)/m.exec(text) ?? [];
  const [, go] = /^go (\S+)/m.exec(text) ?? [];
  if (cli === undefined || go === undefined)
    throw new Error("offline/engine/go.mod names no CLI or no Go version");
  return { cli, go };
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
  const needed = goModule();
  if (needed.cli !== version) {
    throw new Error(
      `offline/engine/go.mod has the Pulumi CLI ${needed.cli}, node_modules has ${version}. ` +
        `In offline/engine: go get -tool ${cliPackage}@v${version}`,
    );
  }
  await requireGo(needed.go);

  mkdirSync(dirname(target), { recursive: true });
  const waiting = () => {
    log("waiting for another run that builds the Pulumi CLI");
  };
  return withLock(`${target}.lock`, waiting, async () => {
    if (existsSync(target)) return target;
    // Renamed when it is complete, so that a build that is killed leaves nothing that looks like a CLI.
    const partial = `${target}.${String(process.pid)}.partial`;
    try {
      await build(partial, version, log);
      renameSync(partial, target);
    } finally {
      rmSync(partial, { force: true });
    }
    return target;
  });
}

async function requireGo(oldest: string): Promise<void> {
  const needed =
    `the Pulumi CLI cannot be fetched ready-made here, and building it needs Go ${oldest} or later. ` +
    "Install Go and put it on PATH, or put a Pulumi CLI there";
  let found: string;
  try {
    // Reading go.mod, a Go that is too old fetches a newer one of itself if its settings and the network allow.
    found = (await exec("go", ["env", "GOVERSION"], { cwd: __dirname, seconds: 600 })).stdout.trim();
  } catch (error) {
    throw new Error(`${needed}.\n${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  if (!atLeast(found.replace(/^go/, ""), oldest)) throw new Error(`${needed}. (This one is ${found}.)`);
}

async function build(output: string, version: string, log: Log): Promise<void> {
  const started = Date.now();
  const minutes = () => `${((Date.now() - started) / 60_000).toFixed(1)} min`;
  log(`building the Pulumi CLI ${version} from Go modules; this takes some minutes, once`);
  let step = "fetching modules";
  const ticker = setInterval(() => {
    log(`building the Pulumi CLI: ${step}, ${minutes()}`);
  }, 30_000);
  // Without C, as the official one is built: no compiler for it is needed.
  const options = { cwd: __dirname, seconds: 3600, env: { CGO_ENABLED: "0" } };
  try {
    const list = await exec("go", ["list", "-mod=readonly", "-deps", cliPackage], options);
    const packages = list.stdout.trim().split("\n").length;
    let compiled = 0;
    const args = [
      "build",
      "-mod=readonly",
      "-buildvcs=false", // of this repository, of which nothing is built
      "-v", // names each package as it is compiled
      "-trimpath",
      `-ldflags=-s -w -X ${versionVariable}=v${version}`,
      `-o=${output}`,
      cliPackage,
    ];
    const count = () => {
      compiled += 1;
      step = `${String(compiled)} of at most ${String(packages)} packages compiled`;
    };
    await exec("go", args, { ...options, onLine: count });
  } finally {
    clearInterval(ticker);
  }
  log(`built the Pulumi CLI in ${minutes()}`);
}

/** The registry of a cluster: Docker on this machine pushes to it, the cluster pulls from it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dump } from "js-yaml";
import { inFolder, registryHost, type Layout } from "./layout";
import { processesWith, type Daemon } from "./processes";

/**
 * The processes of the registry. It is asked without TLS, which Docker does on 127.0.0.1 alone; the cluster reaches this machine at
 * another address, where a second process with the same images takes nothing.
 */
export function registryDaemons(layout: Layout): Daemon[] {
  return ["registry", "registry-for-the-cluster"].map((name) => ({
    name,
    command: ["docker-registry", "serve", settingsFile(layout, name)],
  }));
}

/** Write the settings of the registry. */
export function writeRegistrySettings(layout: Layout): void {
  mkdirSync(inFolder(layout, "settings"), { recursive: true });
  const { registryPort: port, hostAddress } = layout;
  writeFileSync(
    settingsFile(layout, "registry"),
    dump(registrySettings(layout, `127.0.0.1:${String(port)}`)),
  );
  writeFileSync(
    settingsFile(layout, "registry-for-the-cluster"),
    dump(registrySettings(layout, `${hostAddress}:${String(port)}`, true)),
  );
}

/** Does it answer where Docker asks it? */
export async function registryAnswers(layout: Layout): Promise<boolean> {
  return (await fetch(`http://${registryHost(layout)}/v2/`)).ok;
}

function registrySettings(layout: Layout, address: string, readOnly = false): object {
  return {
    version: "0.1",
    log: { level: "warn", accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: inFolder(layout, "registry") },
      ...(readOnly && { maintenance: { readonly: { enabled: true } } }),
    },
    http: { addr: address },
  };
}

/** The processes of the registry, whoever started them. */
export function registryProcesses(layout: Layout): number[] {
  return registryDaemons(layout).flatMap(({ command }) => processesWith(command.join(" ")));
}

function settingsFile(layout: Layout, name: string): string {
  return inFolder(layout, "settings", `${name}.yaml`);
}

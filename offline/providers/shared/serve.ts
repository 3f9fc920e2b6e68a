import { main } from "@pulumi/pulumi/provider";

import { EngineLink } from "./engine";
import { takeProposalsInto } from "./proposed-names";
import { StandIn } from "./provider";
import type { Resource } from "./resource";
import type { PackageSchema } from "./schema";

/** Serves a stand-in to the engine that started this process. */
export async function serve(
  version: string,
  schemas: PackageSchema,
  resources: readonly Resource<never>[],
): Promise<void> {
  const engine = new EngineLink();
  const names = new Map<string, string>();
  takeProposalsInto(names);
  const provider = new StandIn(version, schemas, resources, {
    progress: (urn, text) => {
      engine.show({ urn, text, isStatus: true });
    },
    flushed: () => engine.flushed(),
    isGone: () => engine.isGone(),
    proposedName: (urn) => names.get(urn),
  });
  await main(provider, process.argv.slice(2));
  // What the engine did not learn of it could never clean up: so the plugin undoes what it was creating, and goes too.
  await engine.onceGone(() => {
    provider.abandon();
    void provider.idle().finally(() => process.exit(1));
  });
}

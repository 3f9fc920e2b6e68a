import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { main } from "@pulumi/pulumi/provider";

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
  const args = process.argv.slice(2);
  const engine = process.ppid;
  const isGone = (): boolean => process.ppid !== engine;
  const names = new Map<string, string>();
  takeProposalsInto(names);
  const provider = new StandIn(version, schemas, resources, {
    progress: progressTo(args.at(-1)),
    isGone,
    proposedName: (urn) => names.get(urn),
  });
  await main(provider, args);
  // An engine that was killed leaves its plugins behind. What it did not learn of it could never clean up: so the plugin
  // undoes what it was creating, and goes too.
  const timer = setInterval(() => {
    if (!isGone()) return;
    clearInterval(timer);
    void provider
      .cancel()
      .then(() => provider.idle())
      .finally(() => process.exit(1));
  }, 500);
}

/** Shows lines in the status column of the engine's display; nothing is lost when that fails. */
function progressTo(engine: string | undefined): (urn: string, line: string) => void {
  if (engine === undefined) return () => undefined;
  const client = new EngineClient(engine, grpc.credentials.createInsecure());
  return (urn, line) => {
    const request = new LogRequest()
      .setSeverity(LogSeverity.INFO)
      .setUrn(urn)
      .setMessage(line)
      .setEphemeral(true);
    client.log(request, () => undefined);
  };
}

import { once } from "node:events";
import { connect } from "node:net";

import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { main } from "@pulumi/pulumi/provider";

import { commandEnded, commandVariable } from "../../../scripts/process-identity";
import { takeProposalsInto } from "./proposed-names";
import { StandIn } from "./provider";
import type { Resource } from "./resource";
import { takeRequestsInto } from "./requests";
import type { PackageSchema } from "./schema";
import type { Props } from "./values";

/**
 * Serves a stand-in to the engine that started this process.
 *
 * @param configure takes the provider's settings, and throws to refuse them. @default they are not looked at
 */
export async function serve(
  version: string,
  schemas: PackageSchema,
  resources: readonly Resource<never>[],
  configure: (settings: Props) => void = () => undefined,
): Promise<void> {
  const args = process.argv.slice(2);
  const engine = process.ppid;
  const mark = process.env[commandVariable];
  let answers = true;
  // A command that was killed leaves its engine behind, an engine that was killed its plugins; and an engine may have been
  // killed before this process asked who it is.
  const isGone = (): boolean => process.ppid !== engine || !answers || commandEnded(mark);
  const names = new Map<string, string>();
  takeProposalsInto(names);
  const timeouts = new Map<string, number | undefined>();
  takeRequestsInto({
    settings: configure,
    timeout: (urn, seconds) => {
      timeouts.set(urn, seconds);
    },
  });
  const provider = new StandIn(version, schemas, resources, {
    progress: progressTo(args.at(-1)),
    isGone,
    proposedName: (urn) => names.get(urn),
    timeout: (urn) => timeouts.get(urn),
  });
  await main(provider, args);
  answers = await isListening(args.at(-1));
  // What the engine did not learn of it could never clean up: so the plugin undoes what it was creating, and goes too.
  const timer = setInterval(() => {
    if (!isGone()) return;
    clearInterval(timer);
    provider.abandon();
    void provider.idle().finally(() => process.exit(1));
  }, 500);
}

/** Whether somebody listens at an address `host:port`. What is no such address is not judged. */
export async function isListening(address: string | undefined): Promise<boolean> {
  const [, host, port] = /^(.+):(\d+)$/.exec(address ?? "") ?? [];
  if (host === undefined) return true;
  const socket = connect(Number(port), host);
  try {
    await once(socket, "connect");
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ECONNREFUSED";
  } finally {
    socket.destroy();
  }
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

import "../../../scripts/lazy-modules";

import * as grpc from "@grpc/grpc-js";
import { version } from "@pulumi/kubernetes/package.json";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";

import { EngineLink } from "../shared/engine";
import { KubernetesProvider } from "./provider";
import { serviceOf } from "./service";

const engine = new EngineLink();
const provider = new KubernetesProvider((line) => {
  engine.show(line);
});

// The state of a stack may be large.
const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
server.addService(ResourceProviderService, serviceOf(provider, version));
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  // The engine reads it from there.
  process.stdout.write(`${String(port)}\n`);
});

void engine.onceGone(() => process.exit(1));

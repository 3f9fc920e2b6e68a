/**
 * The stand-in as the engine calls it. Pulumi's own server for plugins in Node.js knows neither previews nor timeouts, nor why a
 * property differs; so the protocol is spoken here.
 */
import * as grpc from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";

import type { Props } from "../shared/values";
import type { Autonaming } from "./names";
import type { PropertyChange } from "./diff";
import { InitFailed, type KubernetesProvider } from "./provider";

/** How settings are called that the engine sends. */
const settingPrefix = "kubernetes:config:";

const { Kind } = messages.PropertyDiff;
const kinds: Record<PropertyChange["kind"], readonly [number, number]> = {
  add: [Kind.ADD, Kind.ADD_REPLACE],
  delete: [Kind.DELETE, Kind.DELETE_REPLACE],
  update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
};

/** The service of a provider. */
export function serviceOf(provider: KubernetesProvider, version: string): grpc.UntypedServiceImplementation {
  const service: Partial<IResourceProviderServer> = {
    getPluginInfo: unary(() => new PluginInfo().setVersion(version)),
    attach: unary(() => new Empty()),
    getSchema: unary(() => new messages.GetSchemaResponse().setSchema("{}")),
    checkConfig: unary((request: messages.CheckRequest) =>
      new messages.CheckResponse().setInputs(request.getNews()),
    ),
    diffConfig: unary((request: messages.DiffRequest) => {
      const { changed, replaces } = provider.diffConfig(props(request.getOlds()), props(request.getNews()));
      const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
      return new messages.DiffResponse()
        .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
        .setDiffsList(changed)
        .setReplacesList(replaces);
    }),
    configure: unary(async (request: messages.ConfigureRequest) => {
      const settings = [...request.getVariablesMap().entries()]
        .filter(([key]) => key.startsWith(settingPrefix))
        .map(([key, value]) => [key.slice(settingPrefix.length), value] as const);
      await provider.configure(Object.fromEntries(settings));
      return new messages.ConfigureResponse()
        .setAcceptsecrets(true)
        .setSupportspreview(true)
        .setSupportsAutonamingConfiguration(true);
    }),
    check: unary(async (request: messages.CheckRequest) => {
      const { inputs, failures } = await provider.check({
        urn: request.getUrn(),
        olds: props(request.getOlds()),
        news: props(request.getNews()),
        seed: request.getRandomseed_asU8(),
        autonaming: autonaming(request),
      });
      return new messages.CheckResponse()
        .setInputs(struct(inputs))
        .setFailuresList(
          failures.map(({ property, reason }) =>
            new messages.CheckFailure().setProperty(property).setReason(reason),
          ),
        );
    }),
    diff: unary(async (request: messages.DiffRequest) => {
      const { changes, replaces, deleteBeforeReplace } = await provider.diff({
        urn: request.getUrn(),
        olds: props(request.getOlds()),
        news: props(request.getNews()),
        ignoreChanges: request.getIgnorechangesList(),
      });
      const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
      const response = new messages.DiffResponse()
        .setChanges(changes.size > 0 ? DIFF_SOME : DIFF_NONE)
        .setReplacesList([...replaces])
        .setDeletebeforereplace(deleteBeforeReplace)
        .setHasdetaileddiff(true);
      for (const [path, { kind, replace, inputDiff }] of changes)
        response
          .getDetaileddiffMap()
          .set(
            path,
            new messages.PropertyDiff().setKind(kinds[kind][replace ? 1 : 0]).setInputdiff(inputDiff),
          );
      return response;
    }),
    create: unary(async (request: messages.CreateRequest) => {
      const { id, properties } = await provider.create({
        urn: request.getUrn(),
        inputs: props(request.getProperties()),
        timeout: request.getTimeout(),
        preview: request.getPreview(),
      });
      return new messages.CreateResponse().setId(id).setProperties(struct(properties));
    }),
    read: unary(async (request: messages.ReadRequest) => {
      const found = await provider.read({
        id: request.getId(),
        urn: request.getUrn(),
        state: props(request.getProperties()),
        inputs: props(request.getInputs()),
      });
      if (!found) return new messages.ReadResponse();
      return new messages.ReadResponse()
        .setId(found.id)
        .setProperties(struct(found.properties))
        .setInputs(struct(found.inputs));
    }),
    update: unary(async (request: messages.UpdateRequest) => {
      const properties = await provider.update({
        urn: request.getUrn(),
        state: props(request.getOlds()),
        inputs: props(request.getNews()),
        timeout: request.getTimeout(),
        preview: request.getPreview(),
        ignoreChanges: request.getIgnorechangesList(),
      });
      return new messages.UpdateResponse().setProperties(struct(properties));
    }),
    delete: unary(async (request: messages.DeleteRequest) => {
      await provider.delete({
        id: request.getId(),
        urn: request.getUrn(),
        state: props(request.getProperties()),
        timeout: request.getTimeout(),
      });
      return new Empty();
    }),
    cancel: unary(() => {
      provider.cancel();
      return new Empty();
    }),
  };
  // What is not there is answered for by the server.
  return service as grpc.UntypedServiceImplementation;
}

/** Answers requests one by one. */
function unary<Request, Response>(
  answer: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve(call.request)
      .then(answer)
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback(failure(error));
        },
      );
  };
}

function failure(error: unknown): Partial<grpc.StatusObject> {
  const details = error instanceof Error ? error.message : String(error);
  const code = grpc.status.UNKNOWN;
  if (!(error instanceof InitFailed)) return { code, details };
  const failed = new messages.ErrorResourceInitFailed()
    .setId(error.id)
    .setProperties(struct(error.properties))
    .setReasonsList([...error.reasons]);
  if (error.inputs) failed.setInputs(struct(error.inputs));
  const any = new Any();
  any.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status().setCode(code).setMessage(details);
  status.addDetails(any);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code, details, metadata };
}

function autonaming(request: messages.CheckRequest): Autonaming | undefined {
  const options = request.getAutonaming();
  if (!options) return undefined;
  const { DISABLE } = messages.CheckRequest.AutonamingOptions.Mode;
  return { proposed: options.getProposedName(), disabled: options.getMode() === DISABLE };
}

function props(value: Struct | undefined): Props {
  return value?.toJavaScript() ?? {};
}

function struct(value: Props): Struct {
  // What is undefined is not there.
  return Struct.fromJavaScript(JSON.parse(JSON.stringify(value)) as Record<string, JavaScriptValue>);
}

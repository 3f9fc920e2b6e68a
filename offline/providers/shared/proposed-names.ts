/**
 * The names that the engine proposes (configuration `pulumi:autonaming`). The official plugins take them; Pulumi's nodejs
 * provider server neither says that it would nor passes them on.
 */
import * as grpc from "@grpc/grpc-js";
import type { CheckRequest, ConfigureResponse } from "@pulumi/pulumi/proto/provider_pb";

type Handler<Request, Response> = (
  call: { request: Request },
  callback: (error: unknown, response?: Response) => void,
) => unknown;

/** What is taken up of a provider's service. */
export interface ProviderService {
  configure: Handler<unknown, ConfigureResponse>;
  check: Handler<CheckRequest, unknown>;
}

/**
 * The same service, which also takes the engine's proposals.
 *
 * @param service what the nodejs provider server serves
 * @param names gets the proposal for each resource by its URN, before the resource is checked
 */
export function takeProposals<Service extends ProviderService>(
  service: Service,
  names: Map<string, string>,
): Service {
  const taking: ProviderService = {
    configure: (call, callback) =>
      service.configure(call, (error, response) => {
        response?.setSupportsAutonamingConfiguration(true);
        callback(error, response);
      }),
    check: (call, callback) => {
      const { request } = call;
      const proposed = request.getAutonaming()?.getProposedName();
      if (proposed === undefined || proposed === "") names.delete(request.getUrn());
      else names.set(request.getUrn(), proposed);
      return service.check(call, callback);
    },
  };
  return Object.assign(Object.create(service) as Service, taking);
}

/** Let every provider that this process serves take the engine's proposals; see {@link takeProposals}. */
export function takeProposalsInto(names: Map<string, string>): void {
  const { prototype } = grpc.Server;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called on the server that it is called on
  const { addService } = prototype;
  prototype.addService = function (this: grpc.Server, definition, service) {
    addService.call(this, definition, takeProposals(service as unknown as ProviderService, names) as never);
  };
}

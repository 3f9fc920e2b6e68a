/** What the engine says with its requests, and Pulumi's nodejs provider server does not pass on. */
import * as grpc from "@grpc/grpc-js";
import type {
  ConfigureRequest,
  CreateRequest,
  DeleteRequest,
  UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb";

import { type Props, revealProps } from "./values";

type Handler<Request> = (
  call: { request: Request },
  callback: (error: unknown, response?: unknown) => void,
) => unknown;

/** What is taken up of a provider's service. */
export interface RequestedService {
  configure: Handler<ConfigureRequest>;
  create: Handler<CreateRequest>;
  update: Handler<UpdateRequest>;
  delete: Handler<DeleteRequest>;
}

/** Gets what is taken up. */
export interface Taken {
  /**
   * The provider's settings, without secret marks.
   *
   * @throws Error to refuse them
   */
  settings(settings: Props): void;
  /** How long the operation on a resource may take, in seconds; undefined when its options say nothing. */
  timeout(urn: string, seconds: number | undefined): void;
}

/** The same service, of whose requests is taken up what the nodejs provider server leaves. */
export function takeRequests<Service extends RequestedService>(service: Service, taken: Taken): Service {
  const timed =
    <Request extends { getUrn(): string; getTimeout(): number }>(
      method: "create" | "update" | "delete",
    ): Handler<Request> =>
    (call, callback) => {
      const seconds = call.request.getTimeout();
      taken.timeout(call.request.getUrn(), seconds > 0 ? seconds : undefined);
      return (service[method] as unknown as Handler<Request>).call(service, call, callback);
    };
  const taking: RequestedService = {
    configure: (call, callback) => {
      try {
        taken.settings(revealProps(call.request.getArgs()?.toJavaScript() ?? {}));
      } catch (error) {
        callback(error);
        return undefined;
      }
      return service.configure(call, callback);
    },
    create: timed("create"),
    update: timed("update"),
    delete: timed("delete"),
  };
  return Object.assign(Object.create(service) as Service, taking);
}

/** Let every provider that this process serves take up the engine's requests; see {@link takeRequests}. */
export function takeRequestsInto(taken: Taken): void {
  const { prototype } = grpc.Server;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called on the server that it is called on
  const { addService } = prototype;
  prototype.addService = function (this: grpc.Server, definition, service) {
    addService.call(this, definition, takeRequests(service as unknown as RequestedService, taken) as never);
  };
}

import { CheckRequest, ConfigureResponse } from "@pulumi/pulumi/proto/provider_pb";
import { type ProviderService, takeProposals } from "../../../offline/providers/shared/proposed-names";

/** A service whose methods need what it is, as those of Pulumi's have it. */
class Service implements ProviderService {
  readonly checked: string[] = [];

  configure(_: unknown, callback: (error: unknown, response?: ConfigureResponse) => void): void {
    callback(undefined, new ConfigureResponse());
  }

  check(
    { request }: { request: CheckRequest },
    callback: (error: unknown, response?: unknown) => void,
  ): void {
    this.checked.push(request.getUrn());
    callback(undefined, "checked");
  }
}

function request(urn: string, proposed?: string): { request: CheckRequest } {
  const options = proposed === undefined ? undefined : new CheckRequest.AutonamingOptions();
  options?.setProposedName(proposed ?? "");
  return { request: new CheckRequest().setUrn(urn).setAutonaming(options) };
}

test("a provider says that it takes names, takes them, and does what it did", () => {
  const names = new Map<string, string>();
  const service = new Service();
  const taking = takeProposals(service, names);

  let configured: ConfigureResponse | undefined;
  taking.configure({}, (_, response) => (configured = response));
  expect(configured?.getSupportsAutonamingConfiguration()).toBe(true);

  const answers: unknown[] = [];
  const check = (urn: string, proposed?: string): unknown =>
    taking.check(request(urn, proposed), (_, answer) => answers.push(answer));
  check("a", "shop-dev-a-1234567");
  check("b");
  expect(Object.fromEntries(names)).toEqual({ a: "shop-dev-a-1234567" });
  check("a");
  expect(names.size).toBe(0);
  expect(service.checked).toEqual(["a", "b", "a"]);
  expect(answers).toEqual(["checked", "checked", "checked"]);
});

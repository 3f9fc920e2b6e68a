/**
 * Runs a Pulumi program without an engine and writes down its whole resource graph.
 *
 * What the program reads from its resources is made up ({@link created}), with the names and types of the generated code. Whatever it could read
 * and nobody made up is unknown, as in a preview, and an unknown value in an input is an error: otherwise a whole policy could silently be none.
 *
 * It does NOT prove that AWS or its provider accepts the inputs, nor that the program survives an update: there is no state. An argument that
 * TypeScript does not know is dropped by the generated constructors and never arrives here; one inside of an object does, and is refused.
 */
import * as pulumi from "@pulumi/pulumi";
import { concealProps } from "../../offline/providers/shared/values";
import type { RegisterResourceRequest, RegisterResourceResponse } from "@pulumi/pulumi/proto/resource_pb";
import { inputFaults, unknownPlaces } from "./checks";
import type { Graph, RecordedResource } from "./graph";
import { answer } from "./invokes";
import { created, defaultRegion } from "./outputs";
import { resourceSchema } from "./schema";

/** What the program's surroundings are. */
export interface RecordOptions {
  region?: string;
  project?: string;
  stack?: string;
  /** The stack's configuration, keys with their namespace: `aws:region`. */
  config?: Record<string, string>;
}

/** What is wrong with a program, fault by fault. */
export class RecordingError extends Error {
  constructor(readonly faults: string[]) {
    super(`the program cannot be recorded:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
  }
}

/**
 * Record a program.
 *
 * @param program makes its resources, and returns what the stack is to have for outputs
 * @throws {@link RecordingError} if it uses a resource type or a property that is not in the generated code, leaves out one that is required,
 *   or if anything in the inputs of a resource or in the outputs is unknown
 */
export async function record(program: () => unknown, options: RecordOptions = {}): Promise<Graph> {
  const { region = defaultRegion, project = "shop", stack = "test", config = {} } = options;
  const resources: RecordedResource[] = [];
  const faults: string[] = [];
  // The mocks are not told of it.
  let parent = "";
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs: given, custom, id }) => {
        const inputs = given as Record<string, unknown>;
        if (custom === false) return { id: undefined, state: inputs };
        const schema = resourceSchema(type);
        // A provider has no schema of its own that could be read here.
        if (schema === undefined) {
          if (!type.startsWith("pulumi:"))
            faults.push(`${name}: the generated code has no resource type ${type}`);
          return { id: id ?? name, state: inputs };
        }
        const made = created({ schema, name, inputs, seed: `${parent} ${type} ${name}`, region });
        const state = concealProps(made.outputs, schema.secrets);
        return { id: id === undefined || id === "" ? made.id : id, state };
      },
      call: ({ token, inputs }) => {
        try {
          const lookup = (wanted: string) => resources.find(({ id }) => id === wanted)?.outputs;
          return answer(token, inputs as Record<string, unknown>, region, lookup);
        } catch (error) {
          // What the program gets to see of it has lost its message.
          faults.push((error as Error).message);
          throw error;
        }
      },
    },
    project,
    stack,
    true,
  );
  pulumi.runtime.setAllConfig({ "aws:region": region, ...config });
  listen(resources, (request) => {
    parent = request.getParent();
  });
  // Pulumi takes the stack of every promise for its debugging, which is most of the time that a run takes.
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    const returned: unknown = await program();
    // What Pulumi's own tests do; it is not among the declared types.
    await (pulumi.runtime as unknown as { waitForRPCs: () => Promise<void> }).waitForRPCs();
    const outputs = await settled(returned);
    faults.push(...resources.flatMap(resourceFaults));
    faults.push(...unknownPlaces(outputs, "").map((at) => `the output "${at}" is unknown`));
    if (faults.length > 0) throw new RecordingError(faults);
    return { resources, outputs };
  } catch (error) {
    if (error instanceof RecordingError) throw error;
    faults.push(...resources.flatMap(resourceFaults));
    throw faults.length === 0 ? error : new RecordingError(faults);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

function resourceFaults({ type, name, custom, inputs }: RecordedResource): string[] {
  const schema = custom ? resourceSchema(type) : undefined;
  if (schema === undefined) return [];
  return [...inputFaults(schema, inputs), ...unknownPlaces(inputs, "").map((at) => `"${at}" is unknown`)].map(
    (fault) => `${type} "${name}": ${fault}`,
  );
}

type Register = (
  request: RegisterResourceRequest,
  callback: (error: unknown, response: RegisterResourceResponse) => void,
) => unknown;

/**
 * The mocks are told of inputs only; what a resource hangs on stands in the request.
 *
 * @param before called with a request right before the mocks are asked about it
 */
function listen(resources: RecordedResource[], before: (request: RegisterResourceRequest) => void): void {
  const monitor = pulumi.runtime.getMonitor() as unknown as { registerResource: Register };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    before(request);
    return register(request, (error, response) => {
      if (!error) resources.push(recorded(request, response));
      callback(error, response);
    });
  };
}

function recorded(request: RegisterResourceRequest, response: RegisterResourceResponse): RecordedResource {
  const parent = request.getParent();
  const propertyDependencies: Record<string, string[]> = {};
  request.getPropertydependenciesMap().forEach((value, name) => {
    propertyDependencies[name] = value.getUrnsList();
  });
  return {
    urn: response.getUrn(),
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    inputs: request.getObject()?.toJavaScript() ?? {},
    id: response.getId(),
    outputs: response.getObject()?.toJavaScript() ?? {},
    ...(parent !== "" && { parent }),
    dependencies: request.getDependenciesList(),
    propertyDependencies,
  };
}

/** The values that a program returned, secrets marked, and unknown ones as such. */
async function settled(returned: unknown): Promise<Record<string, unknown>> {
  const outputs: pulumi.Inputs = { ...(typeof returned === "object" ? returned : {}) };
  return (await pulumi.runtime.serializeProperties("outputs", outputs)) as Record<string, unknown>;
}

import { type Context, Incomplete, type Resource } from "../shared/resource";

/**
 * The same resource, with errors worded as those of Terraform's provider for Docker, which the official plugin wraps: whoever
 * looks for a reason in what the engine prints finds it in the same place with both.
 */
export function bridged<I>(resource: Resource<I>): Resource<I> {
  return {
    ...resource,
    create: (inputs, context) => reworded(resource.create(inputs, context), "creating", context),
    ...(resource.read && { read: (id, outputs) => reworded(resource.read!(id, outputs), "refreshing") }),
    ...(resource.update && {
      update: (id, outputs, inputs, context) =>
        reworded(resource.update!(id, outputs, inputs, context), "updating", context),
    }),
    ...(resource.delete && {
      delete: (id, outputs, signal) => reworded(resource.delete!(id, outputs, signal), "deleting"),
    }),
  };
}

async function reworded<T>(operation: Promise<T>, verb: string, context?: Context): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    const message = `1 error occurred:\n\t* ${error instanceof Error ? error.message : String(error)}\n\n`;
    if (!(error instanceof Incomplete)) throw new Error(message, { cause: error });
    throw new Incomplete(error.id, error.properties, `${verb} ${context?.urn ?? ""}: ${message}`);
  }
}

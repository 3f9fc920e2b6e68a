/** How a container makes room for its successor, in the words of Docker's own `update_config.order`. */
import type * as pulumi from "@pulumi/pulumi";

/**
 * What the official provider would only write down, and leave the container as it was: properties whose change it calls an
 * update, and a container that failed to start or to get healthy, which it would call well at the next `up`.
 */
const replaceOnChanges = ["healthcheck", "init", "tmpfs", "#initerror"];

/**
 * The successor comes first, and the old container goes at the end of the `up`. It has to be said: the provider deletes first
 * whenever it is asked to replace a container.
 */
export const startFirst: pulumi.CustomResourceOptions = { deleteBeforeReplace: false, replaceOnChanges };

/** The old container goes first, for what there cannot be two of. */
export const stopFirst: pulumi.CustomResourceOptions = { deleteBeforeReplace: true, replaceOnChanges };

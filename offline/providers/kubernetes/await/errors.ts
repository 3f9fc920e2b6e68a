/** Why an object is not as it should be, in the words of the official plugin. */
import { type Manifest, nameOf } from "../object";

/** What was asked for is there, and is not ready. */
export class NotReadyError extends Error {
  constructor(
    message: string,
    /** The object as it was seen last. */
    readonly object: Manifest,
    /** What is known of the reasons, a text each. */
    readonly reasons: readonly string[] = [],
  ) {
    super(message);
  }
}

/** It took too long. */
export function timedOut(object: Manifest, reasons: readonly string[]): NotReadyError {
  return new NotReadyError(`'${nameOf(object)}' timed out waiting to be Ready`, object, reasons);
}

/** The engine was told to stop. */
export function cancelled(object: Manifest, reasons: readonly string[]): NotReadyError {
  return new NotReadyError(`Resource operation was cancelled for "${nameOf(object)}"`, object, reasons);
}

/** It was looked at, and nobody waited. */
export function notInitialized(object: Manifest, reasons: readonly string[]): NotReadyError {
  return new NotReadyError(
    `Resource '${nameOf(object)}' was created but failed to initialize`,
    object,
    reasons,
  );
}

/** Neither is anything known of why. */
export function timedOutWaiting(object: Manifest): NotReadyError {
  return new NotReadyError("timed out waiting for the condition", object);
}

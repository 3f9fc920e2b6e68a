/** What an API server says when it refuses something. */
import { isObject, type Props } from "../shared/values";
import { pluck, text } from "./object";

/** See the module. */
export class ApiError extends Error {
  constructor(
    message: string,
    /** The status code of its answer. */
    readonly code: number,
    /** Why, in one word: `AlreadyExists`, `Conflict`. */
    readonly reason: string,
    /** What it says besides. */
    readonly details: Props = {},
  ) {
    super(message);
  }

  /** What the body of an answer says. */
  static of(code: number, body: string): ApiError {
    let status: unknown;
    try {
      status = JSON.parse(body);
    } catch {
      // It is no JSON: a proxy's words, perhaps.
    }
    const message = text(status, "message");
    const details = pluck(status, "details");
    return new ApiError(
      message === "" ? `the server responded with the status code ${String(code)}: ${body.trim()}` : message,
      code,
      text(status, "reason"),
      isObject(details) ? details : {},
    );
  }
}

/** The API server has no such kind. */
export class NoMatchError extends Error {}

/** The API server cannot be reached. */
export class UnreachableError extends Error {}

/** Tells whether the API server gave an answer of one of these statuses. */
export function isStatus(error: unknown, code: number, reason?: string): error is ApiError {
  return (
    error instanceof ApiError && error.code === code && (reason === undefined || error.reason === reason)
  );
}

/** Tells whether there is no such object, or no such namespace. */
export function isNotFound(error: unknown): error is ApiError {
  return isStatus(error, 404);
}

/** Tells whether an object of that name is there already. */
export function isAlreadyThere(error: unknown): error is ApiError {
  return isStatus(error, 409, "AlreadyExists");
}

/** Tells whether others manage fields that were to be set. */
export function isConflict(error: unknown): error is ApiError {
  return isStatus(error, 409, "Conflict");
}

/** The words of an error. */
export function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

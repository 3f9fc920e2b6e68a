/** The engine's messages of what went wrong, without what says nothing to who reads them. */

/** What the engine says besides when something failed: that it did. */
const repetitions = [
  /^(update|preview|destroy|resource) (failed|cancell?ed)$/,
  /^(Unhandled exception: Error: )?resource .* failed to register$/,
];

/** `sdk-v2/provider2.go:572: sdk.helper_schema: …: provider=docker@5.2.0`: how a bridged plugin says it a first time … */
const bridged = /^\s*sdk-v2\/provider2\.go:\d+: sdk\.helper_schema: (.*?)(?:: provider=\S+)?$/s;
/** … and a second time. */
const counted = /^\s*1 error occurred:\n\s*\* (.*)$/s;

const stackTrace = /^\s+at .*(\(|:\d+:\d+\)?$|<anonymous>)/;

/**
 * The message of an error of the engine, or undefined if it only repeats that something failed.
 *
 * @param message as the engine's event has it
 */
export function faultText(message: string): string | undefined {
  const lines = message.split("\n").filter((line) => !stackTrace.test(line));
  let text = lines.join("\n").trim();
  text = bridged.exec(text)?.[1]?.trim() ?? text;
  text = counted.exec(text)?.[1]?.trim() ?? text;
  text = text.replace(/^Unhandled exception: (Error: )?/, "");
  return text === "" || repetitions.some((pattern) => pattern.test(text)) ? undefined : text;
}

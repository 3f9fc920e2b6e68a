/** `npm run logs`. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { readStackFile } from "../stack-file";
import { npmRun } from "../site-status";
import { isWanted, lineOfLog, sinceWhen } from "../log-text";
import { openTarget } from "../targets";
import { UserError } from "../workspace";
import { stackCommand, type StackOptions } from "./prepare";
import { print } from "./terminal";

interface Options extends StackOptions {
  follow?: boolean;
  since?: Date;
  tail?: number;
  timestamps?: boolean;
}

/** Add the command. */
export function addLogs(program: Command): void {
  stackCommand(program, "logs", "print what the parts of the site have logged")
    .argument(
      "[part]",
      "only this one, as npm run status names it; an app's name stands for all its replicas",
    )
    .option("-f, --follow", "go on with what is logged from now on, until Ctrl-C")
    .addOption(
      new Option(
        "--since <when>",
        "only what is newer: 30s, 10m, 2h, 3d, or a time as 2026-11-26T21:00:00Z",
      ).argParser(argument((text) => sinceWhen(text))),
    )
    .addOption(
      new Option("--tail <lines>", "only the last lines of each part").argParser(
        argument((text) => lineCount(text)),
      ),
    )
    .option("-t, --timestamps", "with the time of each line, UTC")
    .addHelpText(
      "after",
      "\nExamples:\n  npm run logs -- -f\n  npm run logs -- sales --since 10m\n  npm --silent run logs -- gateway --tail 100 > gateway.log",
    )
    .action(logs);
}

async function logs(part: string | undefined, options: Options): Promise<void> {
  const { stack, follow = false, since, tail, timestamps = false } = options;
  const { name, spec } = readStackFile(stack);
  const target = await openTarget(stack);
  const { parts } = await target.status(name);
  if (parts.length === 0)
    throw new UserError(`stack ${stack} is not up: ${npmRun("up", stack)} brings it up`);
  const known = [...new Set([...target.expectedParts(spec), ...parts.map((other) => other.part)])];
  if (part !== undefined && !known.includes(part))
    throw new UserError(`there is no part ${part}; there are ${known.join(", ")}`);
  const width = Math.max(...known.filter((other) => isWanted(other, part)).map(({ length }) => length));
  await target.logs(
    name,
    {
      follow,
      ...(part !== undefined && { part }),
      ...(since && { since }),
      ...(tail !== undefined && { tail }),
    },
    (line) => print(lineOfLog(line, width, timestamps)),
    untilStopped(),
  );
}

/** Aborted by Ctrl-C and the like, and when whoever reads the output has had enough: neither is a failure. */
function untilStopped(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  return controller.signal;
}

function lineCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UserError("must be a whole number");
  return Number(text);
}

/** What is wrong with an argument, the way that commander shows it. */
function argument<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof UserError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}

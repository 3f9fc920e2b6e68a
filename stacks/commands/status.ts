/** `npm run status`. */
import type { Command } from "commander";
import { type CertificateStatus, probe } from "../probe";
import { blockedCall, type SiteStatus, siteStatus } from "../site-status";
import { fieldOf, readStackFile, type StackFile } from "../stack-file";
import { statusText } from "../status-text";
import type { Endpoint, LogLine, StackTarget } from "../target";
import { openTarget } from "../targets";
import { stackCommand, type StackOptions } from "./prepare";
import { print } from "./terminal";

interface Options extends StackOptions {
  json?: boolean;
}

/** How many minutes of an app's log are searched for calls that failed. */
const searched = 30;

/** Add the command. */
export function addStatus(program: Command): void {
  stackCommand(program, "status", "show each part of the site: is it well, since when, from which image")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      "\nThe exit code is 0 when the site is up and all of it is well, else 1.\n\nExamples:\n  npm run status\n  npm --silent run status -- --json --stack prod",
    )
    .action(status);
}

async function status({ stack, json }: Options): Promise<void> {
  const file = readStackFile(stack);
  const target = await openTarget(stack);
  const shown = await look(target, file);
  print(json ? `${JSON.stringify(shown, undefined, 2)}\n` : statusText(shown));
  if (!shown.well) process.exitCode = 1;
}

async function look(target: StackTarget, { name, spec }: StackFile): Promise<SiteStatus> {
  const found = await target.status(name);
  const host = fieldOf(spec, "host");
  const [answers, calls] = await Promise.all([
    Promise.all(found.endpoints.map((endpoint) => ask(endpoint, typeof host === "string" ? host : ""))),
    failedCalls(target, name, spec),
  ]);
  return siteStatus({ stack: name.stack, spec, found, answers, calls, expected: target.expectedParts(spec) });
}

async function ask(
  endpoint: Endpoint,
  host: string,
): Promise<{ endpoint: Endpoint; error?: string; certificate?: CertificateStatus }> {
  return { endpoint, ...(await probe(endpoint, host)) };
}

/** The last call of each app that failed for want of a way out, by the app's name. */
async function failedCalls(
  target: StackTarget,
  name: StackFile["name"],
  spec: unknown,
): Promise<Map<string, string>> {
  const calls = new Map<string, string>();
  const since = new Date(Date.now() - searched * 60_000);
  const { signal } = new AbortController();
  for (const app of Object.keys(fieldOf(spec, "apps") ?? {})) {
    if (fieldOf(spec, "apps", app, "egress") === true) continue;
    const search = ({ text }: LogLine): void => {
      const call = blockedCall(text);
      if (call !== undefined) calls.set(app, call);
    };
    await target.logs(name, { part: app, since, tail: 500, follow: false }, search, signal);
  }
  return calls;
}

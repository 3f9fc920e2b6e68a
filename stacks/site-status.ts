/** What is to be said of a site: what the target and the network tell, measured by what the stack's file asks for. */
import type { Answer, CertificateStatus } from "./probe";
import { fieldOf } from "./stack-file";
import type { Endpoint, PartStatus, TargetStatus } from "./target";

/** An app as the stack's file has it. */
export interface AppStatus {
  app: string;
  /** May it call out? `yes`, `no`, or the hosts and ports that it may call. */
  egress: string;
}

/** An endpoint, and whether it answers. */
export interface EndpointStatus extends Endpoint {
  /** Why it does not answer; absent when it does. */
  error?: string;
}

/** A site at a moment. This is what `npm run status -- --json` prints. */
export interface SiteStatus {
  /** The name of the stack. */
  stack: string;
  /** Is there anything of it? */
  up: boolean;
  /** Is it up, and all of it well? */
  well: boolean;
  /** Parts in the order of the stack's file, those that are missing (`state: "missing"`) among them. */
  parts: PartStatus[];
  apps: AppStatus[];
  endpoints: EndpointStatus[];
  /** What is served; absent when nothing answers for the host. */
  certificate?: CertificateStatus;
  /** The apps with old replicas that are kept until nobody has them open. */
  draining: string[];
  /** What is wrong, and what to do about it, a sentence each. */
  hints: string[];
}

/** What {@link siteStatus} is made from. */
export interface Observed {
  stack: string;
  /** The site of the stack's file, of any shape. */
  spec: unknown;
  found: TargetStatus;
  answers: (Answer & { endpoint: Endpoint })[];
  /** A call that failed for want of a way out, by the app. */
  calls: ReadonlyMap<string, string>;
  /** The parts that there should be. */
  expected: readonly string[];
}

/**
 * Put together what is known of a site.
 *
 * @param observed what was found
 * @param now the time in milliseconds. @default the clock's
 */
export function siteStatus(observed: Observed, now: number = Date.now()): SiteStatus {
  const { stack, spec, found, answers, expected } = observed;
  const up = found.parts.length > 0;
  const missing = up ? expected.filter((part) => !found.parts.some((other) => other.part === part)) : [];
  const parts = inOrder([...found.parts, ...missing.map(missingPart)], expected);
  const certificate = answers.find((answer) => answer.certificate)?.certificate;
  const endpoints = answers.map(({ endpoint, error }) => ({
    ...endpoint,
    ...(error !== undefined && { error }),
  }));
  const draining = [...new Set(parts.flatMap(({ old, app }) => (old && app !== undefined ? [app] : [])))];
  const troubles = [
    ...parts.filter((part) => !isWell(part)).map((part) => trouble(part, stack)),
    ...endpoints
      .filter(({ error }) => error !== undefined)
      .map(
        ({ protocol, address, port, error }) =>
          `nothing answers at ${protocol}://${address}:${port} (${error}), though the gateway runs: ${found.between ?? docker}`,
      ),
    ...(certificate && Date.parse(certificate.until) <= now
      ? [`the certificate has ended: ${renewal(spec, stack)}`]
      : []),
  ];
  return {
    stack,
    up,
    well: up && troubles.length === 0,
    parts,
    apps: appsOf(spec),
    endpoints,
    ...(certificate && { certificate }),
    draining,
    hints: [...troubles, ...advice(observed, certificate, now)],
  };
}

const docker =
  "something between this machine and the gateway is broken, for instance Docker's proxy or its firewall rules; restarting Docker sets both up anew";

/** A part is well when it does its work; one that was replaced has none any more. */
export function isWell({ state, health, old }: PartStatus): boolean {
  return old || (state === "running" && (health ?? "healthy") === "healthy");
}

function missingPart(part: string): PartStatus {
  return { part, state: "missing", restarts: 0, killedForMemory: false, image: "", old: false };
}

/** In the order of the expected parts, then those that nobody expects; several of one name as they come. */
function inOrder(parts: PartStatus[], expected: readonly string[]): PartStatus[] {
  const place = ({ part }: PartStatus): number => {
    const index = expected.indexOf(part);
    return index === -1 ? expected.length : index;
  };
  return [...parts].sort((a, b) => place(a) - place(b));
}

function trouble({ part, state, health, reason, killedForMemory, app }: PartStatus, stack: string): string {
  if (state === "missing") return `${part} is missing: ${npmRun("up", stack, "--refresh")} makes it`;
  const what = state === "running" && health !== undefined ? health : state;
  const memory =
    killedForMemory && app !== undefined
      ? `; it had used up its memory: raise apps.${app}.resources.memory`
      : "";
  return `${part} is ${what}${reason === undefined ? "" : ` (${reason})`}${memory}; its log: ${npmRun("logs", stack, part)}`;
}

const dayInMs = 24 * 3600 * 1000;

function advice(
  { spec, stack, found, calls }: Observed,
  certificate: CertificateStatus | undefined,
  now: number,
): string[] {
  const left = certificate ? Date.parse(certificate.until) - now : Infinity;
  const tight = new Set(
    found.parts.filter((part) => part.killedForMemory && isWell(part)).map(({ part }) => part),
  );
  return [
    ...(left > 0 && left <= 30 * dayInMs
      ? [`the certificate ends in ${Math.floor(left / dayInMs)} days: ${renewal(spec, stack)}`]
      : []),
    ...[...tight].map((part) => `${part} was ended the last time because it had used up its memory`),
    ...[...calls].map(([app, call]) => {
      const to = egressOf(fieldOf(spec, "apps", app));
      const has = to === "no" ? `${app} has no egress` : `${app} has egress to ${to} alone`;
      return `${has}, and a call of it failed: "${call}". If it is meant to call out: apps.${app}.egressTo for the hosts that it needs, or apps.${app}.egress for everything`;
    }),
  ];
}

function renewal(spec: unknown, stack: string): string {
  return fieldOf(spec, "tls", "provided") === undefined
    ? `${npmRun("up", stack)} makes a new one`
    : `put a new one into tls.provided, then ${npmRun("up", stack)}`;
}

/** How a command is called for a stack. */
export function npmRun(command: string, stack: string, ...args: string[]): string {
  const all = [...args, ...(stack === "dev" ? [] : ["--stack", stack])];
  return ["npm run", command, ...(all.length > 0 ? ["--", ...all] : [])].join(" ");
}

function appsOf(spec: unknown): AppStatus[] {
  return Object.entries(fieldOf(spec, "apps") ?? {}).map(([app, fields]) => ({
    app,
    egress: egressOf(fields),
  }));
}

function egressOf(app: unknown): string {
  if (fieldOf(app, "egress") === true) return "yes";
  const to = fieldOf(app, "egressTo");
  return Array.isArray(to) && to.length > 0 ? to.join(", ") : "no";
}

/** What the libraries of a Python app say when a call finds no way out. */
const failures = [
  "Temporary failure in name resolution",
  "Name or service not known",
  "nodename nor servname provided",
  "No address associated with hostname",
  "Network is unreachable",
  "NameResolutionError",
  "getaddrinfo failed",
  "could not translate host name",
];

/**
 * The call that failed for want of a way out, in a line of an app's log.
 *
 * @param line the line
 * @returns its end, at most 200 characters; undefined when it is about something else
 */
export function blockedCall(line: string): string | undefined {
  if (!failures.some((failure) => line.includes(failure))) return undefined;
  const text = line.trim();
  return text.length <= 200 ? text : `…${text.slice(-199)}`;
}

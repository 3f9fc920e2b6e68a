/** From samples to figures, and to where they are shown. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { root } from "../../scripts/paths";
import { type ContenderName, contenderNames } from "./contender";
import type { Samples } from "./measurements";
import { plot } from "./plot";
import { median } from "./statistics";

/** The contenders that are ours; each has a table in which it stands beside others. */
const tables = {
  gateway: { title: "Sign-in by password", beside: ["direct", "recipe", "tls"] },
  sso: { title: "Single sign-on", beside: ["direct", "tls", "sso-recipe"] },
} satisfies Partial<Record<ContenderName, { title: string; beside: ContenderName[] }>>;
type Ours = keyof typeof tables;
const ours = Object.keys(tables) as Ours[];

/** What is wanted of a ratio, or of the figure itself. */
type Target = { ratioAtMost: number } | { ratioAtLeast: number } | { figureAtMost: number };

/** What a figure of ours is held against. */
interface Goal {
  /** Whose figure it is divided by. @default "direct" */
  against?: ContenderName;
  target?: Target;
}

/** What one line says. */
interface RowSpec {
  title: string;
  unit: "s" | "ms" | "kB" | "MB" | "/s" | "%" | "";
  goals?: Partial<Record<Ours, Goal>>;
  /** The row that has the others' figures, if not this one. */
  othersIn?: string;
}

const againstRecipe: RowSpec["goals"] = { sso: { against: "sso-recipe" } };

/** The rows of a request that is made while others guess at passwords. */
function guessedRows(id: string, title: string): Record<string, RowSpec> {
  const atMost = (figureAtMost: number): NonNullable<RowSpec["goals"]> => ({
    gateway: { target: { figureAtMost } },
  });
  return {
    [`${id}-before`]: { title, unit: "ms" },
    [`${id}-median`]: { title: `${title}, while 40 connections guess`, unit: "ms" },
    [`${id}-ratio`]: { title: `${title}, the latter over the former`, unit: "", goals: atMost(2) },
    [`${id}-p99`]: { title: `${title}, 99th percentile meanwhile`, unit: "ms", goals: atMost(100) },
  };
}

const rowSpecs: Record<string, RowSpec> = {
  "cold-slow": {
    title: "Cold page load, slow line",
    unit: "s",
    goals: { gateway: { target: { ratioAtMost: 0.65 } }, sso: { target: { ratioAtMost: 0.65 } } },
  },
  "cold-loopback": {
    title: "Cold page load, this machine",
    unit: "s",
    goals: { gateway: { target: { ratioAtMost: 1.05 } } },
  },
  "warm-slow": { title: "Second visit, slow line", unit: "s" },
  "warm-loopback": {
    title: "Second visit, this machine",
    unit: "s",
    goals: {
      gateway: { against: "tls", target: { ratioAtMost: 1.05 } },
      sso: { against: "tls", target: { ratioAtMost: 1.05 } },
    },
  },
  "first-slow": { title: "First page after the gateway's start, slow line", unit: "s" },
  "first-loopback": { title: "First page after the gateway's start, this machine", unit: "s" },
  "cold-kilobytes": { title: "Cold page load, received", unit: "kB" },
  "warm-kilobytes": { title: "Second visit, received", unit: "kB" },
  "cold-requests": { title: "Cold page load, requests", unit: "" },
  "warm-requests": { title: "Second visit, requests", unit: "" },
  "cold-connections": { title: "Cold page load, connections", unit: "" },
  "checks-seen": {
    title: "Cold page load, requests to oauth2-proxy",
    unit: "",
    goals: { sso: { against: "sso-recipe", target: { figureAtMost: 3 } } },
  },
  asset: {
    title: "Hashed file, HTTP/1.1",
    unit: "/s",
    goals: {
      gateway: { target: { ratioAtLeast: 10 } },
      sso: { against: "sso-recipe", target: { ratioAtLeast: 15 } },
    },
  },
  "asset-h2": { title: "Hashed file, HTTP/2", unit: "/s", othersIn: "asset", goals: againstRecipe },
  "large-asset": { title: "Largest hashed script, HTTP/1.1", unit: "/s", goals: againstRecipe },
  click: {
    title: "Click of a button, over the websocket",
    unit: "ms",
    goals: { gateway: { target: { ratioAtMost: 1.1 } } },
  },
  ping: {
    title: "Websocket ping",
    unit: "ms",
    goals: { gateway: { target: { ratioAtMost: 1.3 } }, sso: { target: { ratioAtMost: 1.3 } } },
  },
  "browser-click": { title: "Click of a button, in Chromium", unit: "ms" },
  check: { title: "Check of a password, computed", unit: "ms" },
  "checks-of-page": { title: "Checks computed for a newcomer's page", unit: "" },
  "check-known": { title: "Check of a wrong password, of a name that somebody has", unit: "ms" },
  "check-unknown": { title: "Check of a wrong password, of a name that nobody has", unit: "ms" },
  ...guessedRows("guessed", "Request of somebody who is signed in"),
  ...guessedRows("guessed-health", "Health check of the gateway"),
  "memory-app": { title: "Memory of the app's container", unit: "MB" },
  "memory-nginx": { title: "Memory of nginx", unit: "MB", goals: againstRecipe },
  "memory-oauth2-proxy": { title: "Memory of oauth2-proxy", unit: "MB", goals: againstRecipe },
  "memory-redis": { title: "Memory of Redis", unit: "MB" },
  "idle-nginx": {
    title: "An idle session: memory of nginx",
    unit: "kB",
    goals: { sso: { against: "sso-recipe", target: { figureAtMost: 100 } } },
  },
  "idle-oauth2-proxy": { title: "An idle session: memory of oauth2-proxy", unit: "kB", goals: againstRecipe },
  "idle-app": { title: "An idle session: memory of the app", unit: "kB", goals: againstRecipe },
  "rest-app": {
    title: "An idle app, with what the daemon spends on it",
    unit: "%",
    goals: { gateway: { target: { figureAtMost: 0.5 } }, sso: { target: { figureAtMost: 0.5 } } },
  },
  "rest-app-daemon": { title: "An idle app: of that, the daemon", unit: "%" },
  "rest-nginx": {
    title: "An idle nginx, with what the daemon spends on it",
    unit: "%",
    goals: { gateway: { target: { figureAtMost: 0.3 } }, sso: { target: { figureAtMost: 0.3 } } },
  },
  "rest-nginx-daemon": { title: "An idle nginx: of that, the daemon", unit: "%" },
};

/** How a figure of ours compares. */
interface Comparison {
  against: ContenderName;
  /** Our median over theirs. */
  ratio?: number;
  target?: Target;
  verdict?: "PASS" | "MISS";
}

/** One line of the figures. */
export interface Row extends Pick<RowSpec, "title" | "unit"> {
  id: string;
  /** The day of the run that measured it; all of a row is from one run. */
  date: string;
  /** Medians, in the row's unit. */
  medians: Partial<Record<ContenderName, number>>;
  /** Everything that was measured, in the row's unit. */
  values: Partial<Record<ContenderName, number[]>>;
  comparisons: Partial<Record<Ours, Comparison>>;
}

/** What a run found out, and the run before of what it did not measure. */
export interface Report {
  /** The day of the last run. */
  date: string;
  machine: { processor: string; cores: number; system: string };
  versions: Record<string, string>;
  rows: Row[];
}

/** What was measured in one run for a row, in the row's unit. */
type Measured = Pick<Row, "date" | "values">;

/** Put the samples of a run together. */
export function report(samples: Samples, versions: Record<string, string>): Report {
  const date = new Date().toISOString().slice(0, 10);
  const measured = Object.entries(samples.values).map(([id, values]): [string, Measured] => [
    id,
    { date, values: scaled(values, rowSpecs[id]?.unit ?? "") },
  ]);
  const [cpu] = os.cpus();
  return {
    date,
    machine: {
      processor: cpu?.model ?? "unknown",
      cores: os.cpus().length,
      system: `${os.type()} ${os.release()}`,
    },
    versions,
    rows: rowsOf(Object.fromEntries(measured)),
  };
}

/** A report with the rows of an earlier one that it does not have itself. */
function withEarlier(result: Report, earlier: Pick<Report, "rows">): Report {
  const measured = [...earlier.rows, ...result.rows].map(({ id, ...row }): [string, Measured] => [id, row]);
  return { ...result, rows: rowsOf(Object.fromEntries(measured)) };
}

function rowsOf(measured: Record<string, Measured>): Row[] {
  return Object.entries(rowSpecs).flatMap(([id, { title, unit, goals = {}, othersIn = id }]) => {
    const { date, values } = measured[id] ?? { date: "", values: {} };
    if (Object.keys(values).length === 0) return [];
    const medians = mediansOf(values);
    const others = mediansOf(measured[othersIn]?.values ?? {});
    const comparisons: Row["comparisons"] = {};
    for (const name of ours)
      if (medians[name] !== undefined) comparisons[name] = compare(medians[name], others, goals[name]);
    return [{ id, title, unit, date, medians, values, comparisons }];
  });
}

/** Samples in a row's unit: times are taken in milliseconds. */
function scaled(measured: Row["values"] = {}, unit: RowSpec["unit"]): Row["values"] {
  const scale = unit === "s" ? 0.001 : 1;
  const values: Row["values"] = {};
  for (const name of contenderNames)
    if (measured[name] !== undefined) values[name] = measured[name].map((value) => value * scale);
  return values;
}

function mediansOf(values: Row["values"]): Row["medians"] {
  return Object.fromEntries(Object.entries(values).map(([name, several]) => [name, median(several)]));
}

function compare(figure: number, others: Row["medians"], goal: Goal = {}): Comparison {
  const { against = "direct", target } = goal;
  const other = others[against];
  const ratio = other === undefined ? undefined : figure / other;
  const met = target === undefined ? undefined : meets(figure, ratio, target);
  return {
    against,
    ...(ratio !== undefined && { ratio }),
    ...(target !== undefined && { target }),
    ...(met !== undefined && { verdict: met ? "PASS" : "MISS" }),
  };
}

/** Undefined when there is no ratio to tell by. */
function meets(figure: number, ratio: number | undefined, target: Target): boolean | undefined {
  if ("figureAtMost" in target) return figure <= target.figureAtMost;
  if (ratio === undefined) return undefined;
  return "ratioAtMost" in target ? ratio <= target.ratioAtMost : ratio >= target.ratioAtLeast;
}

/** The figures as tables in Markdown, which are also fit for a terminal. */
export function text(result: Report): string {
  return ours
    .map((name) => ({ name, rows: result.rows.filter(({ medians }) => medians[name] !== undefined) }))
    .filter(({ rows }) => rows.length > 0)
    .map(({ name, rows }) => `**${tables[name].title}**\n\n${table(name, rows)}`)
    .join("\n\n");
}

function table(name: Ours, rows: Row[]): string {
  const shown: ContenderName[] = [...tables[name].beside, name];
  const ofOneRun = new Set(rows.map(({ date }) => date)).size === 1;
  const cells = [
    ["", ...shown, `${name} ÷ …`, "target", "", ...(ofOneRun ? [] : ["measured"])],
    ...rows.map(({ title, unit, date, medians, comparisons }) => {
      const { against = "", ratio, target, verdict = "" } = comparisons[name] ?? {};
      return [
        unit === "" ? title : `${title} (${unit})`,
        ...shown.map((one) => figure(medians[one])),
        ratio === undefined ? "" : `${against}: ${ratio.toFixed(2)}`,
        target === undefined ? "" : wanted(target),
        verdict,
        ...(ofOneRun ? [] : [date]),
      ];
    }),
  ];
  const widths =
    cells[0]?.map((_, column) => Math.max(3, ...cells.map((line) => line[column]?.length ?? 0))) ?? [];
  const line = (values: string[]): string =>
    `| ${values.map((value, column) => (column === 0 ? value.padEnd(widths[0] ?? 0) : value.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  const [head = "", ...body] = cells.map(line);
  return [head, rule, ...body].join("\n");
}

/** A target of a ratio in the way of ratios, one of the figure as a bare number. */
function wanted(target: Target): string {
  if ("figureAtMost" in target) return `≤ ${target.figureAtMost}`;
  return "ratioAtMost" in target ? `≤ ${target.ratioAtMost.toFixed(2)} ×` : `≥ ${target.ratioAtLeast} ×`;
}

/** Three digits, which is more than the measurement is good for. */
function figure(value: number | undefined): string {
  if (value === undefined) return "";
  return value >= 100
    ? value.toFixed(0)
    : value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 0.01)))));
}

const resultFile = path.join(__dirname, "results", "latest.json");
const plotFile = path.join(root, "docs", "bench.svg");
const textFile = path.join(root, "docs", "benchmarks.md");

/** Where the figures go in the text. */
const place = /(<!-- figures[^>]*-->\n)[^]*?(\n<!-- end of figures -->)/;

/**
 * Write the figures to where they are published; rows that this run did not measure stay as they are.
 *
 * @returns the files
 */
export function publish(run: Report): string[] {
  fs.mkdirSync(path.dirname(resultFile), { recursive: true });
  const earlier = fs.existsSync(resultFile)
    ? (JSON.parse(fs.readFileSync(resultFile, "utf8")) as Report)
    : { rows: [] };
  const result = withEarlier(run, earlier);
  fs.writeFileSync(resultFile, `${JSON.stringify(result, undefined, 2)}\n`);
  fs.writeFileSync(plotFile, plot(result));
  const { date, machine, versions } = result;
  const used = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const setting = `${date}; ${machine.cores} cores of ${machine.processor}, ${machine.system}; ${used.join(", ")}.`;
  const page = fs.readFileSync(textFile, "utf8");
  const figures = `\n${setting}\n\n${text(result)}\n`;
  fs.writeFileSync(
    textFile,
    page.replace(place, (_, start: string, end: string) => `${start}${figures}${end}`),
  );
  return [resultFile, plotFile, textFile].map((file) => path.relative(root, file));
}

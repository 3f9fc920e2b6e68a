/** From samples to figures, and to where they are shown. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { root } from "../../scripts/paths";
import { type ContenderName, contenderNames } from "./contenders";
import type { Samples } from "./measurements";
import { plot } from "./plot";
import { median } from "./statistics";

/** What one line of the table says. */
interface RowSpec {
  title: string;
  unit: "s" | "ms" | "kB" | "MB" | "/s" | "";
  /** The gateway's figure as a multiple of direct Streamlit's. */
  target?: { atMost: number } | { atLeast: number };
  /** The row that has direct Streamlit's figure, if not this one. */
  against?: string;
}

const rowSpecs: Record<string, RowSpec> = {
  "cold-slow": { title: "Cold page load, slow line", unit: "s", target: { atMost: 0.65 } },
  "cold-loopback": { title: "Cold page load, this machine", unit: "s", target: { atMost: 1.05 } },
  "warm-slow": { title: "Second visit, slow line", unit: "s" },
  "warm-loopback": { title: "Second visit, this machine", unit: "s" },
  "first-slow": { title: "First page after the gateway's start, slow line", unit: "s" },
  "first-loopback": { title: "First page after the gateway's start, this machine", unit: "s" },
  "cold-kilobytes": { title: "Cold page load, received", unit: "kB" },
  "warm-kilobytes": { title: "Second visit, received", unit: "kB" },
  "cold-requests": { title: "Cold page load, requests", unit: "" },
  "warm-requests": { title: "Second visit, requests", unit: "" },
  "cold-connections": { title: "Cold page load, connections", unit: "" },
  asset: { title: "Hashed file, HTTP/1.1", unit: "/s", target: { atLeast: 10 } },
  "asset-h2": { title: "Hashed file, HTTP/2", unit: "/s", against: "asset" },
  "large-asset": { title: "Largest hashed script, HTTP/1.1", unit: "/s" },
  click: { title: "Click of a button, over the websocket", unit: "ms", target: { atMost: 1.1 } },
  ping: { title: "Websocket ping", unit: "ms" },
  "browser-click": { title: "Click of a button, in Chromium", unit: "ms" },
  check: { title: "Check of a password, computed", unit: "ms" },
  "checks-of-page": { title: "Checks computed for a newcomer's page", unit: "" },
  "memory-app": { title: "Memory of the app's container", unit: "MB" },
  "memory-nginx": { title: "Memory of nginx", unit: "MB" },
};

/** One line of the table. */
export interface Row extends RowSpec {
  id: string;
  /** Medians, in the row's unit. */
  medians: Partial<Record<ContenderName, number>>;
  /** Everything that was measured, in the row's unit. */
  values: Partial<Record<ContenderName, number[]>>;
  /** The gateway's median over direct Streamlit's. */
  ratio?: number;
  verdict?: "PASS" | "MISS";
}

/** What a run found out. */
export interface Report {
  date: string;
  machine: { processor: string; cores: number; system: string };
  versions: Record<string, string>;
  rows: Row[];
}

/** Put the samples of a run together. */
export function report(samples: Samples, versions: Record<string, string>): Report {
  const rows = Object.entries(rowSpecs).flatMap(([id, spec]) => {
    const measured = samples.values[id];
    if (measured === undefined) return [];
    const scale = spec.unit === "s" ? 0.001 : 1; // Times are taken in milliseconds.
    const values: Row["values"] = {};
    const medians: Row["medians"] = {};
    for (const name of contenderNames) {
      const scaled = measured[name]?.map((value) => value * scale);
      if (scaled === undefined) continue;
      values[name] = scaled;
      medians[name] = median(scaled);
    }
    const other = samples.values[spec.against ?? id]?.direct;
    const ratio =
      other === undefined || medians.gateway === undefined
        ? undefined
        : medians.gateway / (median(other) * scale);
    return [{ id, ...spec, medians, values, ...(ratio !== undefined && judged(ratio, spec)) }];
  });
  const [cpu] = os.cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: {
      processor: cpu?.model ?? "unknown",
      cores: os.cpus().length,
      system: `${os.type()} ${os.release()}`,
    },
    versions,
    rows,
  };
}

function judged(ratio: number, { target }: RowSpec): Pick<Row, "ratio" | "verdict"> {
  if (target === undefined) return { ratio };
  const met = "atMost" in target ? ratio <= target.atMost : ratio >= target.atLeast;
  return { ratio, verdict: met ? "PASS" : "MISS" };
}

/** The figures as a table in Markdown, which is also fit for a terminal. */
export function table({ rows }: Report): string {
  const cells = [
    ["", "direct", "recipe", "gateway", "gateway ÷ direct", "target", ""],
    ...rows.map((row) => [
      row.unit === "" ? row.title : `${row.title} (${row.unit})`,
      ...contenderNames.map((name) => figure(row.medians[name])),
      row.ratio === undefined ? "" : row.ratio.toFixed(2),
      row.target === undefined
        ? ""
        : "atMost" in row.target
          ? `≤ ${row.target.atMost.toFixed(2)}`
          : `≥ ${row.target.atLeast}`,
      row.verdict ?? "",
    ]),
  ];
  const widths =
    cells[0]?.map((_, column) => Math.max(3, ...cells.map((line) => line[column]?.length ?? 0))) ?? [];
  const line = (values: string[]): string =>
    `| ${values.map((value, column) => (column === 0 ? value.padEnd(widths[0] ?? 0) : value.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  const [head = [], ...body] = cells.map(line).map((text) => [text]);
  return [...head, rule, ...body.flat()].join("\n");
}

/** Three digits, which is more than the measurement is good for. */
function figure(value: number | undefined): string {
  if (value === undefined) return "";
  return value >= 100
    ? value.toFixed(0)
    : value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(Math.max(value, 0.01)))));
}

const resultFile = path.join(__dirname, "results", "latest.json");
const plotFile = path.join(root, "docs", "bench.svg");
const textFile = path.join(root, "docs", "benchmarks.md");

/** Where the figures go in the text. */
const place = /(<!-- figures[^>]*-->\n)[^]*?(\n<!-- end of figures -->)/;

/**
 * Write the figures to where they are published.
 *
 * @returns the files
 */
export function publish(result: Report): string[] {
  fs.mkdirSync(path.dirname(resultFile), { recursive: true });
  fs.writeFileSync(resultFile, `${JSON.stringify(result, undefined, 2)}\n`);
  fs.writeFileSync(plotFile, plot(result));
  const { date, machine, versions } = result;
  const used = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const setting = `${date}; ${machine.cores} cores of ${machine.processor}, ${machine.system}; ${used.join(", ")}.`;
  const text = fs.readFileSync(textFile, "utf8");
  const figures = `\n${setting}\n\n${table(result)}\n`;
  fs.writeFileSync(
    textFile,
    text.replace(place, (_, start: string, end: string) => `${start}${figures}${end}`),
  );
  return [resultFile, plotFile, textFile].map((file) => path.relative(root, file));
}

/** What a site costs, for people to read. */
import Table from "cli-table3";
import { plainTable } from "../../status-text";
import type { Cost, CostLine } from "./count";

/** A table of what is charged by the hour or the month, and a list of what is not in it. */
export function costText(cost: Cost): string {
  const table = new Table({
    ...plainTable,
    head: ["RESOURCE", "COUNT", "UNIT PRICE", "HOURS", `${cost.currency} A MONTH`, ""],
    colAligns: ["left", "right", "right", "right", "right", "left"],
  });
  for (const line of cost.lines) table.push(row(line));
  table.push(["in all", "", "", "", cost.total.toFixed(2), ""]);
  const elsewhere =
    cost.stackRegion !== undefined && cost.stackRegion !== cost.region
      ? [
          `The stack is in ${cost.stackRegion}, where prices are others, and most of them higher: the counts are right, the sums are those of ${cost.region}.`,
        ]
      : [];
  return [
    `What stack ${cost.stack} consists of while nobody visits, at list prices of ${cost.region} as of ${cost.date}:`,
    "",
    ...table
      .toString()
      .split("\n")
      .map((line) => line.trimEnd()),
    "",
    ...elsewhere,
    "Not counted:",
    ...cost.notCounted.map((line) => `  ${line}`),
    ...cost.unknown.map((type) => `  ${type}: the price list does not know it`),
    "",
    "Sources:",
    ...[...new Set(cost.lines.map(({ source }) => source))].map((source) => `  ${source}`),
    "",
  ].join("\n");
}

function row({ resource, of, count, unitPrice, per, hours, sum }: CostLine): string[] {
  return [
    resource,
    String(count),
    `${String(unitPrice)}/${per}`,
    hours === undefined ? "" : String(hours),
    sum.toFixed(2),
    of,
  ];
}

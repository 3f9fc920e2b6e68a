/** The status of a site for people to read. */
import Table from "cli-table3";
import { npmRun, type SiteStatus } from "./site-status";
import type { PartStatus } from "./target";

/** Two spaces between columns and nothing else. */
export const plainTable = {
  chars: {
    top: "",
    "top-mid": "",
    "top-left": "",
    "top-right": "",
    bottom: "",
    "bottom-mid": "",
    "bottom-left": "",
    "bottom-right": "",
    left: "",
    "left-mid": "",
    mid: "",
    "mid-mid": "",
    right: "",
    "right-mid": "",
    middle: "  ",
  },
  style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
};

/**
 * A table of the parts, and what else is to be said.
 *
 * @param status the site
 * @param now the time in milliseconds. @default the clock's
 */
export function statusText(status: SiteStatus, now: number = Date.now()): string {
  const { stack, up, parts, apps, endpoints, certificate, draining, hints } = status;
  if (!up) return `stack ${stack} is not up: ${npmRun("up", stack)} brings it up\n`;
  const table = new Table({ ...plainTable, head: ["PART", "STATE", "SINCE", "RESTARTS", "EGRESS", "IMAGE"] });
  for (const part of parts)
    table.push(row(part, apps.find(({ app }) => app === part.part)?.egress ?? "", now));
  return [
    ...table
      .toString()
      .split("\n")
      .map((line) => line.trimEnd()),
    "",
    ...endpoints.map(
      ({ protocol, address, port, error }) =>
        `${protocol}://${address}:${port}: ${error === undefined ? "answers" : `no answer (${error})`}`,
    ),
    ...(certificate
      ? [`certificate: until ${certificate.until.slice(0, 10)}, signed by ${certificate.issuer}`]
      : []),
    ...(draining.length > 0
      ? [
          `draining: ${draining.join(", ")} (the old one stays until nobody has it open, or drainTimeout is over)`,
        ]
      : []),
    ...hints.map((hint) => `! ${hint}`),
    "",
  ].join("\n");
}

function row(part: PartStatus, egress: string, now: number): string[] {
  return [
    part.part,
    [
      part.health !== undefined && part.state === "running" ? part.health : part.state,
      ...(part.old ? ["old"] : []),
      ...(part.killedForMemory ? ["was killed for memory"] : []),
    ].join(", "),
    part.since === undefined ? "" : ago(now - Date.parse(part.since)),
    String(part.restarts),
    egress,
    part.image,
  ];
}

/** A span of time in its two largest units, for instance `3 h 12 min`. */
export function ago(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const units = [
    ["d", 86400],
    ["h", 3600],
    ["min", 60],
    ["s", 1],
  ] as const;
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first === -1) return "0 s";
  return units
    .slice(first, first + 2)
    .map(([unit, size], index) => {
      const above = units[first + index - 1]?.[1] ?? Infinity;
      return [Math.floor((index === 0 ? seconds : seconds % above) / size), unit] as const;
    })
    .filter(([count], index) => index === 0 || count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}

/** The picture for the README. */
import { init } from "echarts";
import { type ContenderName, contenderNames } from "./contender";

const panels = [
  { row: "cold-slow", title: "First visit, 10 Mbit/s and 40 ms", note: "seconds, less is better" },
  { row: "cold-loopback", title: "First visit, same machine", note: "seconds, less is better" },
  { row: "asset", title: "Streamlit's hashed files", note: "answers per second, more is better" },
  { row: "click", title: "From click to answer, by websocket", note: "milliseconds, less is better" },
] as const;

/** How a contender is drawn: what is compared has one colour, with single sign-on a deeper one. Fit for light and for dark pages. */
const looks: Record<ContenderName, { label: string; color: string; ours?: true }> = {
  direct: { label: "Streamlit alone", color: "#8b949e" },
  recipe: { label: "usual nginx recipe", color: "#e5a04a" },
  tls: { label: "nginx, TLS only", color: "#b8bec5" },
  gateway: { label: "this gateway, passwords", color: "#2bb5a6", ours: true },
  "sso-recipe": { label: "usual recipe with SSO", color: "#c2620a" },
  sso: { label: "this gateway, SSO", color: "#0b7a70", ours: true },
};

/** Colours of text on a light page, and what becomes of them on a dark one. */
const text = { light: "#1f2328", dark: "#f0f6fc" };
const note = { light: "#59636e", dark: "#9198a1" };

const font = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";
const width = 820;
const height = 520;
const panelWidth = width / 2;
const panelHeight = height / 2;

/** What the picture needs of one line of the figures. */
export interface PlottedRow {
  id: string;
  /** Medians, in the row's unit. */
  medians: Partial<Record<ContenderName, number>>;
}

/** Draw the figures that have a target, as SVG that follows the reader's colour scheme. */
export function plot({ rows }: { rows: readonly PlottedRow[] }): string {
  const drawn = panels.flatMap((panel, index) => {
    const row = rows.find(({ id }) => id === panel.row);
    const place = { left: (index % 2) * panelWidth, top: Math.floor(index / 2) * panelHeight };
    return row === undefined ? [] : [{ ...panel, row, place }];
  });
  const chart = init(undefined, undefined, { renderer: "svg", ssr: true, width, height });
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: font },
    title: drawn.map(({ title, note: subtext, place }) => ({
      ...place,
      padding: [8, 12],
      text: title,
      subtext,
      textStyle: { color: text.light, fontSize: 15, fontWeight: 600, fontFamily: font },
      subtextStyle: { color: note.light, fontSize: 12, fontFamily: font },
      itemGap: 4,
    })),
    grid: drawn.map(({ place }) => ({
      left: place.left + 180,
      top: place.top + 58,
      width: panelWidth - 248,
      height: panelHeight - 84,
    })),
    xAxis: drawn.map((_, gridIndex) => ({ gridIndex, type: "value", show: false, min: 0, max: "dataMax" })),
    yAxis: drawn.map(({ row }, gridIndex) => ({
      gridIndex,
      type: "category",
      data: measured(row).map((name) => looks[name].label),
      inverse: true,
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { color: text.light, fontSize: 13, fontFamily: font },
    })),
    series: drawn.map(({ row }, index) => ({
      type: "bar",
      xAxisIndex: index,
      yAxisIndex: index,
      barWidth: 22,
      data: bars(row),
      label: { show: true, position: "right", color: text.light, fontSize: 13, fontFamily: font },
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg.replace(/<svg[^>]*>/, `$&\n${darkStyle}`)}\n`;
}

const measured = ({ medians }: PlottedRow): ContenderName[] =>
  contenderNames.filter((name) => medians[name] !== undefined);

function bars(row: PlottedRow): object[] {
  return measured(row).map((name) => {
    const value = row.medians[name] ?? 0;
    const shown = value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
    const { color, ours } = looks[name];
    return {
      value,
      itemStyle: { color, borderRadius: [0, 3, 3, 0] },
      label: { formatter: shown, fontWeight: ours ? 600 : 400 },
    };
  });
}

// A style sheet overrules the colours that are attributes.
const darkStyle = `<style>@media (prefers-color-scheme: dark) { ${[text, note]
  .map(({ light, dark }) => `[fill="${light}"] { fill: ${dark}; }`)
  .join(" ")} }</style>`;

/** Cases by day, as bars; the same numbers stand in a table beside them. */
import type { DayCount } from "../api/types.ts";
import type { Words } from "../i18n/index.ts";
import { el, svg } from "./dom.ts";

const DAY_MS = 86_400_000;
const WIDTH = 320;
const HEIGHT = 96;
const BASELINE = 78;
const TOP = 12;

function dayNumber(iso: string): number {
  return Math.round(Date.parse(`${iso.slice(0, 10)}T00:00:00Z`) / DAY_MS);
}

function isoDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/**
 * Spread a series over every day up to `until`: a day that the line list does not name had no case.
 * It starts at the first case, at most `longest` days before, and never spans fewer than `shortest`.
 */
export function everyDay(series: readonly DayCount[], until: string, shortest = 14, longest = 42): DayCount[] {
  const counts = new Map<number, number>();
  const uppers = new Map<number, number>();
  for (const { date, cases, cases_upper } of series) {
    const day = dayNumber(date);
    counts.set(day, (counts.get(day) ?? 0) + cases);
    if (typeof cases_upper === "number") uppers.set(day, (uppers.get(day) ?? 0) + cases_upper);
  }
  const last = dayNumber(until);
  const first = Math.min(...counts.keys(), last);
  const span = Math.min(longest, Math.max(shortest, last - first + 1));
  return Array.from({ length: span }, (_, i) => {
    const day = last - span + 1 + i;
    const most = uppers.get(day);
    return { date: isoDay(day), cases: counts.get(day) ?? 0, ...(most === undefined ? {} : { cases_upper: most }) };
  });
}

/** The most cases that a day may have had. */
function most(day: DayCount): number {
  return day.cases_upper ?? day.cases;
}

export interface Bar extends DayCount {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Place the bars: whole pixels apart, from the baseline up, the tallest reaching the top. */
export function bars(days: readonly DayCount[]): Bar[] {
  const tallest = Math.max(1, ...days.map(most));
  const step = WIDTH / Math.max(1, days.length);
  return days.map((day, i) => {
    const height = ((BASELINE - TOP) * day.cases) / tallest;
    return { ...day, x: i * step + step * 0.1, y: BASELINE - height, width: step * 0.8, height };
  });
}

function drawn(words: Words, placed: readonly Bar[], summary: string): SVGElement {
  const { format } = words;
  const peak = placed.reduce((highest, bar) => (most(bar) > most(highest) ? bar : highest));
  const upTo = (bar: Bar): number => (bar.cases > 0 ? (bar.height * most(bar)) / bar.cases : 0);
  const labelled = [placed[0], placed[placed.length - 1]].filter((bar): bar is Bar => bar !== undefined);
  return svg(
    "svg",
    { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": summary },
    svg("line", { class: "axis", x1: 0, x2: WIDTH, y1: BASELINE + 0.5, y2: BASELINE + 0.5 }),
    ...placed
      .filter((bar) => most(bar) > bar.cases)
      .map((bar) =>
        svg("rect", { class: "bar may-be", x: bar.x, y: BASELINE - upTo(bar), width: bar.width, height: upTo(bar) }),
      ),
    ...placed.map((bar) =>
      svg(
        "rect",
        { class: "bar", x: bar.x, y: bar.y, width: bar.width, height: bar.height },
        svg("title", {}, `${format.day(bar.date)}: ${format.range(bar.cases, bar.cases_upper)}`),
      ),
    ),
    svg(
      "text",
      { class: "peak", x: clamp(peak.x + peak.width / 2, 8, WIDTH - 8), y: BASELINE - upTo(peak) - 3, "text-anchor": "middle" },
      format.range(peak.cases, peak.cases_upper),
    ),
    ...labelled.map((bar, i) =>
      svg(
        "text",
        { class: "tick-label", x: i === 0 ? 0 : WIDTH, y: HEIGHT - 4, "text-anchor": i === 0 ? "start" : "end" },
        format.shortDay(bar.date),
      ),
    ),
  );
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function table(words: Words, days: readonly DayCount[]): HTMLElement {
  const { text, format } = words;
  const rows = days
    .filter((day) => day.cases > 0)
    .map((day) => el("tr", {}, el("th", { scope: "row" }, format.day(day.date)), el("td", {}, format.range(day.cases, day.cases_upper))));
  return el(
    "details",
    {},
    el("summary", {}, text.showTable),
    el(
      "table",
      {},
      el("caption", { class: "visually-hidden" }, text.casesByDay),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, text.day), el("th", { scope: "col" }, text.cases))),
      el("tbody", {}, ...rows),
    ),
  );
}

/** The chart of one commune. */
export function caseChart(words: Words, series: readonly DayCount[], until: string): HTMLElement {
  const { text, format } = words;
  const days = everyDay(series, until);
  const total = days.reduce((sum, day) => sum + day.cases, 0);
  if (total === 0) return el("p", { class: "none" }, text.casesByDayNone);
  const placed = bars(days);
  const upper = days.reduce((sum, day) => sum + most(day), 0);
  const peak = days.reduce((highest, day) => (most(day) > most(highest) ? day : highest));
  const summary = text.chartSummary(
    format.range(total, upper),
    format.integer(days.length),
    format.range(peak.cases, peak.cases_upper),
    format.day(peak.date),
  );
  return el(
    "figure",
    { class: "case-chart" },
    drawn(words, placed, summary),
    el("figcaption", {}, summary),
    table(words, days),
  );
}

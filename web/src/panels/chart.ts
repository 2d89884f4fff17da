/** Cases by day as bars, their sum over the window of the rules as a line, and the numbers at which a band begins. */
import { scaleBand, scaleLinear } from "d3-scale";
import { line } from "d3-shape";

import type { DayCount } from "../api/types.ts";
import type { Words } from "../i18n/index.ts";
import { el, svg } from "./dom.ts";
import type { CaseLimits } from "./thresholds.ts";

const DAY_MS = 86_400_000;
const WIDTH = 340;
const HEIGHT = 170;
const MARGIN = { top: 14, right: 6, bottom: 20, left: 26 };
/** A threshold further above the cases than this is told in words only. */
const HEADROOM = 1.6;

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

/** Cases of the window that ends on each of these days; days before the first one count too. */
export function windowTotals(series: readonly DayCount[], days: readonly DayCount[], windowDays: number): number[] {
  return days.map(({ date }) => {
    const last = dayNumber(date);
    const within = series.filter((one) => last - windowDays < dayNumber(one.date) && dayNumber(one.date) <= last);
    return within.reduce((sum, { cases }) => sum + cases, 0);
  });
}

/**
 * The totals, if they end at what the rules count: these share out cases of unknown place, and may leave some out.
 * None where days are told as ranges.
 */
export function agreeing(totals: number[], count: number | null, days: readonly DayCount[] = []): number[] | null {
  if (days.some((day) => most(day) !== day.cases)) return null;
  return count === null || Math.abs((totals[totals.length - 1] ?? 0) - count) < 0.5 ? totals : null;
}

/** Limits with room in the picture: those near the cases, and the next one above them. */
export function limitsInView(limits: CaseLimits["limits"], highest: number): CaseLimits["limits"] {
  const next = limits.find(({ cases }) => cases > highest);
  return limits.filter(({ cases }) => cases <= highest || (cases === next?.cases && cases <= Math.max(4, highest * HEADROOM)));
}

interface Plot {
  words: Words;
  days: readonly DayCount[];
  totals: readonly number[] | null;
  /** What the rules count on the last day. */
  count: number | null;
  limits: CaseLimits["limits"];
  summary: string;
}

function drawn({ words, days, totals, count, limits, summary }: Plot): SVGElement {
  const { format } = words;
  const highest = Math.max(1, ...days.map(most), ...(totals ?? []), count ?? 0, ...limits.map(({ cases }) => cases));
  const x = scaleBand(days.map(({ date }) => date), [MARGIN.left, WIDTH - MARGIN.right]).padding(0.2);
  const y = scaleLinear([0, highest], [HEIGHT - MARGIN.bottom, MARGIN.top]).nice(4);
  const middle = (date: string): number => (x(date) ?? 0) + x.bandwidth() / 2;
  const path = totals && line<number>((_, i) => middle(days[i]?.date ?? ""), (total) => y(total))([...totals]);
  const ticks = y.ticks(4).filter(Number.isInteger);
  const ends = [days[0], days[days.length - 1]].filter((day): day is DayCount => day !== undefined);
  return svg(
    "svg",
    { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": summary },
    ...ticks.map((tick) =>
      svg(
        "g",
        { class: tick === 0 ? "axis" : "grid" },
        svg("line", { x1: MARGIN.left, x2: WIDTH - MARGIN.right, y1: y(tick), y2: y(tick) }),
        svg("text", { x: MARGIN.left - 5, y: y(tick) + 4, "text-anchor": "end" }, format.integer(tick)),
      ),
    ),
    ...days.flatMap((day) => {
      const bar = (kind: string, cases: number, ...within: SVGElement[]): SVGElement =>
        svg("rect", { class: kind, x: x(day.date) ?? 0, y: y(cases), width: x.bandwidth(), height: y(0) - y(cases) }, ...within);
      const told = svg("title", {}, `${format.day(day.date)}: ${format.range(day.cases, day.cases_upper)}`);
      return most(day) === day.cases ? [bar("bar", day.cases, told)] : [bar("bar", day.cases), bar("bar may-be", most(day), told)];
    }),
    path ? svg("path", { class: "total", d: path }) : null,
    count === null ? null : svg("circle", { class: "count", cx: middle(days[days.length - 1]?.date ?? ""), cy: y(count), r: 4 }),
    ...limits.map((limit) =>
      svg(
        "g",
        { class: "limit" },
        svg("line", { x1: MARGIN.left, x2: WIDTH - MARGIN.right, y1: y(limit.cases), y2: y(limit.cases) }),
        svg("text", { x: MARGIN.left + 4, y: y(limit.cases) - 3 }, `${words.pick(limit.vi, limit.en)} ≥ ${format.integer(limit.cases)}`.trim()),
      ),
    ),
    ...ends.map(({ date }, i) =>
      svg("text", { x: i === 0 ? MARGIN.left : WIDTH - MARGIN.right, y: HEIGHT - 5, "text-anchor": i === 0 ? "start" : "end" }, format.shortDay(date)),
    ),
  );
}

function table({ words, days, totals }: Plot): HTMLElement {
  const { text, format } = words;
  const rows = days.flatMap((day, i) =>
    most(day) === 0 ? [] : [
      el(
        "tr",
        {},
        el("th", { scope: "row" }, format.day(day.date)),
        el("td", {}, format.range(day.cases, day.cases_upper)),
        totals && el("td", {}, format.integer(totals[i] ?? 0)),
      ),
    ],
  );
  const head = [text.day, text.cases, ...(totals ? [text.windowTotal] : [])];
  return el(
    "details",
    {},
    el("summary", {}, text.showTable),
    el(
      "table",
      {},
      el("caption", { class: "visually-hidden" }, text.casesByDay),
      el("thead", {}, el("tr", {}, ...head.map((label) => el("th", { scope: "col" }, label)))),
      el("tbody", {}, ...rows),
    ),
  );
}

/** What the line and the broken lines are; the limits in words, for they may be above the picture. */
function key({ text, format, pick }: Words, { windowDays, count, limits }: CaseLimits, hasLine: boolean): HTMLElement {
  const days = format.integer(windowDays);
  const told = limits.map((limit) => text.limitOf(pick(limit.vi, limit.en), format.integer(limit.cases)));
  return el(
    "p",
    { class: "chart-key" },
    hasLine && el("span", { class: "key-total", "aria-hidden": "true" }),
    hasLine && `${text.windowLine(days)} `,
    count !== null && el("span", { class: "key-count", "aria-hidden": "true" }),
    count !== null && `${text.windowCount(days, format.decimal(count))} `,
    el("span", { class: "key-limit", "aria-hidden": "true" }),
    `${text.limits}: ${told.join("; ")}.`,
  );
}

/** The chart of one commune; `limits` are those of its window, if its people are known. */
export function caseChart(words: Words, series: readonly DayCount[], until: string, limits: CaseLimits | null = null): HTMLElement {
  const { text, format } = words;
  const days = everyDay(series, until);
  if (days.every((day) => most(day) === 0)) return el("p", { class: "none" }, text.casesByDayNone);
  const sum = (count: (day: DayCount) => number): number => days.reduce((so, day) => so + count(day), 0);
  const peak = days.reduce((highest, day) => (most(day) > most(highest) ? day : highest));
  const summary = text.chartSummary(
    format.range(sum(({ cases }) => cases), sum(most)),
    format.integer(days.length),
    format.range(peak.cases, peak.cases_upper),
    format.day(peak.date),
  );
  const count = limits?.count ?? null;
  const totals = limits && agreeing(windowTotals(series, days, limits.windowDays), count, days);
  const highest = Math.max(most(peak), count ?? 0, ...(totals ?? []));
  const plot: Plot = { words, days, totals, count, limits: limitsInView(limits?.limits ?? [], highest), summary };
  return el(
    "figure",
    { class: "case-chart" },
    drawn(plot),
    el("figcaption", {}, summary),
    limits && key(words, limits, totals !== null),
    table(plot),
  );
}

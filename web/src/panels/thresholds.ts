/** Where the rules draw their lines: for the chart of cases, and for the bars of vaccination. */
import type { CommuneDetail, CoverageRow, RuleSetInfo } from "../api/types.ts";

export type Threshold = NonNullable<RuleSetInfo["thresholds"]>[number];

/** A number of cases within a window from which a band of the rules begins. */
export interface CaseLimit {
  cases: number;
  vi: string;
  en: string;
}

export interface CaseLimits {
  windowDays: number;
  /** Cases of the window as the rules count them, those of unknown place by their share. */
  count: number | null;
  limits: CaseLimit[];
}

/** The fewest cases whose rate, rounded as the rules round it, reaches a threshold. */
export function casesAt({ at, digits, divide, scale }: Threshold, people: number): number {
  const reached = digits === null ? at : at - 0.5 * 10 ** -digits;
  // A hair less, so that a whole number of cases that meets the line exactly is not pushed over it.
  return Math.max(1, Math.ceil((reached / scale) * divide * people - 1e-9));
}

function isRange({ cases_window: least, cases_window_upper: most }: CommuneDetail): boolean {
  return typeof most === "number" && most !== least;
}

/** What the rules compare the cases of a commune with, as numbers of cases of its window; none without people. */
export function caseLimits(thresholds: readonly Threshold[], commune: CommuneDetail): CaseLimits | null {
  const [first] = thresholds.filter(({ what, per_population }) => what === "cases" && per_population);
  if (!first) return null;
  const found = commune.detail?.indicators?.[first.indicator];
  const people = found?.denominator ?? commune.population;
  if (people === null || people <= 0) return null;
  const limits = thresholds
    .filter(({ indicator }) => indicator === first.indicator)
    .map((one) => ({ cases: casesAt(one, people), vi: one.name_vi, en: one.name_en }));
  return { windowDays: first.window_days, count: isRange(commune) ? null : (found?.count ?? null), limits };
}

/** The thresholds of one dose and one age, ascending. */
export function coverageLimits(thresholds: readonly Threshold[], row: CoverageRow): number[] {
  return thresholds
    .filter(({ what, dose, age_from, age_to }) => what === "coverage" && dose === row.dose && age_from === row.age_from && age_to === row.age_to)
    .map(({ at }) => at)
    .sort((a, b) => a - b);
}

/** The card of one commune: its level and why, what turns it lower, its cases, zones and vaccination. */
import type { CommuneDetail, CoverageRow, HistoryEntry, Level, ReleaseInfo } from "../api/types.ts";
import type { Words } from "../i18n/index.ts";
import type { Selection } from "../state.ts";
import { caseChart } from "./chart.ts";
import { type Child, el, icon } from "./dom.ts";
import { facilityList } from "./facilities.ts";
import { type Threshold, caseLimits, coverageLimits } from "./thresholds.ts";

export interface CardActions {
  close(): void;
  select(selection: Selection): void;
  setRelease(digest: string): void;
  copyLink(): void;
  print(): void;
}

/** A name and a value of a fact list; nothing where there is no value. */
export function fact(label: string, ...value: Child[]): Child[] {
  return value.some(Boolean) ? [el("dt", {}, label), el("dd", {}, ...value)] : [];
}

export function cardHead(words: Words, kicker: string, title: string, actions: CardActions): HTMLElement {
  return el(
    "div",
    { class: "card-head" },
    el("div", {}, el("p", { class: "kicker" }, kicker), el("h2", { id: "card-title", tabindex: -1 }, title)),
    el(
      "button",
      { type: "button", id: "card-close", class: "icon-button", "aria-label": words.text.close, click: actions.close },
      icon("close"),
    ),
  );
}

export function cardFoot(words: Words, actions: CardActions): HTMLElement {
  const { text } = words;
  return el(
    "div",
    { class: "card-foot" },
    el("button", { type: "button", id: "copy-link", click: actions.copyLink }, text.copyLink),
    el("button", { type: "button", id: "print-card", click: actions.print }, text.print),
    el("input", { id: "link-text", type: "text", readonly: true, hidden: true, "aria-label": text.permalink }),
  );
}

export function levelBadge(words: Words, level: Level | null): HTMLElement {
  const { text } = words;
  if (level === null) {
    return el("p", { class: "level-badge level-none" }, el("span", { class: "level-number" }, "–"), text.noData);
  }
  return el(
    "p",
    { class: `level-badge level-${level}` },
    el("span", { class: "level-number", "aria-hidden": "true" }, String(level)),
    el("span", {}, el("b", {}, text.levelShort(level)), ` ${text.levelName[level]}`),
  );
}

const LEVEL_OF = { green: 1, yellow: 2, orange: 3, red: 4 } as const;

/** The level that cases of unknown place could raise a commune to, where it is higher. */
function possibleLevel(commune: CommuneDetail): Level | null {
  const name = commune.detail?.possible;
  const level = name ? (LEVEL_OF[name] ?? null) : null;
  return level !== null && commune.epidemic_level !== null && level > commune.epidemic_level ? level : null;
}

function explanation(words: Words, commune: CommuneDetail): HTMLElement {
  const { text, format } = words;
  const why = words.pick(commune.why_vi, commune.why_en);
  const lower = words.pick(commune.lower_vi, commune.lower_en);
  const possible = possibleLevel(commune);
  const previous = commune.previous_level ?? null;
  return el(
    "section",
    { class: "explanation" },
    levelBadge(words, commune.epidemic_level),
    el(
      "p",
      { class: "level-notes" },
      commune.level_status === "override" && el("span", { class: "badge" }, text.override),
      !commune.verified && el("span", { class: "badge", title: text.unverifiedHelp }, text.unverified),
      possible !== null &&
        el("span", { class: "badge", title: text.possiblyHelp }, text.possiblyUpTo(text.levelShort(possible))),
      previous !== null &&
        previous !== commune.epidemic_level &&
        el("span", { class: "badge plain" }, `${text.previousLevel}: ${text.levelShort(previous)}`),
    ),
    why && el("h3", {}, text.why),
    why && el("p", { class: "why" }, why),
    commune.epidemic_level !== null && el("h3", {}, text.lower),
    commune.epidemic_level !== null && el("p", { class: "lower" }, lower || text.lowest),
    commune.lower_on &&
      el("p", { class: "lower-on" }, `${text.lowerOn}: `, el("time", { datetime: commune.lower_on }, format.day(commune.lower_on))),
  );
}

function rate({ text, format }: Words, commune: CommuneDetail): string {
  const { rate_per_100k: least, rate_per_100k_upper: most } = commune;
  if (least == null) return text.unknown;
  if (most === undefined || most === null || most === least) return format.decimal(least);
  return `${format.decimal(least)}–${format.decimal(most)}`;
}

function withheld(words: Words, commune: CommuneDetail): HTMLElement | null {
  const { cases_total: least, cases_total_upper: most } = commune;
  return typeof most === "number" && most !== least ? el("p", { class: "withheld" }, words.text.withheld) : null;
}

function figures(words: Words, commune: CommuneDetail): HTMLElement {
  const { text, format } = words;
  const count = (value: number | null | undefined): string => (value == null ? text.unknown : format.integer(value));
  const cases = (least: number | null | undefined, most: number | null | undefined): string =>
    least == null ? text.unknown : format.range(least, most);
  const flag = commune.population_flag ? text.populationFlag[commune.population_flag] : "";
  return el(
    "dl",
    { class: "facts figures" },
    ...fact(text.casesWindow, cases(commune.cases_window, commune.cases_window_upper)),
    ...fact(text.rate, rate(words, commune)),
    ...fact(text.casesTotal, cases(commune.cases_total, commune.cases_total_upper)),
    ...fact(text.population, count(commune.population), flag && el("small", { class: "flag" }, flag)),
  );
}

function zones(words: Words, commune: CommuneDetail, actions: CardActions): HTMLElement {
  const { text, format } = words;
  const rows = commune.zones.map((zone) =>
    el(
      "li",
      {},
      el(
        "button",
        { type: "button", class: "link", click: () => actions.select({ kind: "zone", id: zone.zone_id }) },
        zone.certainty === "certain" ? text.certainZone : text.possibleZone,
      ),
      el(
        "small",
        {},
        [
          zone.share === null ? "" : format.percent(100 * zone.share),
          zone.opened_on ? `${text.openedOn} ${format.day(zone.opened_on)}` : "",
          zone.earliest_lift_on ? `${text.earliestLift} ${format.day(zone.earliest_lift_on)}` : "",
        ]
          .filter(Boolean)
          .join(" · "),
      ),
    ),
  );
  const share =
    commune.in_zone === "part" && commune.zone_share != null ? ` (${format.percent(100 * commune.zone_share)})` : "";
  return el(
    "section",
    {},
    el("h3", {}, text.zones),
    el("p", { class: "in-zone" }, text.inZone[commune.in_zone] + share),
    rows.length > 0 && el("ul", { class: "plain-list" }, ...rows),
  );
}

/** The flag is of the whole commune: what a row itself knows is not said to be missing. */
export function flagOf({ coverage_flag: flag, vaccinated, denominator }: CoverageRow): NonNullable<CoverageRow["coverage_flag"]> {
  const known = (flag === "no-population" && denominator !== null) || (flag === "no-doses" && vaccinated !== null);
  return known || flag === null ? "ok" : flag;
}

/** A bar up to 100 %, with a mark where the rules draw their line. */
function coverageBar(percent: number, limits: readonly number[]): HTMLElement {
  const at = (part: "fill" | "mark", value: number): HTMLElement => {
    const element = el("span", { class: `coverage-${part}` });
    element.style.setProperty("--at", `${Math.min(100, value)}%`);
    return element;
  };
  return el("span", { class: "coverage-bar", "aria-hidden": "true" }, at("fill", percent), ...limits.map((limit) => at("mark", limit)));
}

function coverageRow(words: Words, row: CoverageRow, limits: readonly number[]): HTMLElement {
  const { text, format } = words;
  const count = (value: number | null): string => (value === null ? text.unknown : format.integer(value));
  const flag = text.coverageFlag[flagOf(row)];
  const percent = row.coverage_percent;
  return el(
    "tr",
    { class: row.coverage_flag === "ok" ? "" : "flagged" },
    el("th", { scope: "row" }, `${text.dose} ${row.dose}`),
    el("td", {}, text.ageRange(row.age_from, row.age_to)),
    el("td", { class: "number" }, `${count(row.vaccinated)} / ${count(row.denominator)}`),
    el(
      "td",
      { class: "number" },
      percent === null ? "–" : format.percent(percent),
      percent !== null && coverageBar(percent, limits),
      ...limits.map((limit) =>
        el("small", { class: "threshold" }, text.coverageLimit(format.percent(limit), percent === null ? null : percent >= limit)),
      ),
      flag && el("small", { class: "flag" }, flag),
    ),
  );
}

/** Rows that say nothing are left out; those that the rules look at come first. */
function toldRows(rows: readonly CoverageRow[], thresholds: readonly Threshold[]): [CoverageRow, number[]][] {
  const told = rows
    .map((row): [CoverageRow, number[]] => [row, coverageLimits(thresholds, row)])
    .filter(([row, limits]) => limits.length > 0 || row.vaccinated !== null || row.coverage_percent !== null);
  return [...told.filter(([, limits]) => limits.length > 0), ...told.filter(([, limits]) => limits.length === 0)];
}

function coverage(words: Words, all: readonly CoverageRow[], thresholds: readonly Threshold[]): HTMLElement {
  const { text } = words;
  const rows = toldRows(all, thresholds);
  if (rows.length === 0) {
    return el("section", {}, el("h3", {}, text.coverage), el("p", { class: "none" }, text.coverageNone));
  }
  const heads = [text.dose, text.age, text.vaccinated, text.percent];
  return el(
    "section",
    {},
    el("h3", {}, text.coverage),
    el(
      "table",
      { class: "coverage" },
      el("caption", { class: "visually-hidden" }, text.coverage),
      el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))),
      el("tbody", {}, ...rows.map(([row, limits]) => coverageRow(words, row, limits))),
    ),
  );
}

function history(words: Words, entries: readonly HistoryEntry[], actions: CardActions): HTMLElement | null {
  const { text, format } = words;
  if (entries.length < 2) return null;
  const cells = entries.map((entry) => {
    const level = entry.epidemic_level === null ? text.noData : text.levelShort(entry.epidemic_level);
    return el(
      "li",
      {},
      el(
        "button",
        {
          type: "button",
          class: `ribbon-cell level-${entry.epidemic_level ?? "none"}`,
          title: `${format.day(entry.as_of)}: ${level}`,
          "aria-label": `${format.day(entry.as_of)}: ${level}`,
          click: () => actions.setRelease(entry.digest),
        },
        String(entry.epidemic_level ?? "–"),
      ),
      el("small", { "aria-hidden": "true" }, format.shortDay(entry.as_of)),
    );
  });
  return el("section", {}, el("h3", {}, text.history), el("ol", { class: "ribbon" }, ...cells));
}

/** The content of the card of a commune. */
export function communeCard(words: Words, commune: CommuneDetail, release: ReleaseInfo, actions: CardActions): HTMLElement[] {
  const { text } = words;
  const thresholds = release.rule_set.thresholds ?? [];
  const approximate = commune.boundary_quality === "approximate";
  const cards: (HTMLElement | null)[] = [
    cardHead(words, `${commune.province_name} · ${text.code} ${commune.code}`, commune.full_name, actions),
    explanation(words, commune),
    figures(words, commune),
    withheld(words, commune),
    el("section", {}, el("h3", {}, text.casesByDay), caseChart(words, commune.series, release.as_of, caseLimits(thresholds, commune))),
    zones(words, commune, actions),
    coverage(words, commune.coverage, thresholds),
    facilityList(words, commune.facilities),
    history(words, commune.history, actions),
    approximate ? el("p", { class: "approximate" }, text.approximate) : null,
    cardFoot(words, actions),
  ];
  return cards.filter((section): section is HTMLElement => section !== null);
}

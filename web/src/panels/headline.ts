/** The strip above the map: what was decided, for which day, and the numbers in one look. */
import type { Level, Summary } from "../api/types.ts";
import type { Words } from "../i18n/index.ts";
import type { Theme } from "../state.ts";
import { LEVELS } from "../styles/palette.ts";
import { type Child, el, refill } from "./dom.ts";

export interface HeadlineActions {
  switchLanguage(): void;
  setTheme(theme: Theme): void;
  showCurrent(): void;
}

export interface HeadlineModel {
  words: Words;
  theme: Theme;
  summary: Summary | null;
  past: boolean;
}

function stat(kind: string, label: string, value: Child): HTMLElement {
  return el("div", { class: `stat stat-${kind}` }, el("dt", {}, label), el("dd", {}, value));
}

function levelChip(words: Words, level: Level, count: number): HTMLElement {
  const { text, format } = words;
  const spoken = `${text.levelShort(level)}, ${text.levelName[level]}: ${text.communeCount(format.integer(count))}`;
  return el(
    "li",
    { class: `level-chip level-${level}`, title: spoken },
    el("span", { class: "level-number", "aria-hidden": "true" }, String(level)),
    el("span", { "aria-hidden": "true" }, format.integer(count)),
    el("span", { class: "visually-hidden" }, spoken),
  );
}

function noDataChip(words: Words, count: number): HTMLElement {
  const { text, format } = words;
  const spoken = `${text.noData}: ${text.communeCount(format.integer(count))}`;
  return el(
    "li",
    { class: "level-chip level-none", title: spoken },
    el("span", { class: "level-number", "aria-hidden": "true" }, "–"),
    el("span", { "aria-hidden": "true" }, format.integer(count)),
    el("span", { class: "visually-hidden" }, spoken),
  );
}

function levels(words: Words, byLevel: Record<string, number>): HTMLElement {
  const chips = [...LEVELS].reverse().map((level) => levelChip(words, level, byLevel[String(level)] ?? 0));
  const unknown = byLevel["none"] ?? 0;
  return el("ul", { class: "level-chips" }, ...chips, unknown > 0 && noDataChip(words, unknown));
}

function placement(words: Words, counts: Summary["counts"]): HTMLElement {
  const { text, format } = words;
  const parts: [string, number, string][] = [
    ["placed", counts.placed, text.placed],
    ["ambiguous", counts.ambiguous, text.ambiguous],
    ["unplaced", counts.unplaced, text.unplaced],
  ];
  return el(
    "span",
    {},
    el("span", { class: "stat-figure" }, format.integer(counts.cases)),
    el(
      "ul",
      { class: "placement" },
      ...parts.map(([kind, count, label]) =>
        el("li", { class: `placement-${kind}` }, `${label} `, el("b", {}, format.integer(count))),
      ),
    ),
  );
}

function identity(model: HeadlineModel): HTMLElement {
  const { words, summary } = model;
  const { text, format } = words;
  if (!summary) return el("div", { class: "identity" }, el("h1", {}, text.title));
  const { release } = summary;
  const rules = words.pick(release.rule_set.name_vi, release.rule_set.name_en);
  return el(
    "div",
    { class: "identity" },
    el("h1", {}, text.title),
    el(
      "p",
      { class: "decision" },
      el("span", { class: "as-of" }, `${text.asOf} `, el("time", { datetime: release.as_of }, format.day(release.as_of))),
      el("span", { class: "decision-number" }, `${text.decision} `, el("b", {}, release.decision || text.noDecision)),
    ),
    el(
      "p",
      { class: "rules", title: `${text.ruleSet}: ${rules}` },
      el("span", { class: "rules-name" }, rules),
      !release.rule_set.verified && el("span", { class: "badge", title: text.unverifiedHelp }, text.unverified),
    ),
  );
}

function numbers(words: Words, summary: Summary): HTMLElement {
  const { text, format } = words;
  const { counts } = summary;
  const inside = counts.residents_inside === null ? text.unknown : format.integer(counts.residents_inside);
  return el(
    "dl",
    { class: "stats" },
    stat("zones", text.activeZones, el("span", { class: "stat-figure" }, format.integer(counts.containment_zones))),
    stat("inside", text.residentsInside, el("span", { class: "stat-figure" }, inside)),
    stat("levels", text.communesByLevel, levels(words, counts.communes_by_level)),
    stat("cases", text.cases, placement(words, counts)),
  );
}

function choices(model: HeadlineModel, actions: HeadlineActions): HTMLElement {
  const { words, theme } = model;
  const { text } = words;
  const other = words.language === "vi" ? "en" : "vi";
  const themes = (["auto", "light", "dark"] as const).map((name) =>
    el("option", { value: name, selected: name === theme }, text.themes[name]),
  );
  const select = el(
    "select",
    { id: "theme", "aria-label": text.theme, change: () => actions.setTheme(select.value as Theme) },
    ...themes,
  );
  return el(
    "div",
    { class: "choices" },
    el(
      "button",
      { id: "language", type: "button", class: "quiet", lang: other, click: actions.switchLanguage },
      text.otherLanguage,
    ),
    select,
  );
}

/** Fill the strip. */
export function renderHeadline(host: HTMLElement, model: HeadlineModel, actions: HeadlineActions): void {
  const { text } = model.words;
  refill(
    host,
    identity(model),
    model.summary && numbers(model.words, model.summary),
    choices(model, actions),
    model.past &&
      el(
        "p",
        { class: "past", role: "status" },
        text.pastRelease,
        " ",
        el("button", { id: "to-current", type: "button", click: actions.showCurrent }, text.backToCurrent),
      ),
  );
}

/** The strip above the map: what was decided, for which day, the numbers in one look and what changed. */
import type { Counts, Level, Summary } from "../api/types.ts";
import type { Words } from "../i18n/index.ts";
import { type Moment, draftName } from "../moments.ts";
import type { Theme } from "../state.ts";
import { LEVELS } from "../styles/palette.ts";
import { type Child, el, refill } from "./dom.ts";

export interface HeadlineActions {
  switchLanguage(): void;
  setTheme(theme: Theme): void;
  showCurrent(): void;
  openDesk(): void;
}

export interface HeadlineModel {
  words: Words;
  theme: Theme;
  summary: Summary | null;
  /** The release before the one shown, where there is one. */
  before: Summary | null;
  past: boolean;
  /** The draft shown in the place of a release. */
  draft: Moment | null;
  /** Whether there is a desk to open, and whether it is open. */
  desk: boolean;
  atDesk: boolean;
}

/** The difference of a figure to the release before; nothing where one of the two is unknown. */
export function difference(now: number | null | undefined, before: number | null | undefined): number | null {
  return typeof now === "number" && typeof before === "number" ? Math.round(now) - Math.round(before) : null;
}

function stat(kind: string, label: string, ...value: Child[]): HTMLElement {
  return el("div", { class: `stat stat-${kind}` }, el("dt", {}, label), el("dd", {}, ...value));
}

function change(words: Words, now: number | null | undefined, before: number | null | undefined): Child {
  const step = difference(now, before);
  if (step === null || step === 0) return null;
  return el("span", { class: step > 0 ? "change up" : "change down" }, words.format.signed(step));
}

function levelChip(words: Words, level: Level | "none", counts: Counts, before: Counts | null): HTMLElement {
  const { text, format } = words;
  const count = counts.communes_by_level[String(level)] ?? 0;
  const step = difference(count, before ? (before.communes_by_level[String(level)] ?? 0) : null);
  const name = level === "none" ? text.noData : `${text.levelShort(level)}, ${text.levelName[level]}`;
  const spoken = `${name}: ${text.communeCount(format.integer(count))}`;
  const whole = step ? `${spoken} (${format.signed(step)})` : spoken;
  return el(
    "li",
    { class: `level-chip level-${level}`, title: whole },
    el("span", { class: "level-number", "aria-hidden": "true" }, level === "none" ? "–" : String(level)),
    el("span", { "aria-hidden": "true" }, format.integer(count)),
    el("span", { class: "visually-hidden" }, whole),
  );
}

function levels({ words, summary, before }: HeadlineModel & { summary: Summary }): HTMLElement {
  const chip = (level: Level | "none"): HTMLElement =>
    levelChip(words, level, summary.counts, before?.counts ?? null);
  const unknown = summary.counts.communes_by_level["none"] ?? 0;
  return el("ul", { class: "level-chips" }, ...[...LEVELS].reverse().map(chip), unknown > 0 && chip("none"));
}

function placement(words: Words, counts: Counts): HTMLElement {
  const { text, format } = words;
  const parts: [string, string, string][] = [
    ["placed", format.range(counts.placed, counts.placed_upper), text.placed],
    ["ambiguous", format.range(counts.ambiguous, counts.ambiguous_upper), text.ambiguous],
    ["unplaced", format.range(counts.unplaced, counts.unplaced_upper), text.unplaced],
  ];
  return el(
    "ul",
    { class: "placement" },
    ...parts.map(([kind, count, label]) =>
      el("li", { class: `placement-${kind}` }, `${label} `, el("b", {}, count)),
    ),
  );
}

function identity({ words, summary, draft }: HeadlineModel): HTMLElement {
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
      draft
        ? el("span", { class: "decision-number on-draft" }, el("b", {}, text.onDraft))
        : el("span", { class: "decision-number" }, `${text.decision} `, el("b", {}, release.decision || text.noDecision)),
    ),
    el(
      "p",
      { class: "rules", title: `${text.ruleSet}: ${rules}` },
      el("span", { class: "rules-name" }, rules),
      !release.rule_set.verified && el("span", { class: "badge", title: text.unverifiedHelp }, text.unverified),
    ),
  );
}

function numbers(model: HeadlineModel & { summary: Summary }): HTMLElement {
  const { words, summary, before } = model;
  const { text, format } = words;
  const { counts } = summary;
  const past = before?.counts;
  const figure = (value: number | null): HTMLElement =>
    el("span", { class: "stat-figure" }, value === null ? text.unknown : format.integer(value));
  const possible = counts.possible_zones ?? 0;
  const possibly = possible > 0 && el("span", { class: "stat-line" }, text.possibleZones(format.integer(possible)));
  const stepped = (now: number | null, then: number | null | undefined, between: Child = null): Child[] => {
    const step = change(words, now, then);
    if (!step || !before) return [between];
    return [step, between, el("span", { class: "stat-note" }, text.since(format.shortDay(before.release.as_of)))];
  };
  return el(
    "dl",
    { class: "stats" },
    stat(
      "zones",
      text.activeZones,
      figure(counts.containment_zones),
      ...stepped(counts.containment_zones, past?.containment_zones, possibly),
    ),
    stat("inside", text.residentsInside, figure(counts.residents_inside), ...stepped(counts.residents_inside, past?.residents_inside)),
    stat("levels", text.communesByLevel, levels(model)),
    stat(
      "cases",
      text.cases,
      el("span", { class: "stat-figure" }, format.range(counts.cases, counts.cases_upper)),
      summary.release.small_under === 0 && el("span", { class: "stat-line" }, text.smallCountsPublished),
    ),
    stat("placement", text.placement, placement(words, counts)),
  );
}

function choices({ words, theme, desk, atDesk }: HeadlineModel, actions: HeadlineActions): HTMLElement {
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
    desk && el("button", { id: "open-desk", type: "button", "aria-pressed": String(atDesk), click: actions.openDesk }, text.desk),
    el("button", { id: "language", type: "button", lang: other, click: actions.switchLanguage }, text.otherLanguage),
    select,
  );
}

/** Which draft is shown, where it stands, and whose it is. */
function draftSentence(words: Words, draft: Moment): string {
  const { text, format } = words;
  const name = draft.kind === "live" ? text.liveDraft : draftName(words, draft);
  const by = draft.drafted_by ? ` · ${text.draftedBy(draft.drafted_by)}` : "";
  return `${name}${draft.created_at ? ` · ${format.moment(draft.created_at)}` : ""}${by}`;
}

/** Fill the strip. */
export function renderHeadline(host: HTMLElement, model: HeadlineModel, actions: HeadlineActions): void {
  const { text } = model.words;
  const { summary } = model;
  refill(
    host,
    identity(model),
    summary && numbers({ ...model, summary }),
    choices(model, actions),
    (model.past || model.draft) &&
      el(
        "p",
        { class: model.draft ? "past on-draft" : "past", role: "status" },
        model.draft ? draftSentence(model.words, model.draft) : text.pastRelease,
        " ",
        el("button", { id: "to-current", type: "button", click: actions.showCurrent }, text.backToCurrent),
      ),
  );
}

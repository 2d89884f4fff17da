/** The card of a comparison: what changed between two releases, who came under lockdown, who was released. */
import type { Change, Difference, PeopleMoved, ReleaseEntry, Summary } from "../api/types.ts";
import type { Words } from "../i18n/index.ts";
import { inOrder, releaseName } from "../releases.ts";
import type { Palette } from "../styles/palette.ts";
import { type CardActions, cardFoot, cardHead, fact } from "./card.ts";
import { type Child, el } from "./dom.ts";
import { swatch } from "./swatch.ts";

export interface ChangesModel {
  difference: Difference;
  summary: Summary;
  releases: readonly ReleaseEntry[];
  palette: Palette;
}

/** Changes of one kind, in the order in which they matter: what locks people in comes first. */
const KINDS = [
  "opened",
  "grown",
  "merged",
  "moved",
  "split",
  "regrouped",
  "shrunk",
  "closed",
  "level-raised",
  "level-lowered",
  "level-known",
  "level-unknown",
] as const;
/** More of a kind than this are told as a number: a card is read, not searched. */
const MOST_LISTED = 40;

function chooser(words: Words, { difference, releases }: ChangesModel, actions: CardActions): HTMLElement {
  const others = inOrder(releases).filter((entry) => entry.digest !== difference.b);
  const options = others.map((entry) =>
    el("option", { value: entry.digest, selected: entry.digest === difference.a }, releaseName(words, entry)),
  );
  const select = el(
    "select",
    { id: "compare-with", change: () => actions.select({ kind: "changes", since: select.value }) },
    ...options,
  );
  return el("label", { class: "field stacked" }, el("span", {}, words.text.compareWith), select);
}

function peopleFacts(words: Words, moved: PeopleMoved, [added, released]: readonly [string, string]): Child[] {
  const { text, format } = words;
  return [
    ...fact(added, format.integer(moved.added)),
    ...fact(released, format.integer(moved.released)),
    ...(moved.unknown > 0 ? fact(text.peopleUnknown, text.zoneCount(format.integer(moved.unknown))) : []),
  ];
}

function people(words: Words, difference: Difference): HTMLElement {
  const { text } = words;
  const possible = difference.people.possible;
  const told = possible.added > 0 || possible.released > 0 || possible.unknown > 0;
  return el(
    "section",
    {},
    el("h3", {}, text.certainZone),
    el("dl", { class: "facts figures" }, ...peopleFacts(words, difference.people.certain, text.peopleCertain)),
    told && el("h3", {}, text.possibleZone),
    told && el("dl", { class: "facts figures" }, ...peopleFacts(words, possible, text.peoplePossible)),
  );
}

function key(words: Words, palette: Palette): HTMLElement {
  const { text } = words;
  return el(
    "ul",
    { class: "plain-list" },
    el("li", { class: "key" }, swatch({ pattern: "ground-added", stroke: palette.added }, palette), el("span", {}, text.groundAdded)),
    el("li", { class: "key" }, swatch({ pattern: "ground-removed", stroke: palette.removed }, palette), el("span", {}, text.groundRemoved)),
  );
}

function row(words: Words, change: Change, actions: CardActions): HTMLElement {
  const { text, format } = words;
  const isLevel = change.layer === "communes";
  const still = change.after !== null && !change.after.includes(", ");
  const label = change.name ?? change.id;
  const open = isLevel
    ? (): void => actions.select({ kind: "commune", code: change.id })
    : (): void => actions.select({ kind: "zone", id: change.after ?? "" });
  const level = (value: string | null): string => (value === null ? text.noData : text.levelShort(Number(value) as 1 | 2 | 3 | 4));
  const area = (value: number | null): string => (value === null ? "–" : `${format.decimal(value, 2)} km²`);
  const told = isLevel
    ? `${level(change.before)} → ${level(change.after)}`
    : [
        change.certainty === "possible" ? text.possibleShort : "",
        change.before === null ? area(change.area_km2_after) : change.after === null ? area(change.area_km2_before)
          : `${area(change.area_km2_before)} → ${area(change.area_km2_after)}`,
      ].filter(Boolean).join(" · ");
  return el(
    "li",
    {},
    isLevel || still ? el("button", { type: "button", class: "link", click: open }, label) : el("span", {}, label),
    el("small", {}, told),
  );
}

function group(words: Words, kind: (typeof KINDS)[number], changes: readonly Change[], actions: CardActions): HTMLElement | null {
  if (changes.length === 0) return null;
  const { text, format } = words;
  const more = changes.length - MOST_LISTED;
  return el(
    "details",
    { class: "change-group", open: changes.length <= 8 },
    el("summary", {}, el("h3", {}, `${text.changeKind[kind]} `, el("b", {}, format.integer(changes.length)))),
    el("ul", { class: "plain-list" }, ...changes.slice(0, MOST_LISTED).map((change) => row(words, change, actions))),
    more > 0 && el("p", { class: "none" }, text.andMore(format.integer(more))),
  );
}

/** The content of the card of a comparison. */
export function changesCard(words: Words, model: ChangesModel, actions: CardActions): HTMLElement[] {
  const { text, format } = words;
  const { difference, summary, releases, palette } = model;
  const before = releases.find((entry) => entry.digest === difference.a);
  const since = before ? format.day(before.as_of) : difference.a.slice(0, 12);
  const counted = difference.changes.filter(({ layer }) => layer === "containment_zones" || layer === "communes");
  const groups = KINDS.map((kind) => group(words, kind, counted.filter(({ change }) => change === kind), actions));
  return [
    cardHead(words, `${format.day(summary.release.as_of)} · ${summary.release.decision ?? text.noDecision}`, text.changesSince(since), actions),
    chooser(words, model, actions),
    people(words, difference),
    key(words, palette),
    ...(counted.length === 0 ? [el("p", { class: "none" }, text.nothingChanged)] : groups),
    cardFoot(words, actions),
  ].filter((section): section is HTMLElement => section !== null);
}

/** Time: releases and drafts on a line, one step each, decisions named on it, with a button that plays them in turn. */
import type { Words } from "../i18n/index.ts";
import { type Moment, draftName, momentName } from "../moments.ts";
import { el, icon, refill } from "./dom.ts";

export interface TimelineModel {
  words: Words;
  /** Oldest first. */
  moments: readonly Moment[];
  /** Digest of the release, or reference of the draft, that is shown. */
  shown: string;
  playing: boolean;
  /** Digest of the release that the one shown is compared with, if any. */
  since: string | null;
  /** Digest of the release shown beside it, if any. */
  beside: string | null;
}

export interface TimelineActions {
  show(moment: Moment): void;
  play(on: boolean): void;
  compare(since: string | null): void;
  setBeside(digest: string | null): void;
}

/** Room that a name on the line takes, pixels, at least. */
const NAME_PX = 8;
const LETTER_PX = 7.8;

function slider({ words, moments }: TimelineModel, at: number, actions: TimelineActions): HTMLInputElement {
  const current = moments[at];
  const range = el("input", {
    type: "range",
    id: "time",
    min: 0,
    max: moments.length - 1,
    step: 1,
    "aria-label": words.text.timeline,
    "aria-valuetext": current ? momentName(words, current) : "",
    change: () => {
      const chosen = moments[Number(range.value)];
      if (chosen) actions.show(chosen);
    },
    input: () => {
      const chosen = moments[Number(range.value)];
      if (chosen) range.setAttribute("aria-valuetext", momentName(words, chosen));
    },
  });
  range.value = String(at);
  return range;
}

/** Which moments have room for their name on a line so wide, the one shown first, then the newest. */
export function namesThatFit(names: readonly string[], at: number, width: number): boolean[] {
  const shown = names.map(() => false);
  const taken: [number, number][] = [];
  const step = names.length > 1 ? width / (names.length - 1) : 0;
  const order = [at, ...names.map((_, i) => names.length - 1 - i).filter((i) => i !== at)];
  for (const i of order) {
    const room = NAME_PX + LETTER_PX * (names[i] ?? "").length;
    // A name begins at its mark at the beginning of the line, and ends there at the end.
    const start = i * step - (room * i) / Math.max(1, names.length - 1);
    const box: [number, number] = [start, start + room];
    if (names[i] === "" || taken.some(([from, to]) => box[0] < to && from < box[1])) continue;
    taken.push(box);
    shown[i] = true;
  }
  return shown;
}

/** The marks below the slider: a decision is named, a draft looks other than a release. */
function marks({ words, moments }: TimelineModel, at: number, width: number, actions: TimelineActions): HTMLElement {
  const { text, format } = words;
  const name = (one: Moment): string => (one.kind === "release" ? (one.decision ?? "") : text.draft);
  const fits = namesThatFit(moments.map(name), at, width);
  const items = moments.map((one, i) => {
    const spoken = one.kind === "release" ? `${text.decision} ${one.decision ?? text.noDecision}` : `${draftName(words, one)}, ${text.onDraft}`;
    const mark = el(
      "li",
      { class: `mark mark-${one.kind}`, title: momentName(words, one), click: () => actions.show(one) },
      el("span", { class: "visually-hidden" }, `${format.day(one.as_of)}: ${spoken}`),
      fits[i] && el("span", { class: "mark-name", "aria-hidden": "true" }, name(one)),
    );
    if (i === at) mark.setAttribute("aria-current", "true");
    mark.style.setProperty("--at", String(moments.length > 1 ? i / (moments.length - 1) : 0));
    return mark;
  });
  return el("ol", { class: "marks", "aria-label": text.decisionsOnTimeline }, ...items);
}

/** Shows the release before beside this one, and puts it away. */
function besideButton(
  { words, beside }: TimelineModel,
  other: Moment | undefined,
  actions: TimelineActions,
): HTMLElement | null {
  if (!other) return null;
  return el(
    "button",
    {
      type: "button",
      id: "beside-toggle",
      "aria-pressed": String(beside !== null),
      title: words.text.besideHelp,
      click: () => actions.setBeside(beside === null ? other.digest : null),
    },
    words.text.beside,
  );
}

/** Tells what changed since the release before; for the oldest one, until the one after. */
function changesButton({ words, since }: TimelineModel, other: Moment | undefined, actions: TimelineActions): HTMLElement | null {
  if (!other) return null;
  return el(
    "button",
    {
      type: "button",
      id: "changes",
      "aria-pressed": String(since !== null),
      title: words.text.changesSince(momentName(words, other)),
      click: () => actions.compare(since === null ? other.digest : null),
    },
    words.text.changes,
  );
}

function playButton({ words, playing }: TimelineModel, actions: TimelineActions): HTMLElement {
  const label = playing ? words.text.pause : words.text.play;
  const attributes = { type: "button", id: "play", class: "icon-button", "aria-pressed": String(playing), "aria-label": label, title: label };
  return el("button", { ...attributes, click: () => actions.play(!playing) }, icon(playing ? "pause" : "play"));
}

function now(words: Words, shown: Moment): HTMLElement {
  const { text, format } = words;
  const small = shown.kind === "release" ? (shown.decision ?? text.noDecision) : draftName(words, shown);
  return el("span", { class: `time-now time-${shown.kind}` }, el("b", {}, format.day(shown.as_of)), el("small", { title: small }, small));
}

/** Fill the bar; with fewer than two moments there is no time to move in. */
export function renderTimeline(host: HTMLElement, model: TimelineModel, actions: TimelineActions): void {
  const { words, moments, shown } = model;
  const at = moments.findIndex(({ digest }) => digest === shown);
  const moment = moments[at];
  host.hidden = moments.length < 2 || !moment;
  if (!moment) return;
  const releases = moments.filter(({ kind }) => kind === "release");
  const before = moments.slice(0, at).filter(({ kind }) => kind === "release").pop();
  const after = releases.find((one) => moments.indexOf(one) > at);
  // With two releases side by side, the difference is between these two.
  const compared = releases.find(({ digest }) => digest === model.beside) ?? before ?? after;
  const range = slider(model, at, actions);
  const day = (one: Moment | undefined): HTMLElement =>
    el("span", { class: "time-end", "aria-hidden": "true" }, words.format.shortDay(one?.as_of ?? ""));
  const line = el("span", { class: "time-line" }, range);
  refill(
    host,
    playButton(model, actions),
    day(moments[0]),
    line,
    day(moments[moments.length - 1]),
    now(words, moment),
    el("span", { class: "time-actions" }, changesButton(model, compared, actions), besideButton(model, before ?? after, actions)),
  );
  line.append(marks(model, at, line.clientWidth, actions));
}

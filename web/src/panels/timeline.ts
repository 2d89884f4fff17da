/** Time: the releases on a line, one step each, with a button that plays them in turn. */
import type { ReleaseEntry } from "../api/types.ts";
import type { Words } from "../i18n/index.ts";
import { releaseName } from "../releases.ts";
import { el, icon, refill } from "./dom.ts";

export interface TimelineModel {
  words: Words;
  /** Oldest first. */
  releases: readonly ReleaseEntry[];
  /** Digest of the release shown. */
  shown: string;
  playing: boolean;
  /** Digest of the release that the one shown is compared with, if any. */
  since: string | null;
  /** Digest of the release shown beside it, if any. */
  beside: string | null;
}

export interface TimelineActions {
  show(entry: ReleaseEntry): void;
  play(on: boolean): void;
  compare(since: string | null): void;
  setBeside(digest: string | null): void;
}

function slider({ words, releases }: TimelineModel, at: number, actions: TimelineActions): HTMLElement {
  const current = releases[at];
  const range = el("input", {
    type: "range",
    id: "time",
    min: 0,
    max: releases.length - 1,
    step: 1,
    list: "time-ticks",
    "aria-label": words.text.timeline,
    "aria-valuetext": current ? releaseName(words, current) : "",
    change: () => {
      const chosen = releases[Number(range.value)];
      if (chosen) actions.show(chosen);
    },
    input: () => {
      const chosen = releases[Number(range.value)];
      if (chosen) range.setAttribute("aria-valuetext", releaseName(words, chosen));
    },
  });
  range.value = String(at);
  return range;
}

/** Shows the release before beside this one, and puts it away. */
function besideButton(
  { words, beside }: TimelineModel,
  other: ReleaseEntry | undefined,
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

/** Opens and closes what changed since the release before; for the oldest one, until the one after. */
function changesButton(
  { words, since }: TimelineModel,
  other: ReleaseEntry | undefined,
  actions: TimelineActions,
): HTMLElement | null {
  if (!other) return null;
  return el(
    "button",
    {
      type: "button",
      id: "changes",
      "aria-pressed": String(since !== null),
      title: words.text.changesSince(releaseName(words, other)),
      click: () => actions.compare(since === null ? other.digest : null),
    },
    words.text.changes,
  );
}

/** Fill the bar; with fewer than two releases there is no time to move in. */
export function renderTimeline(host: HTMLElement, model: TimelineModel, actions: TimelineActions): void {
  const { words, releases, shown, playing } = model;
  const { text, format } = words;
  const at = releases.findIndex((entry) => entry.digest === shown);
  const entry = releases[at];
  host.hidden = releases.length < 2 || !entry;
  if (!entry) return;
  // With two releases side by side, the difference is between these two.
  const compared = releases.find(({ digest }) => digest === model.beside) ?? releases[at - 1] ?? releases[at + 1];
  const play = el(
    "button",
    {
      type: "button",
      id: "play",
      class: "icon-button",
      "aria-pressed": String(playing),
      "aria-label": playing ? text.pause : text.play,
      title: playing ? text.pause : text.play,
      click: () => actions.play(!playing),
    },
    icon(playing ? "pause" : "play"),
  );
  refill(
    host,
    play,
    el("span", { class: "time-end", "aria-hidden": "true" }, format.shortDay(releases[0]?.as_of ?? "")),
    slider(model, at, actions),
    el("span", { class: "time-end", "aria-hidden": "true" }, format.shortDay(releases[releases.length - 1]?.as_of ?? "")),
    el("datalist", { id: "time-ticks" }, ...releases.map((_, i) => el("option", { value: i }))),
    el("span", { class: "time-now" }, el("b", {}, format.day(entry.as_of)), el("small", {}, entry.decision ?? text.noDecision)),
    el(
      "span",
      { class: "time-actions" },
      changesButton(model, compared, actions),
      besideButton(model, releases[at - 1] ?? releases[at + 1], actions),
    ),
  );
}

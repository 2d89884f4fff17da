/** Where a card is shown: loads it, shows it, and gives it the focus when it was asked for. */
import { type Client, ServiceError } from "../api/client.ts";
import type { Box, CommuneDetail, Difference, ReleaseEntry, Summary, ZoneDetail, ZoneHistory } from "../api/types.ts";
import type { Words } from "../i18n/index.ts";
import type { Selection } from "../state.ts";
import type { Palette } from "../styles/palette.ts";
import { type CardActions, cardHead, communeCard } from "./card.ts";
import { changesCard } from "./changes-card.ts";
import { el, refill } from "./dom.ts";
import { zoneCard } from "./zone-card.ts";

export interface CardPanelActions {
  close(): void;
  select(selection: Selection): void;
  setRelease(digest: string): void;
  say(message: string): void;
  /** A card was loaded: where its subject lies. */
  located(box: Box): void;
}

/** What has a card; the desk has a place of its own. */
export type CardSelection = Exclude<Selection, { kind: "desk" }>;

type Loaded =
  | { kind: "commune"; detail: CommuneDetail }
  | { kind: "zone"; detail: ZoneDetail; history: ZoneHistory | null }
  | { kind: "changes"; detail: Difference };

/** What a card is read from. */
export interface CardContext {
  /** Who is asked: about releases, or about drafts. */
  client: Client;
  /** What they call it; `null` is the current one. */
  release: string | null;
  summary: Summary;
  releases: readonly ReleaseEntry[];
  palette: Palette;
}

export class CardPanel {
  readonly #host: HTMLElement;
  readonly #actions: CardPanelActions;
  /** Whether the reader has opened a card: one that the link opens does not take the focus. */
  #opened = false;
  #shown = "";
  #loaded: Loaded | null = null;
  #pending: AbortController | null = null;

  constructor(host: HTMLElement, actions: CardPanelActions) {
    this.#host = host;
    this.#actions = actions;
  }

  /** Whether an answer is awaited. */
  get busy(): boolean {
    return this.#pending !== null;
  }

  /** Show the card of a selection in one release and language. */
  show(selection: CardSelection | null, context: CardContext, words: Words): void {
    if (!selection) {
      this.#hide();
      return;
    }
    const key = JSON.stringify([selection, context.summary.release.digest]);
    if (key === this.#shown) {
      if (this.#loaded) this.#fill(this.#loaded, context, words);
      return;
    }
    this.#shown = key;
    void this.#load(selection, context, words);
  }

  #hide(): void {
    this.#opened = true;
    if (this.#shown === "" && this.#loaded === null) return; // the place may be another's by now
    this.#pending?.abort();
    this.#pending = null;
    this.#shown = "";
    this.#loaded = null;
    this.#host.hidden = true;
    this.#host.replaceChildren();
  }

  async #load(selection: CardSelection, context: CardContext, words: Words): Promise<void> {
    this.#pending?.abort();
    const pending = new AbortController();
    this.#pending = pending;
    try {
      const loaded = await this.#read(selection, context, pending.signal);
      if (pending.signal.aborted) return;
      this.#loaded = loaded;
      this.#fill(loaded, context, words);
      this.#host.scrollTop = 0;
      if (this.#opened) document.getElementById("card-title")?.focus({ preventScroll: true });
      this.#opened = true;
      if (loaded.kind !== "changes" && loaded.detail.bbox) this.#actions.located(loaded.detail.bbox);
    } catch (error) {
      if (pending.signal.aborted) return;
      this.#loaded = null;
      this.#explain(error, words);
    } finally {
      if (this.#pending === pending) this.#pending = null;
    }
  }

  async #read(selection: CardSelection, { client, release, summary }: CardContext, signal: AbortSignal): Promise<Loaded> {
    switch (selection.kind) {
      case "commune":
        return { kind: "commune", detail: await client.commune(selection.code, release, signal) };
      case "zone":
        return { kind: "zone", ...(await this.#zone(client, selection.id, release, signal)) };
      case "changes":
        return {
          kind: "changes",
          detail: await client.difference(selection.since, summary.release.digest, signal),
        };
    }
  }

  /** A zone, and what became of it; a ring has no history of its own, nor has a zone of a release since replaced. */
  async #zone(client: Client, id: string, release: string | null, signal: AbortSignal) {
    const detail = await client.zone(id, release, signal);
    if (detail.layer !== "containment_zones") return { detail, history: null };
    const history = await client.zoneHistory(detail.zone_id, signal).catch(() => null);
    return { detail, history };
  }

  #cardActions(words: Words): CardActions {
    return { ...this.#actions, copyLink: () => void this.#copyLink(words), print: () => window.print() };
  }

  #fill(loaded: Loaded, context: CardContext, words: Words): void {
    const actions = this.#cardActions(words);
    switch (loaded.kind) {
      case "commune":
        this.#open(communeCard(words, loaded.detail, context.summary.release, actions));
        break;
      case "zone":
        this.#open(zoneCard(words, loaded.detail, loaded.history, actions));
        break;
      case "changes":
        this.#open(changesCard(words, { ...context, difference: loaded.detail }, actions));
        break;
    }
  }

  #explain(error: unknown, words: Words): void {
    const { text } = words;
    const missing = error instanceof ServiceError && error.status === 404;
    this.#open([
      cardHead(words, "", missing ? text.cardMissing : text.cardFailed, this.#cardActions(words)),
      el("p", { class: "detail" }, error instanceof Error ? error.message : ""),
    ]);
    if (!missing) this.#shown = "";
  }

  #open(content: HTMLElement[]): void {
    this.#host.hidden = false;
    this.#host.setAttribute("aria-labelledby", "card-title");
    refill(this.#host, ...content);
  }

  /** Browsers lend the clipboard to secure pages only; elsewhere the link is shown, selected. */
  async #copyLink(words: Words): Promise<void> {
    const { text } = words;
    try {
      await navigator.clipboard.writeText(location.href);
      this.#actions.say(text.copied);
      const button = document.getElementById("copy-link");
      if (button) button.textContent = text.copied;
    } catch {
      const field = document.getElementById("link-text");
      if (!(field instanceof HTMLInputElement)) return;
      field.hidden = false;
      field.value = location.href;
      field.focus();
      field.select();
      this.#actions.say(text.copyByHand);
    }
  }
}

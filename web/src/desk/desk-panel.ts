/** The desk of analysts and approvers, where cards are: signs in, and shows the part that was asked for. */
import "./desk.css";

import { ServiceError } from "../api/client.ts";
import type { Words } from "../i18n/index.ts";
import type { Overlay, Pin } from "../map/overlay.ts";
import { el, icon, refill } from "../panels/dom.ts";
import type { DeskTab, Selection } from "../state.ts";
import type { Access, Session } from "../access.ts";
import { type DeskClient, type Window, connectDesk } from "./client.ts";
import { DraftsView } from "./drafts-view.ts";
import { purposeField } from "./purpose.ts";
import { ReviewView } from "./review-view.ts";
import { WhatIfView } from "./what-if-view.ts";
import { type DeskText, deskText } from "./words.ts";

export type DeskSelection = Extract<Selection, { kind: "desk" }>;

export interface DeskActions {
  close(): void;
  go(selection: Selection, how: "push" | "replace"): void;
  say(message: string): void;
  /** Who is at work is known, or is no longer; or there is another draft. */
  changed(): void;
  overlay(overlay: Overlay): void;
  pin(pin: Pin | null): void;
  fit(box: [number, number, number, number]): void;
  window(): Window;
}

/** What a part of the desk works with. */
export interface DeskContext {
  client: DeskClient;
  actions: DeskActions;
  words: Words;
  text: DeskText;
  rights: readonly string[];
}

export interface DeskView {
  /** Whether an answer is awaited. */
  readonly busy: boolean;
  show(selection: DeskSelection, context: DeskContext): void;
  /** The map was moved. */
  moved?(): void;
  key?(event: KeyboardEvent): void;
  leave(): void;
}

const NEEDED: Readonly<Record<DeskTab, string>> = { "what-if": "draft:read", review: "review:read", drafts: "draft:read" };
const TABS: readonly DeskTab[] = ["what-if", "review", "drafts"];

/** What went wrong, for a person. */
export function explain(error: unknown, text: DeskText): string {
  const detail = error instanceof Error ? error.message : "";
  return error instanceof ServiceError && error.status === 403 ? text.notAllowed : `${text.failed}: ${detail}`;
}

export class DeskPanel {
  readonly #host: HTMLElement;
  readonly #access: Access;
  readonly #client: DeskClient;
  readonly #actions: DeskActions;
  readonly #body = el("div", { class: "desk-body" });
  #views: Partial<Record<DeskTab, DeskView>> = {};
  #shown: DeskTab | null = null;
  #session: Session | null = null;
  #asking = false;

  constructor(host: HTMLElement, base: string, access: Access, actions: DeskActions) {
    this.#host = host;
    this.#access = access;
    this.#client = connectDesk(base, this.#access.send);
    this.#actions = actions;
    document.addEventListener("keydown", (event) => {
      const target = event.target as HTMLElement;
      const typing = target.matches("input:not([type=range]), textarea, select");
      if (this.#shown && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) this.#views[this.#shown]?.key?.(event);
    });
  }

  get busy(): boolean {
    return this.#asking || (this.#shown !== null && (this.#views[this.#shown]?.busy ?? false));
  }

  show(selection: DeskSelection, words: Words): void {
    this.#host.hidden = false;
    this.#host.setAttribute("aria-labelledby", "card-title");
    if (this.#session?.signed_in) this.#open(selection, words);
    else void this.#ask(selection, words);
  }

  moved(): void {
    if (this.#shown) this.#views[this.#shown]?.moved?.();
  }

  hide(): void {
    if (this.#shown === null && this.#host.hidden) return;
    this.#leave();
    this.#host.hidden = true;
    this.#host.replaceChildren();
  }

  #leave(): void {
    if (this.#shown) this.#views[this.#shown]?.leave();
    this.#shown = null;
    this.#actions.overlay({ zones: null, candidates: null });
    this.#actions.pin(null);
  }

  async #ask(selection: DeskSelection, words: Words, failed = ""): Promise<void> {
    this.#asking = true;
    try {
      this.#session = await this.#client.session();
    } catch (error) {
      failed ||= explain(error, deskText(words.language));
    } finally {
      this.#asking = false;
    }
    if (this.#session?.signed_in) this.#open(selection, words);
    else this.#signIn(selection, words, failed);
  }

  #signIn(selection: DeskSelection, words: Words, failed: string): void {
    const text = deskText(words.language);
    const field = el("input", { id: "desk-token", type: "password", autocomplete: "off", required: true, spellcheck: "false" });
    const enter = async (event: Event): Promise<void> => {
      event.preventDefault();
      this.#access.token = field.value.trim().replace(/^(Authorization:\s*)?Bearer\s+/i, "");
      await this.#ask(selection, words);
      if (this.#session?.signed_in) {
        this.#actions.changed();
        return;
      }
      this.#access.token = null;
      this.#signIn(selection, words, text.wrongToken);
    };
    this.#leave();
    refill(
      this.#host,
      this.#head(words, text.signIn),
      el(
        "form",
        { class: "desk-form", submit: (event: Event) => void enter(event) },
        el("p", {}, text.signInHelp),
        el("label", { class: "field stacked" }, el("span", {}, text.token), field),
        failed && el("p", { class: "desk-fault", role: "alert" }, failed),
        el("button", { type: "submit", class: "primary" }, text.enter),
      ),
    );
    document.getElementById("card-title")?.focus({ preventScroll: true });
  }

  #open(selection: DeskSelection, words: Words): void {
    const text = deskText(words.language);
    const rights = this.#session?.rights ?? [];
    if (this.#shown !== selection.tab) {
      this.#leave();
      this.#shown = selection.tab;
      this.#body.replaceChildren();
    }
    refill(this.#host, this.#head(words, text.title), this.#tabs(selection, text, rights), this.#body, purposeField(words.language, () => this.#again(selection, words)), this.#foot(words, text));
    if (!rights.includes(NEEDED[selection.tab])) {
      refill(this.#body, el("p", { class: "none" }, text.notAllowed));
      return;
    }
    const view = (this.#views[selection.tab] ??= this.#make(selection.tab));
    view.show(selection, { client: this.#client, actions: this.#actions, words, text, rights });
  }

  /** Ask anew, now that the purpose is told. */
  #again(selection: DeskSelection, words: Words): void {
    this.#leave();
    this.#views = {};
    this.#open(selection, words);
  }

  #make(tab: DeskTab): DeskView {
    if (tab === "what-if") return new WhatIfView(this.#body);
    return tab === "review" ? new ReviewView(this.#body) : new DraftsView(this.#body);
  }

  #head(words: Words, title: string): HTMLElement {
    return el(
      "div",
      { class: "card-head" },
      el("h2", { id: "card-title", tabindex: -1 }, title),
      el(
        "button",
        { type: "button", id: "card-close", class: "icon-button", "aria-label": words.text.close, click: this.#actions.close },
        icon("close"),
      ),
    );
  }

  #tabs(selection: DeskSelection, text: DeskText, rights: readonly string[]): HTMLElement {
    const link = (tab: DeskTab): HTMLElement =>
      el(
        "button",
        {
          type: "button",
          id: `desk-${tab}`,
          "aria-current": tab === selection.tab ? "page" : null,
          click: () => tab !== selection.tab && this.#actions.go({ kind: "desk", tab }, "push"),
        },
        text.tabs[tab],
      );
    return el("nav", { class: "desk-tabs", "aria-label": text.title }, ...TABS.filter((tab) => rights.includes(NEEDED[tab])).map(link));
  }

  #foot(words: Words, text: DeskText): HTMLElement {
    const leave = (): void => {
      this.#access.token = null;
      this.#session = null;
      this.#views = {};
      this.#leave();
      this.#actions.changed();
      this.#actions.close();
    };
    const token = this.#access.token !== null;
    return el(
      "p",
      { class: "desk-who" },
      text.signedInAs(this.#session?.name ?? ""),
      " ",
      token && el("button", { type: "button", class: "link", lang: words.language, click: leave }, text.signOut),
    );
  }
}

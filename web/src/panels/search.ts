/** The search box: a combobox that is worked by keyboard as well as by pointer. */
import type { SearchResult } from "../api/types.ts";
import type { Words } from "../i18n/index.ts";
import { el, icon } from "./dom.ts";

export interface SearchActions {
  find(query: string, signal: AbortSignal): Promise<SearchResult[]>;
  choose(result: SearchResult): void;
  announce(message: string): void;
}

const WAIT_MS = 160;

export class SearchBox {
  readonly #host: HTMLElement;
  readonly #actions: SearchActions;
  readonly #input: HTMLInputElement;
  readonly #list: HTMLUListElement;
  #words: Words;
  #results: SearchResult[] = [];
  #active = -1;
  #timer = 0;
  #pending: AbortController | null = null;

  constructor(host: HTMLElement, words: Words, actions: SearchActions) {
    this.#host = host;
    this.#actions = actions;
    this.#words = words;
    this.#input = el("input", {
      id: "search-input",
      type: "search",
      role: "combobox",
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": "search-results",
      input: () => this.#later(),
      keydown: (event: KeyboardEvent) => this.#key(event),
      focus: () => this.#open(this.#results.length > 0),
      blur: () => window.setTimeout(() => this.#open(false), 150),
    });
    this.#list = el("ul", { id: "search-results", role: "listbox", hidden: true });
    this.#host.append(el("div", { class: "search", role: "search" }, icon("search"), this.#input, this.#list));
    this.speak(words);
  }

  /** Change the language. */
  speak(words: Words): void {
    this.#words = words;
    this.#input.placeholder = words.text.search;
    this.#input.setAttribute("aria-label", `${words.text.search}. ${words.text.searchHint}`);
    this.#list.setAttribute("aria-label", words.text.search);
    this.#fill();
  }

  #later(): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#ask(), WAIT_MS);
  }

  async #ask(): Promise<void> {
    this.#pending?.abort();
    const query = this.#input.value.trim();
    if (query === "") {
      this.#results = [];
      this.#fill();
      this.#open(false);
      return;
    }
    const pending = new AbortController();
    this.#pending = pending;
    try {
      this.#results = await this.#actions.find(query, pending.signal);
    } catch {
      if (pending.signal.aborted) return;
      this.#results = [];
    }
    this.#active = -1;
    this.#fill(query);
    this.#open(true);
    const { text } = this.#words;
    this.#actions.announce(this.#results.length > 0 ? text.searchCount(this.#results.length) : text.searchNone);
  }

  #fill(query = ""): void {
    const { text } = this.#words;
    const rows = this.#results.map((result, i) =>
      el(
        "li",
        {
          id: `search-result-${i}`,
          role: "option",
          "aria-selected": String(i === this.#active),
          mousedown: (event: MouseEvent) => {
            event.preventDefault();
            this.#choose(i);
          },
        },
        el("span", {}, result.full_name),
        el(
          "small",
          {},
          [result.commune_name ?? "", result.province_name, result.old_names.length > 0 ? text.formerly(result.old_names.slice(0, 4).join(", ")) : ""]
            .filter(Boolean)
            .join(" · "),
        ),
      ),
    );
    const nothing = query !== "" && rows.length === 0;
    this.#list.replaceChildren(
      ...(nothing ? [el("li", { class: "none", role: "option", "aria-disabled": "true" }, text.searchNone)] : rows),
    );
  }

  #open(open: boolean): void {
    const shown = open && this.#list.childElementCount > 0;
    this.#list.hidden = !shown;
    this.#input.setAttribute("aria-expanded", String(shown));
    if (!shown) this.#activate(-1);
  }

  #activate(index: number): void {
    this.#active = index;
    [...this.#list.children].forEach((row, i) => row.setAttribute("aria-selected", String(i === index)));
    if (index < 0) this.#input.removeAttribute("aria-activedescendant");
    else {
      this.#input.setAttribute("aria-activedescendant", `search-result-${index}`);
      this.#list.children[index]?.scrollIntoView({ block: "nearest" });
    }
  }

  #key(event: KeyboardEvent): void {
    const last = this.#results.length - 1;
    if (event.key === "Escape") {
      if (!this.#list.hidden) event.stopPropagation();
      this.#open(false);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (last < 0) return;
      this.#open(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      const next = this.#active + step;
      this.#activate(next > last ? 0 : next < 0 ? last : next);
    } else if (event.key === "Enter" && last >= 0) {
      event.preventDefault();
      this.#choose(Math.max(0, this.#active));
    }
  }

  #choose(index: number): void {
    const result = this.#results[index];
    if (!result) return;
    this.#input.value = result.full_name;
    this.#open(false);
    this.#actions.choose(result);
  }
}

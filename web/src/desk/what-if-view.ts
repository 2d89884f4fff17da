/** The what-if: sliders, the perimeter redrawn under the hand, and what it changes for people. */
import { ServiceError } from "../api/client.ts";
import type { Words } from "../i18n/index.ts";
import { el, refill } from "../panels/dom.ts";
import type { Parameter, Tried, TradeOffRow, WhatIf } from "./client.ts";
import { type DeskContext, type DeskSelection, type DeskView, explain } from "./desk-panel.ts";
import { PARAMETERS, radiiAround, stopAt, stopsOf } from "./scales.ts";
import type { DeskText } from "./words.ts";

/** Time for the hand to move on: a request that the next one replaces is not sent. */
const PAUSE_MS = 60;
/** How many names are told before the rest is a number. */
const MOST_NAMED = 12;

/** The value of a parameter as people read it. */
function told(parameter: Parameter, value: number, words: Words, text: DeskText): string {
  if (parameter === "days") return text.days(words.format.integer(value));
  if (parameter === "caution") return value <= 0.2 ? text.narrow : value >= 0.8 ? text.cautious : words.format.percent(value * 100);
  return value === 0 ? text.none : words.format.metres(value);
}

/** The sentence that matters: how many people come out of lockdown, or under it. */
export function headline(found: WhatIf, words: Words, text: DeskText): string {
  const people = found.figures.find(({ figure }) => figure === "certain_residents");
  if (!people || people.difference === null) return text.headlineUnknown;
  const size = Math.round(people.difference);
  return size === 0 ? text.headlineSame : text.headline(size < 0, words.format.integer(Math.abs(size)));
}

function figures(found: WhatIf, words: Words, text: DeskText): HTMLElement {
  const { format } = words;
  const number = (figure: string, value: number | null): string =>
    value === null ? text.unknown : figure.endsWith("km2") ? format.decimal(value, 2) : format.integer(value);
  const signed = (figure: string, value: number | null): string => {
    if (value === null) return "–";
    const exact = figure.endsWith("km2") ? value : Math.round(value);
    if (exact === 0) return "=";
    return figure.endsWith("km2") ? `${value > 0 ? "+" : "−"}${format.decimal(Math.abs(value), 2)}` : format.signed(value);
  };
  const rows = Object.entries(text.figures).flatMap(([name, label]) => {
    const row = found.figures.find(({ figure }) => figure === name);
    if (!row || (row.before === null && row.after === null)) return [];
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, label),
      el("td", { class: "number" }, number(name, row.before)),
      el("td", { class: "number" }, number(name, row.after)),
      el("td", { class: "number" }, signed(name, row.difference)),
    );
  });
  const head = [text.figure, text.now, text.tried, text.difference].map((label) => el("th", { scope: "col" }, label));
  return el(
    "table",
    { id: "what-if-figures" },
    el("caption", {}, text.compared),
    el("thead", {}, el("tr", {}, ...head)),
    el("tbody", {}, ...rows),
  );
}

function names(label: string, found: readonly { name: string }[], words: Words): HTMLElement | null {
  if (found.length === 0) return null;
  const listed = found.slice(0, MOST_NAMED).map(({ name }) => name);
  const more = found.length - listed.length;
  return el("p", {}, el("b", {}, `${label} (${words.format.integer(found.length)}): `), listed.join(", "), more > 0 ? `, +${more}` : "");
}

function tradeOffTable(rows: readonly TradeOffRow[], now: number, words: Words, text: DeskText): HTMLElement {
  const { format } = words;
  const most = Math.max(1, ...rows.map((row) => row.certain_residents ?? 0));
  const line = (row: TradeOffRow): HTMLElement =>
    el(
      "tr",
      { class: row.containment_m === now ? "own" : "" },
      el("th", { scope: "row" }, format.metres(row.containment_m)),
      el(
        "td",
        { class: "number" },
        row.certain_residents === null ? text.unknown : format.integer(row.certain_residents),
        el("meter", { min: 0, max: most, value: row.certain_residents ?? 0, "aria-hidden": "true" }),
      ),
      el("td", { class: "number" }, row.certain_residents === null || row.cases === 0 ? "–" : format.integer(row.certain_residents / row.cases)),
    );
  const head = [text.radius, text.peopleInside, text.perCase].map((label) => el("th", { scope: "col" }, label));
  return el("table", {}, el("caption", {}, text.tradeOffHelp), el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows.map(line)));
}

export class WhatIfView implements DeskView {
  readonly #host: HTMLElement;
  readonly #head = el("div", { class: "what-if-head", role: "status" });
  readonly #sliders = el("div", { class: "sliders" });
  readonly #result = el("div", { class: "what-if-result" });
  #context: DeskContext | null = null;
  #tried: Tried = {};
  #found: WhatIf | null = null;
  #pending: AbortController | null = null;
  #timer = 0;
  #drawn = "";
  #rows: TradeOffRow[] | null = null;

  constructor(host: HTMLElement) {
    this.#host = host;
  }

  get busy(): boolean {
    return this.#pending !== null || this.#timer !== 0;
  }

  show(selection: DeskSelection, context: DeskContext): void {
    const other = this.#context?.words.language !== context.words.language;
    this.#context = context;
    const tried = selection.tried ?? {};
    const same = JSON.stringify(tried) === JSON.stringify(this.#tried);
    this.#tried = { ...tried };
    if (this.#result.parentElement !== this.#host) {
      refill(this.#host, this.#head, this.#sliders, this.#result);
      this.#drawn = "";
    }
    if (this.#found && same && (other || this.#drawn === "")) this.#draw();
    if (!this.#found || !same) this.#soon();
  }

  moved(): void {
    if (this.#context) this.#soon();
  }

  leave(): void {
    this.#pending?.abort();
    this.#pending = null;
    window.clearTimeout(this.#timer);
    this.#timer = 0;
    this.#context = null;
    this.#found = null;
    this.#rows = null;
    this.#drawn = "";
  }

  #soon(): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      this.#timer = 0;
      void this.#ask();
    }, PAUSE_MS);
  }

  async #ask(): Promise<void> {
    const context = this.#context;
    if (!context) return;
    this.#pending?.abort();
    const pending = new AbortController();
    this.#pending = pending;
    this.#host.classList.add("working");
    try {
      const found = await context.client.whatIf(this.#tried, context.actions.window(), pending.signal);
      if (pending.signal.aborted) return;
      if (this.#found?.digest !== found.digest) this.#rows = null;
      this.#found = found;
      context.actions.overlay({ zones: found.zones, candidates: null });
      this.#draw();
    } catch (error) {
      if (!pending.signal.aborted) this.#failed(error, context);
    } finally {
      if (this.#pending === pending) {
        this.#pending = null;
        this.#host.classList.remove("working");
      }
    }
  }

  #failed(error: unknown, { text }: DeskContext): void {
    const drawing = error instanceof ServiceError && error.status === 503;
    refill(
      this.#result,
      el("p", { class: "desk-fault", role: "alert" }, drawing ? text.drawing : explain(error, text)),
      el("button", { type: "button", id: "what-if-retry", click: () => this.#soon() }, text.retry),
    );
    if (drawing) window.setTimeout(() => this.#context && this.#soon(), 2_000);
  }

  #draw(): void {
    const { words, text } = this.#context as DeskContext;
    const found = this.#found as WhatIf;
    const key = JSON.stringify([words.language, found.digest, found.now, found.blocks]);
    if (key !== this.#drawn) this.#drawSliders(found);
    this.#drawn = key;
    this.#tell(found);
    const leaving = found.communes.filter(({ change }) => change === "leave");
    const entering = found.communes.filter(({ change }) => change === "enter");
    refill(
      this.#head,
      el("p", { class: "what-if-headline", id: "what-if-headline" }, headline(found, words, text)),
      el("p", { class: "kicker" }, text.onDraft(words.format.day(found.as_of))),
    );
    refill(
      this.#result,
      figures(found, words, text),
      names(text.leaving, leaving, words),
      names(text.entering, entering, words),
      found.levels.length > 0 && el("p", {}, text.levelsChange(words.format.integer(found.levels.length))),
      this.#key(text),
      el(
        "details",
        {},
        el("summary", {}, text.sentences),
        ...found.sentences.map((pair) => el("p", {}, words.pick(pair.vi, pair.en))),
      ),
      this.#tradeOff(found),
      this.#keep(found),
    );
  }

  #key(text: DeskText): HTMLElement {
    const line = (kind: string, label: string): HTMLElement =>
      el("li", { class: "key" }, el("span", { class: `trial-key trial-${kind}`, "aria-hidden": "true" }), el("span", {}, label));
    return el(
      "ul",
      { class: "plain-list" },
      line("certain", text.legendTried),
      line("buffer", text.legendBuffer),
      line("possible", text.legendPossible),
    );
  }

  #drawSliders(found: WhatIf): void {
    const { text } = this.#context as DeskContext;
    const shown = PARAMETERS.filter((parameter) => parameter !== "caution" || found.blocks);
    const reset = (): void => this.#go({}, "push");
    refill(
      this.#sliders,
      ...shown.map((parameter) => this.#slider(parameter, found)),
      el("button", { type: "button", id: "what-if-reset", click: reset }, text.reset),
    );
  }

  #slider(parameter: Parameter, found: WhatIf): HTMLElement {
    const { words, text } = this.#context as DeskContext;
    const own = found.now[parameter];
    const stops = stopsOf(parameter, own);
    const value = (): number => stops[Number(slider.value)] ?? own;
    const slider = el("input", {
      type: "range",
      id: `slider-${parameter}`,
      min: 0,
      max: stops.length - 1,
      step: 1,
      value: stopAt(stops, this.#tried[parameter] ?? own),
      "aria-valuetext": told(parameter, this.#tried[parameter] ?? own, words, text),
      input: () => {
        this.#set(parameter, value(), own);
        this.#soon();
      },
      change: () => this.#go(this.#tried, "replace"),
    });
    return el(
      "label",
      { class: "slider" },
      el("span", { class: "slider-name" }, text.parameter[parameter], " ", el("output", { id: `value-${parameter}`, for: slider.id })),
      slider,
      el("small", {}, text.byRules(told(parameter, own, words, text))),
    );
  }

  #set(parameter: Parameter, value: number, own: number): void {
    const { [parameter]: _, ...others } = this.#tried;
    this.#tried = value === own ? others : { ...others, [parameter]: value };
    if (this.#found) this.#tell(this.#found);
  }

  /** Write beside each slider what it stands at, and move it there unless a hand is on it. */
  #tell(found: WhatIf): void {
    const { words, text } = this.#context as DeskContext;
    for (const parameter of PARAMETERS) {
      const slider = document.getElementById(`slider-${parameter}`);
      const output = document.getElementById(`value-${parameter}`);
      if (!(slider instanceof HTMLInputElement) || !output) continue;
      const value = this.#tried[parameter] ?? found.now[parameter];
      output.textContent = told(parameter, value, words, text);
      slider.setAttribute("aria-valuetext", output.textContent);
      slider.value = String(stopAt(stopsOf(parameter, found.now[parameter]), value));
    }
  }

  #go(tried: Tried, how: "push" | "replace"): void {
    const empty = Object.keys(tried).length === 0;
    this.#context?.actions.go({ kind: "desk", tab: "what-if", ...(empty ? {} : { tried }) }, how);
  }

  #tradeOff(found: WhatIf): HTMLElement {
    const { words, text, client } = this.#context as DeskContext;
    if (this.#rows) return el("div", { id: "trade-off" }, tradeOffTable(this.#rows, found.now.radius_m, words, text));
    const ask = async (): Promise<void> => {
      button.disabled = true;
      button.textContent = text.drawing;
      try {
        this.#rows = await client.tradeOff(radiiAround(found.now.radius_m), new AbortController().signal);
        if (this.#context) this.#draw();
      } catch (error) {
        button.textContent = explain(error, text);
        button.disabled = false;
      }
    };
    const button = el("button", { type: "button", id: "trade-off-ask", click: () => void ask() }, text.tradeOff);
    return el("p", {}, button);
  }

  #keep(found: WhatIf): HTMLElement | null {
    const { text, client, actions, rights } = this.#context as DeskContext;
    if (!rights.includes("draft:edit") || Object.keys(this.#tried).length === 0) return null;
    const keep = async (): Promise<void> => {
      button.disabled = true;
      try {
        await client.keepWhatIf(this.#tried, found.digest);
        actions.say(text.kept);
        actions.changed();
        actions.go({ kind: "desk", tab: "drafts" }, "push");
      } catch (error) {
        button.disabled = false;
        const changed = error instanceof ServiceError && error.status === 412;
        note.textContent = changed ? text.changedMeanwhile : explain(error, text);
        if (changed) this.#soon();
      }
    };
    const button = el("button", { type: "button", class: "primary", id: "what-if-keep", click: () => void keep() }, text.keep);
    const note = el("small", { role: "status" }, text.keepHelp);
    return el("p", { class: "desk-keep" }, button, note);
  }
}

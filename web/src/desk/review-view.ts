/** The review of doubtful addresses: those that decide most first, candidates on the map, by keyboard. */
import { ServiceError } from "../api/client.ts";
import { NO_OVERLAY } from "../map/overlay.ts";
import { el, refill } from "../panels/dom.ts";
import type { Decision, Doubt, DoubtAnswer, Queue } from "./client.ts";
import { type DeskContext, type DeskSelection, type DeskView, explain } from "./desk-panel.ts";

type Box = [number, number, number, number];

/** The box that holds all of them. */
export function boxAround(boxes: readonly Box[]): Box | null {
  if (boxes.length === 0) return null;
  const edge = (at: number, choose: (...values: number[]) => number): number => choose(...boxes.map((box) => box[at] ?? 0));
  return [edge(0, Math.min), edge(1, Math.min), edge(2, Math.max), edge(3, Math.max)];
}

/** The outlines of the answers, each with its number. */
export function candidatesOf(answers: readonly DoubtAnswer[]): GeoJSON.FeatureCollection {
  return {
    type: "FeatureCollection",
    features: answers.flatMap(({ number, name, geometry }) =>
      geometry ? [{ type: "Feature" as const, geometry, properties: { number, name } }] : [],
    ),
  };
}

export class ReviewView implements DeskView {
  readonly #host: HTMLElement;
  #context: DeskContext | null = null;
  #queue: Queue | null = null;
  #doubt: Doubt | null = null;
  #pin: [number, number] | null = null;
  #last: { decision: number; people: number } | null = null;
  #fault = "";
  #note = "";
  #pending: AbortController | null = null;

  constructor(host: HTMLElement) {
    this.#host = host;
  }

  get busy(): boolean {
    return this.#pending !== null;
  }

  show(selection: DeskSelection, context: DeskContext): void {
    const first = this.#context === null;
    this.#context = context;
    const place = selection.place ?? null;
    if (first || place !== (this.#doubt?.place ?? null)) void this.#load(place);
    else this.#draw();
  }

  leave(): void {
    this.#pending?.abort();
    this.#pending = null;
    this.#context = null;
    this.#queue = null;
    this.#doubt = null;
    this.#pin = null;
    this.#last = null;
  }

  key(event: KeyboardEvent): void {
    const act = this.#keyed(event.key);
    if (!act) return;
    event.preventDefault();
    act();
  }

  #keyed(key: string): (() => void) | null {
    const doubt = this.#doubt;
    switch (key.toLowerCase()) {
      case "j":
        return () => this.#step(1);
      case "k":
        return () => this.#step(-1);
      case "u":
        return this.#last ? () => void this.#undo() : null;
      case "a":
        return doubt && this.#standing(doubt) ? () => void this.#decide({ action: "accept" }) : null;
      case "p":
        return doubt ? () => (this.#pin ? void this.#savePin() : this.#startPin()) : null;
      case "x":
        return doubt ? () => document.getElementById("reject-reason")?.focus() : null;
      default: {
        const answer = doubt?.answers.find(({ number, code }) => String(number) === key && code);
        return answer ? () => void this.#decide({ action: "choose", code: answer.code }) : null;
      }
    }
  }

  /** Whether what the geocoder says can be kept: it must have said one place. */
  #standing(doubt: Doubt): boolean {
    return doubt.kind !== "none" && doubt.kind !== "tie" && doubt.kind !== "wide";
  }

  async #load(place: string | null): Promise<void> {
    const context = this.#context;
    if (!context) return;
    this.#pending?.abort();
    const pending = new AbortController();
    this.#pending = pending;
    this.#host.classList.add("working");
    this.#stopPin();
    try {
      this.#queue ??= await context.client.queue(pending.signal);
      this.#doubt = place === null ? null : await context.client.doubt(place, pending.signal);
      if (pending.signal.aborted) return;
      this.#showOnMap(context);
    } catch (error) {
      if (pending.signal.aborted) return;
      this.#doubt = null;
      const gone = error instanceof ServiceError && error.status === 404;
      this.#fault = gone ? "" : explain(error, context.text);
    } finally {
      if (this.#pending === pending) {
        this.#pending = null;
        this.#host.classList.remove("working");
      }
    }
    this.#draw();
  }

  #showOnMap({ actions }: DeskContext): void {
    const doubt = this.#doubt;
    if (!doubt) {
      actions.overlay(NO_OVERLAY);
      return;
    }
    actions.overlay({ zones: null, candidates: candidatesOf(doubt.answers) });
    const box = boxAround(doubt.answers.flatMap(({ bbox }) => (bbox ? [bbox] : [])));
    if (box) actions.fit(box);
  }

  #draw(): void {
    const context = this.#context;
    if (!context) return;
    const { text } = context;
    const said = this.#note && el("p", { class: "desk-note", role: "status" }, this.#note, " ", this.#last && this.#undoButton());
    const fault = this.#fault && el("p", { class: "desk-fault", role: "alert" }, this.#fault);
    if (this.#doubt) refill(this.#host, fault, said, ...this.#entry(this.#doubt, context));
    else if (this.#queue) refill(this.#host, fault, said, ...this.#list(this.#queue, context));
    else refill(this.#host, fault ?? el("p", {}, text.drawing));
  }

  #undoButton(): HTMLElement {
    const { text } = this.#context as DeskContext;
    return el("button", { type: "button", id: "review-undo", class: "link", click: () => void this.#undo() }, text.undo);
  }

  #list(queue: Queue, { words, text }: DeskContext): HTMLElement[] {
    const rows = queue.queue.map((doubt) =>
      el(
        "li",
        {},
        el(
          "button",
          { type: "button", class: "link", id: `doubt-${doubt.place}`, click: () => this.#go(doubt.place) },
          doubt.address ?? doubt.place,
        ),
        el("small", {}, text.people(words.format.integer(doubt.people))),
      ),
    );
    if (queue.queue.length === 0) return [el("p", { class: "none" }, text.queueEmpty)];
    return [
      el("p", { class: "kicker" }, text.queueCount(words.format.integer(queue.doubtful_addresses))),
      el("ol", { class: "plain-list doubts" }, ...rows),
      el("p", { class: "keys" }, text.keys),
    ];
  }

  #entry(doubt: Doubt, { words, text, rights }: DeskContext): HTMLElement[] {
    const may = rights.includes("review:decide");
    const step = (label: string, by: number): HTMLElement =>
      el("button", { type: "button", id: by > 0 ? "review-next" : "review-previous", click: () => this.#step(by) }, label);
    return [
      el(
        "p",
        { class: "review-steps" },
        el("button", { type: "button", id: "review-list", click: () => this.#go(null) }, text.backToList),
        step(text.previous, -1),
        step(text.next, 1),
      ),
      el("p", { class: "review-address", id: "review-address" }, doubt.address ?? doubt.place),
      el("p", {}, text.people(words.format.integer(doubt.people))),
      el("h3", {}, text.why),
      el("p", {}, doubt.geo_reason),
      el("h3", {}, text.answers),
      doubt.answers.length === 0 ? el("p", { class: "none" }, text.noAnswers) : this.#answers(doubt, may),
      ...(may ? [this.#others(doubt)] : []),
      el("p", { class: "keys" }, text.keys),
    ];
  }

  #answers(doubt: Doubt, may: boolean): HTMLElement {
    const { words, text } = this.#context as DeskContext;
    const row = (answer: DoubtAnswer): HTMLElement =>
      el(
        "li",
        {},
        el("p", {}, el("b", { class: "answer-number" }, String(answer.number)), " ", el("b", {}, answer.name), answer.share > 0 && ` ${words.format.percent(answer.share * 100)}`),
        el("small", {}, words.pick(answer.effect_vi, answer.effect_en)),
        may &&
          answer.code &&
          el(
            "button",
            { type: "button", id: `answer-${answer.number}`, click: () => void this.#decide({ action: "choose", code: answer.code }) },
            text.choose,
          ),
      );
    return el("ol", { class: "answers" }, ...doubt.answers.map(row));
  }

  #others(doubt: Doubt): HTMLElement {
    const { text } = this.#context as DeskContext;
    const reason = el("input", { id: "reject-reason", type: "text", maxlength: 2000, autocomplete: "off" });
    const reject = (event: Event): void => {
      event.preventDefault();
      const why = reason.value.trim();
      if (why === "") reason.focus();
      else void this.#decide({ action: "reject", reason: why });
    };
    return el(
      "div",
      { class: "review-others" },
      this.#standing(doubt) &&
        el("button", { type: "button", id: "review-accept", click: () => void this.#decide({ action: "accept" }) }, text.accept),
      this.#pin
        ? el(
            "p",
            {},
            text.movePinHelp,
            " ",
            el("button", { type: "button", id: "pin-save", class: "primary", click: () => void this.#savePin() }, text.putPin),
            el("button", { type: "button", id: "pin-cancel", click: () => this.#cancelPin() }, text.cancel),
          )
        : el("button", { type: "button", id: "pin-start", click: () => this.#startPin() }, text.movePin),
      el(
        "form",
        { class: "reject", submit: reject },
        el("label", { class: "field stacked" }, el("span", {}, text.reason), reason),
        el("button", { type: "submit", id: "review-reject" }, text.reject),
      ),
    );
  }

  #go(place: string | null): void {
    this.#fault = "";
    this.#context?.actions.go({ kind: "desk", tab: "review", ...(place === null ? {} : { place }) }, "push");
  }

  #step(by: number): void {
    const queue = this.#queue?.queue ?? [];
    const at = queue.findIndex(({ place }) => place === this.#doubt?.place);
    const next = queue[at < 0 ? (by > 0 ? 0 : queue.length - 1) : at + by];
    this.#go(next?.place ?? null);
  }

  #startPin(): void {
    const { actions } = this.#context as DeskContext;
    const { point, answers } = this.#doubt as Doubt;
    const box = answers[0]?.bbox;
    const [west, south, east, north] = box ?? actions.window().bbox;
    this.#pin = point ? [point.lon, point.lat] : [(west + east) / 2, (south + north) / 2];
    actions.pin({ at: this.#pin, moved: (lon, lat) => (this.#pin = [lon, lat]) });
    this.#draw();
    document.getElementById("pin-save")?.focus({ preventScroll: true });
  }

  #stopPin(): void {
    this.#pin = null;
    this.#context?.actions.pin(null);
  }

  #cancelPin(): void {
    this.#stopPin();
    this.#draw();
  }

  async #savePin(): Promise<void> {
    const [lon, lat] = this.#pin ?? [0, 0];
    await this.#decide({ action: "pin", lon: Number(lon.toFixed(6)), lat: Number(lat.toFixed(6)) });
  }

  async #decide(decision: Decision): Promise<void> {
    const context = this.#context;
    const doubt = this.#doubt;
    if (!context || !doubt || this.busy) return;
    const { client, text, words, actions } = context;
    const queue = this.#queue?.queue ?? [];
    const at = queue.findIndex(({ place }) => place === doubt.place);
    const next = queue[at + 1] ?? queue[at - 1] ?? null;
    try {
      const done = await client.decide(doubt, decision);
      this.#last = { decision: done.decision, people: done.people };
      this.#note = text.decided(words.format.integer(done.people));
      this.#fault = "";
      actions.say(this.#note);
      if (this.#queue) {
        this.#queue.queue = queue.filter(({ place }) => place !== doubt.place);
        this.#queue.doubtful_addresses -= 1;
      }
      this.#go(next?.place ?? null);
    } catch (error) {
      this.#fault = error instanceof ServiceError && error.status === 412 ? error.message : explain(error, text);
      this.#queue = null;
      await this.#load(doubt.place);
    }
  }

  async #undo(): Promise<void> {
    const context = this.#context;
    const last = this.#last;
    if (!context || !last) return;
    try {
      await context.client.undo(last.decision);
      this.#note = context.text.undone;
    } catch (error) {
      this.#fault = explain(error, context.text);
    }
    this.#last = null;
    this.#queue = null;
    await this.#load(this.#doubt?.place ?? null);
  }
}

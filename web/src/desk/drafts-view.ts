/** The way of a draft to a release: submitted, approved by somebody else under a decision number, put in force. */
import { ServiceError } from "../api/client.ts";
import { el, refill } from "../panels/dom.ts";
import type { DraftEntry, Step } from "./client.ts";
import { type DeskContext, type DeskSelection, type DeskView, explain } from "./desk-panel.ts";

const STEPS: readonly Step[] = ["submit", "approve", "release", "return", "withdraw"];

export class DraftsView implements DeskView {
  readonly #host: HTMLElement;
  #context: DeskContext | null = null;
  #drafts: DraftEntry[] | null = null;
  #fourEyes = true;
  #fault = "";
  busy = false;

  constructor(host: HTMLElement) {
    this.#host = host;
  }

  show(_: DeskSelection, context: DeskContext): void {
    const first = this.#context === null;
    this.#context = context;
    if (first) void this.#load();
    else this.#draw();
  }

  leave(): void {
    this.#context = null;
    this.#drafts = null;
    this.#fault = "";
  }

  async #load(): Promise<void> {
    const context = this.#context;
    if (!context) return;
    this.busy = true;
    try {
      const found = await context.client.drafts();
      this.#drafts = found.drafts;
      this.#fourEyes = found.four_eyes;
    } catch (error) {
      this.#fault = explain(error, context.text);
    } finally {
      this.busy = false;
    }
    this.#draw();
  }

  #draw(): void {
    if (!this.#context) return;
    const { text } = this.#context;
    const drafts = this.#drafts ?? [];
    refill(
      this.#host,
      this.#fault && el("p", { class: "desk-fault", role: "alert" }, this.#fault),
      this.#fourEyes && el("p", { class: "kicker" }, text.fourEyes),
      this.#drafts !== null && drafts.length === 0 && el("p", { class: "none" }, text.noDrafts),
      el("ul", { class: "plain-list drafts" }, ...drafts.map((draft) => this.#entry(draft))),
    );
  }

  #entry(draft: DraftEntry): HTMLElement {
    const { words, text } = this.#context as DeskContext;
    const { format } = words;
    const { counts } = draft;
    const people = counts.residents_inside === null ? text.unknown : format.integer(counts.residents_inside);
    const warnings = words.language === "vi" ? draft.warnings_vi : draft.warnings_en;
    return el(
      "li",
      { class: `draft draft-${draft.state}`, id: `draft-${draft.id.slice(0, 12)}` },
      el("h3", {}, text.draftOf(format.day(draft.as_of)), " ", el("span", { class: "badge plain" }, words.text.draftState[draft.state])),
      el("p", {}, `${format.integer(counts.containment_zones)} ${text.zones}, ${people} ${text.inside}`),
      draft.decision && el("p", {}, `${words.text.decision} `, el("b", {}, draft.decision)),
      el("small", {}, text.drawnBy(draft.drafted_by, format.moment(draft.saved_at))),
      ...draft.steps.map((step) =>
        el("small", {}, `${text.step[step.step]}: ${step.actor}, ${format.moment(step.at)}${step.note ? ` – ${step.note}` : ""}`),
      ),
      ...warnings.slice(0, 3).map((warning) => el("p", { class: "approximate" }, warning)),
      this.#steps(draft),
    );
  }

  #steps(draft: DraftEntry): HTMLElement {
    const { text } = this.#context as DeskContext;
    const open = STEPS.filter((step) => draft.may[step]);
    const refused = STEPS.filter((step) => draft.why_not[step]);
    const id = draft.id.slice(0, 12);
    const decision = el("input", { id: `decision-${id}`, type: "text", maxlength: 200, autocomplete: "off" });
    const note = el("input", { id: `note-${id}`, type: "text", maxlength: 2000, autocomplete: "off" });
    const take = (step: Step): void => {
      const missing = step === "approve" ? decision : step === "return" ? note : null;
      if (missing && missing.value.trim() === "") {
        missing.setAttribute("aria-invalid", "true");
        missing.focus();
        return;
      }
      const body: { decision?: string; note?: string } = {};
      if (step === "approve") body.decision = decision.value.trim();
      if (step !== "release" && note.value.trim() !== "") body.note = note.value.trim();
      void this.#take(draft, step, body);
    };
    return el(
      "div",
      { class: "draft-steps" },
      open.includes("approve") && el("label", { class: "field stacked" }, el("span", {}, text.decisionNumber), decision),
      open.some((step) => step !== "release") && el("label", { class: "field stacked" }, el("span", {}, open.includes("return") ? text.reason : text.note), note),
      ...open.map((step) =>
        el(
          "button",
          { type: "button", id: `${step}-${id}`, class: step === "return" || step === "withdraw" ? "" : "primary", click: () => take(step) },
          text.step[step],
        ),
      ),
      ...(open.length === 0 ? refused.slice(0, 1).map((step) => el("small", {}, draft.why_not[step] ?? "")) : []),
    );
  }

  async #take(draft: DraftEntry, step: Step, body: { decision?: string; note?: string }): Promise<void> {
    const { client, text, actions } = this.#context as DeskContext;
    this.#fault = "";
    try {
      await client.takeStep(draft, step, body);
      actions.say(`${text.step[step]}: ${text.draftOf(draft.as_of)}`);
      actions.changed();
    } catch (error) {
      this.#fault = error instanceof ServiceError && error.status === 412 ? error.message : explain(error, text);
    }
    await this.#load();
  }
}

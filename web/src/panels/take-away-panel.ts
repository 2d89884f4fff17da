/** The panel of what can be taken away: opened by a button of the map, kept in step with the view. */
import type { Box, Summary } from "../api/types.ts";
import type { Words } from "../i18n/index.ts";
import type { ViewState } from "../state.ts";
import { type Paper, renderTakeAway } from "./take-away.ts";

export interface TakeAwayView {
  words: Words;
  state: ViewState;
  summary: Summary;
  box: Box;
}

export class TakeAwayPanel {
  readonly #host: HTMLElement;
  readonly #base: string;
  readonly #say: (message: string) => void;
  #paper: Paper = "a4";
  #view: TakeAwayView | null = null;

  constructor(host: HTMLElement, base: string, say: (message: string) => void) {
    this.#host = host;
    this.#base = base;
    this.#say = say;
    host.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
  }

  get isOpen(): boolean {
    return !this.#host.hidden;
  }

  open(view: TakeAwayView): void {
    this.#host.hidden = false;
    this.show(view);
    document.getElementById("take-away-title")?.focus({ preventScroll: true });
  }

  close(): void {
    this.#host.hidden = true;
    document.getElementById("take-away-open")?.focus({ preventScroll: true });
  }

  /** Follow the view, while open. */
  show(view: TakeAwayView): void {
    if (!this.isOpen) return;
    this.#view = view;
    renderTakeAway(this.#host, { ...view, paper: this.#paper, base: this.#base }, {
      close: () => this.close(),
      copyLink: () => void this.#copyLink(),
      setPaper: (paper) => {
        this.#paper = paper;
        if (this.#view) this.show(this.#view);
      },
    });
  }

  async #copyLink(): Promise<void> {
    const { text } = this.#view?.words ?? {};
    if (!text) return;
    const copied = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
    // Browsers lend the clipboard to secure pages only; elsewhere the address bar has the link.
    this.#say(copied ? text.copied : text.copyByHand);
    const button = document.getElementById("take-away-link");
    if (button) button.textContent = copied ? text.copied : location.href;
  }
}

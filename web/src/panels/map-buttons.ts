/** Buttons on the map: zoom, and back to the whole outbreak. */
import type { Words } from "../i18n/index.ts";
import { el, icon, refill } from "./dom.ts";

export function renderMapButtons(
  host: HTMLElement,
  words: Words,
  actions: { zoom(steps: number): void; fit(): void; takeAway: (() => void) | null },
): void {
  const { text } = words;
  const button = (id: string, name: "plus" | "minus" | "fit" | "save", label: string, act: () => void): HTMLElement =>
    el("button", { type: "button", id, class: "icon-button", "aria-label": label, title: label, click: act }, icon(name));
  refill(
    host,
    button("zoom-in", "plus", text.zoomIn, () => actions.zoom(1)),
    button("zoom-out", "minus", text.zoomOut, () => actions.zoom(-1)),
    button("fit", "fit", text.fit, actions.fit),
    actions.takeAway && button("take-away-open", "save", text.takeAwayHelp, actions.takeAway),
  );
}

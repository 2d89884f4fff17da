/** The divider between two releases: dragged, moved by keys, or stepped by its two buttons. */
import type { Words } from "../i18n/index.ts";
import { el, icon } from "../panels/dom.ts";

const FINE = 0.02;
const COARSE = 0.1;

/** How far the divider goes, as parts of the width: never below a panel, where nobody could take hold of it. */
export interface Limits {
  least: number;
  most: number;
}

export interface DividerActions {
  move(split: number): void;
  limits(): Limits;
}

function clamped(split: number, { least, most }: Limits): number {
  return Math.min(most, Math.max(least, split));
}

/** Where a key takes the divider; `null` for keys that are not its own. */
export function afterKey(key: string, split: number, limits: Limits): number | null {
  switch (key) {
    case "ArrowLeft":
    case "ArrowDown":
      return clamped(split - FINE, limits);
    case "ArrowRight":
    case "ArrowUp":
      return clamped(split + FINE, limits);
    case "PageDown":
      return clamped(split - COARSE, limits);
    case "PageUp":
      return clamped(split + COARSE, limits);
    case "Home":
      return limits.least;
    case "End":
      return limits.most;
    default:
      return null;
  }
}

/** Where a pointer at `x` in a box puts the divider. */
export function atPointer(x: number, box: { left: number; width: number }, limits: Limits): number {
  return clamped((x - box.left) / Math.max(1, box.width), limits);
}

/** Keep the words of a screen reader and the place of the line in step with the split. */
export function placeDivider(host: HTMLElement, split: number): void {
  host.style.setProperty("left", `${100 * split}%`);
  host.querySelector("[role=separator]")?.setAttribute("aria-valuenow", String(Math.round(100 * split)));
}

/** The divider; its line can be dragged over the box of `stage`. */
export function divider(words: Words, stage: HTMLElement, current: () => number, actions: DividerActions): HTMLElement[] {
  const { text } = words;
  const line = el(
    "div",
    {
      id: "divider-line",
      role: "separator",
      tabindex: 0,
      "aria-orientation": "vertical",
      "aria-label": text.divider,
      "aria-controls": "beside",
      "aria-valuemin": 5,
      "aria-valuemax": 95,
      "aria-valuenow": Math.round(100 * current()),
      keydown: (event: KeyboardEvent) => {
        const split = afterKey(event.key, current(), actions.limits());
        if (split === null) return;
        event.preventDefault();
        actions.move(split);
      },
      pointerdown: (event: PointerEvent) => {
        line.setPointerCapture(event.pointerId);
        event.preventDefault();
        line.focus();
      },
      pointermove: (event: PointerEvent) => {
        if (line.hasPointerCapture(event.pointerId)) actions.move(atPointer(event.clientX, stage.getBoundingClientRect(), actions.limits()));
      },
    },
  );
  const step = (id: string, by: number, label: string): HTMLElement =>
    el(
      "button",
      { type: "button", id, class: "icon-button", "aria-label": label, title: label, click: () => actions.move(clamped(current() + by, actions.limits())) },
      icon("chevron"),
    );
  return [line, step("divider-left", -COARSE, text.dividerLeft), step("divider-right", COARSE, text.dividerRight)];
}

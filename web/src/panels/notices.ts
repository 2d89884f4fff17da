/** What the page has to say beside the map: nothing released yet, no connection, a new release. */
import type { Words } from "../i18n/index.ts";
import { el, icon, refill } from "./dom.ts";

/** Say what limits the map: boundaries that are approximate, parts that did not load. Always in view. */
export function renderBanner(
  host: HTMLElement,
  words: Words,
  limits: { approximate: boolean; incomplete: boolean },
  retry: () => void,
): void {
  const { text } = words;
  host.hidden = !limits.approximate && !limits.incomplete;
  refill(
    host,
    limits.approximate && el("p", { title: text.approximateHelp }, icon("alert"), text.approximate),
    limits.incomplete &&
      el(
        "p",
        { role: "status" },
        icon("alert"),
        `${text.incomplete}. `,
        el("button", { type: "button", id: "reload-map", class: "link", click: retry }, text.retry),
      ),
  );
}

/** The first start: which commands make a release. */
export function renderNothingReleased(host: HTMLElement, words: Words): void {
  const { text } = words;
  host.hidden = false;
  refill(
    host,
    el(
      "div",
      { class: "notice" },
      el("h2", {}, text.noRelease),
      el("p", {}, text.noReleaseHelp),
      el(
        "ol",
        {},
        ...text.noReleaseCommands.map(([command, meaning]) => el("li", {}, el("code", {}, command), ` ${meaning}`)),
      ),
      el("p", {}, text.noReleaseDemo),
    ),
  );
}

/** The service does not answer. */
export function renderLost(host: HTMLElement, words: Words, detail: string, retry: () => void): void {
  const { text } = words;
  host.hidden = false;
  refill(
    host,
    el(
      "div",
      { class: "notice", role: "alert" },
      el("h2", {}, text.lost),
      el("p", {}, text.lostHelp),
      detail && el("p", { class: "detail" }, detail),
      el("button", { type: "button", id: "retry", click: retry }, text.retry),
    ),
  );
}

/** Announce a new release, and let the reader decide when to see it. */
export function renderToast(
  host: HTMLElement,
  words: Words,
  decision: string | null,
  actions: { show(): void; later(): void },
): void {
  const { text } = words;
  host.hidden = decision === null;
  refill(
    host,
    decision !== null &&
      el(
        "div",
        { class: "toast", role: "status" },
        el("p", {}, text.newRelease(decision)),
        el("button", { type: "button", id: "toast-show", click: actions.show }, text.showNewRelease),
        el("button", { type: "button", id: "toast-later", class: "quiet", click: actions.later }, text.later),
      ),
  );
}

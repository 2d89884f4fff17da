/** What can be carried out of the room: the link, the map and the annex to print, the data in view. */
import { serviceUrl } from "../api/client.ts";
import type { Box, Summary } from "../api/types.ts";
import type { Words } from "../i18n/index.ts";
import type { ViewState } from "../state.ts";
import { TOGGLES, TOGGLE_SOURCE } from "../styles/layers.ts";
import { el, icon, refill } from "./dom.ts";

export const PAPERS = ["a4", "a3"] as const;
export type Paper = (typeof PAPERS)[number];

export interface TakeAwayModel {
  words: Words;
  state: ViewState;
  summary: Summary;
  /** What is in view, degrees. */
  box: Box;
  paper: Paper;
  base: string;
}

export interface TakeAwayActions {
  close(): void;
  copyLink(): void;
  setPaper(paper: Paper): void;
}

/** More features than this are not put into one file: the service has pages for them. */
const MOST_FEATURES = "10000";

function boxText(box: Box): string {
  return box.map((edge) => edge.toFixed(5)).join(",");
}

/** Address of the map in view, drawn by the service. */
export function sheetUrl({ state, summary, box, paper, base, words }: TakeAwayModel, format: "pdf" | "png"): string {
  const hide = state.hidden.filter((name) => (TOGGLES as readonly string[]).includes(name)).join(",");
  return serviceUrl(base, "api/v1/sheet", {
    release: summary.release.digest,
    bbox: boxText(box),
    paper,
    lang: words.language,
    hide: hide || null,
    paint: state.paint === "level" ? null : state.paint === "rate" ? "rate" : state.band,
    f: format,
  });
}

export function annexUrl({ summary, base }: TakeAwayModel, language: string, format: "pdf" | "xlsx" | "html"): string {
  return serviceUrl(base, "api/v1/annex", { release: summary.release.digest, lang: language, f: format });
}

/** Address of the features of a layer within the view. */
export function dataUrl({ summary, box, base }: TakeAwayModel, layer: string, format: "json" | "csv" | "xlsx"): string {
  return serviceUrl(base, `ogc/collections/${layer}/items`, {
    release: summary.release.digest,
    bbox: boxText(box),
    limit: MOST_FEATURES,
    f: format,
  });
}

/** Layers of the service that are switched on. */
function shownLayers({ state, summary }: TakeAwayModel): string[] {
  const on = TOGGLES.filter((toggle) => !state.hidden.includes(toggle)).map((toggle) => TOGGLE_SOURCE[toggle]);
  const wanted = new Set([...on, ...(state.paint === "coverage" ? ["coverage"] : [])]);
  return summary.layers.map(({ id }) => id).filter((id) => wanted.has(id));
}

function file(href: string, label: string, described: string): HTMLElement {
  return el("a", { href, target: "_blank", rel: "noopener", "aria-label": `${described}: ${label}` }, label);
}

function paperChoice({ words, paper }: TakeAwayModel, actions: TakeAwayActions): HTMLElement {
  const select = el(
    "select",
    { id: "paper", change: () => actions.setPaper(select.value as Paper) },
    ...PAPERS.map((size) => el("option", { value: size, selected: size === paper }, size.toUpperCase())),
  );
  return el("label", { class: "field" }, el("span", {}, words.text.paper), select);
}

function dataRows(model: TakeAwayModel): HTMLElement[] {
  const { words, summary } = model;
  return shownLayers(model).map((id) => {
    const layer = summary.layers.find((one) => one.id === id);
    const title = words.pick(layer?.title_vi ?? null, layer?.title_en ?? null);
    const links = (["json", "csv", "xlsx"] as const).map((format) =>
      file(dataUrl(model, id, format), format === "json" ? "GeoJSON" : format.toUpperCase(), title),
    );
    return el("li", {}, el("span", {}, title), el("span", { class: "files" }, ...links));
  });
}

/** Fill the panel. */
export function renderTakeAway(host: HTMLElement, model: TakeAwayModel, actions: TakeAwayActions): void {
  const { words } = model;
  const { text } = words;
  host.setAttribute("aria-labelledby", "take-away-title");
  const annex = (language: "vi" | "en", name: string): HTMLElement =>
    el(
      "li",
      {},
      el("span", {}, name),
      el(
        "span",
        { class: "files" },
        ...(["pdf", "xlsx", "html"] as const).map((format) => file(annexUrl(model, language, format), format.toUpperCase(), `${text.takeAwayAnnex}, ${name}`)),
      ),
    );
  refill(
    host,
    el(
      "div",
      { class: "card-head" },
      el("h2", { id: "take-away-title", tabindex: -1 }, text.takeAway),
      el("button", { type: "button", id: "take-away-close", class: "icon-button", "aria-label": text.close, click: actions.close }, icon("close")),
    ),
    el("button", { type: "button", id: "take-away-link", click: actions.copyLink, title: text.takeAwayLink }, text.copyLink),
    el("h3", {}, text.takeAwayMap),
    paperChoice(model, actions),
    el("p", { class: "files" }, file(sheetUrl(model, "pdf"), "PDF", text.takeAwayMap), file(sheetUrl(model, "png"), "PNG", text.takeAwayMap)),
    el("h3", {}, text.takeAwayAnnex),
    el("ul", { class: "plain-list" }, annex("vi", "Tiếng Việt"), annex("en", "English")),
    el("h3", {}, text.takeAwayData),
    el("ul", { class: "plain-list" }, ...dataRows(model)),
    el("p", { class: "none" }, text.visiblePart),
  );
}

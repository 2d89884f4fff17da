/** The legend: what every colour and line means, and the switch of each layer beside it. */
import type { BaseMap, LayerInfo, Summary } from "../api/types.ts";
import type { Words } from "../i18n/index.ts";
import { type Moment, momentName } from "../moments.ts";
import type { Paint, ViewState } from "../state.ts";
import { TOGGLES, TOGGLE_SOURCE, type Toggle } from "../styles/layers.ts";
import { COVERAGE_SCALE, LEVELS, LEVEL_COLOURS, type Palette, RATE_SCALE } from "../styles/palette.ts";
import { type Child, el, icon, refill } from "./dom.ts";
import { type SwatchLook, swatch } from "./swatch.ts";

export interface LegendModel {
  words: Words;
  state: ViewState;
  summary: Summary;
  /** Releases and drafts, oldest first, and which of them is shown. */
  moments: readonly Moment[];
  shown: string;
  palette: Palette;
  /** Doses and ages with a coverage, such as `dose2_50_plus`. */
  bands: readonly string[];
  baseMap: BaseMap | null;
  /** Whether the panel is unfolded (it always is where there is room). */
  open: boolean;
}

export interface LegendActions {
  toggle(layer: Toggle): void;
  setOpacity(value: number): void;
  setPatterns(on: boolean): void;
  setPaint(paint: Paint): void;
  setBand(band: string): void;
  setCases(on: boolean): void;
  setBase(on: boolean): void;
  show(moment: Moment): void;
  setOpen(open: boolean): void;
}

function look(toggle: Toggle, palette: Palette): SwatchLook | null {
  switch (toggle) {
    case "containment_zones":
      return { pattern: "zone-certain", stroke: palette.containment };
    case "possible_zones":
      return { pattern: "zone-possible", stroke: palette.containment, dash: [5, 3] };
    case "buffer_zones":
      return { fill: palette.buffer, fillAlpha: 0.18, stroke: palette.buffer, dash: [1, 3] };
    case "green_zones":
      return { pattern: "green-zone", stroke: palette.green };
    case "facilities":
      return { fill: palette.facility, round: true };
    case "checkpoints":
      return { fill: palette.checkpoint, round: true };
    case "levels":
    case "labels":
      return null;
  }
}

function keyRow(sample: HTMLElement, ...content: Child[]): HTMLElement {
  return el("li", { class: "key" }, sample, el("span", {}, ...content));
}

function levelKey({ words, state, summary, palette }: LegendModel): HTMLElement {
  const { text, format } = words;
  const byLevel = summary.counts.communes_by_level;
  const rows = [...LEVELS].reverse().map((level) => {
    const pattern = state.patterns && level > 1 ? (`level-${level}` as "level-2" | "level-3" | "level-4") : null;
    const sample = swatch({ fill: LEVEL_COLOURS[level], ...(pattern ? { pattern } : {}) }, palette);
    return keyRow(
      sample,
      el("b", {}, text.levelShort(level)),
      ` ${text.levelRisk[level]}`,
      el("span", { class: "count" }, format.integer(byLevel[String(level)] ?? 0)),
    );
  });
  const higher = summary.counts.communes_possibly_higher ?? 0;
  const mayBe = keyRow(
    swatch({ fill: LEVEL_COLOURS[1], pattern: "may-be-4" }, palette),
    text.mayBeHigher,
    el("span", { class: "count" }, format.integer(higher)),
  );
  return el(
    "ul",
    { class: "keys" },
    ...rows,
    higher > 0 && mayBe,
    noDataKey(words, palette, byLevel["none"] ?? 0),
  );
}

function noDataKey(words: Words, palette: Palette, count: number | null): HTMLElement {
  return keyRow(
    swatch({ fill: palette.noData, pattern: "no-data" }, palette),
    words.text.noData,
    count !== null && el("span", { class: "count" }, words.format.integer(count)),
  );
}

function scaleKey({ words, palette }: LegendModel, paint: "coverage" | "rate"): HTMLElement {
  const { format } = words;
  const scale = paint === "coverage" ? COVERAGE_SCALE : RATE_SCALE;
  const unit = paint === "coverage" ? " %" : "";
  const bound = (value: number): string => format.decimal(value, 0);
  const rows = scale.map((step, i) => {
    const next = scale[i + 1];
    const exactlyZero = paint === "rate" && i === 0;
    const above = step.from % 1 !== 0 && step.from > 1;
    let label = next ? `${bound(step.from)} – < ${bound(next.from)}${unit}` : `≥ ${bound(step.from)}${unit}`;
    if (exactlyZero) label = "0";
    else if (above) label = `> ${bound(step.from)}${unit}`;
    else if (step.from > 0 && step.from < 1 && next) label = `> 0 – < ${bound(next.from)}`;
    else if (paint === "coverage" && next && next.from > 100) label = `${bound(step.from)} – 100 %`;
    return keyRow(swatch({ fill: step.colour }, palette), label);
  });
  return el("ul", { class: "keys" }, ...rows, noDataKey(words, palette, null));
}

function toggleRow(model: LegendModel, toggle: Toggle, actions: LegendActions): HTMLElement {
  const { words, state, palette } = model;
  const sample = look(toggle, palette);
  const help = words.text.toggleHelp[toggle];
  return el(
    "li",
    { class: "toggle" },
    el(
      "label",
      {},
      el("input", {
        type: "checkbox",
        id: `toggle-${toggle}`,
        checked: !state.hidden.includes(toggle),
        change: () => actions.toggle(toggle),
      }),
      sample ? swatch(sample, palette) : el("span", { class: "swatch" }),
      el("span", {}, words.text.toggle[toggle], help && el("small", {}, help)),
    ),
  );
}

/** Doses and ages of a band, in words. */
function bandName(words: Words, band: string): string {
  const [dose = "", from = "", to = ""] = band.replace("dose", "").split("_");
  const { text } = words;
  return `${text.dose} ${dose} · ${text.ageRange(Number(from), to === "plus" ? null : Number(to))}`;
}

function bandChoice({ words, state, bands }: LegendModel, actions: LegendActions): HTMLElement | null {
  if (state.paint !== "coverage") return null;
  const select = el(
    "select",
    { id: "band", change: () => actions.setBand(select.value) },
    ...bands.map((band) => el("option", { value: band, selected: band === state.band }, bandName(words, band))),
  );
  return el("label", { class: "field" }, el("span", {}, words.text.band), select);
}

function casesRow({ words, state, palette }: LegendModel, actions: LegendActions): HTMLElement {
  const { text } = words;
  const box = el("input", { type: "checkbox", id: "toggle-cases", checked: state.cases, change: () => actions.setCases(box.checked) });
  return el(
    "li",
    { class: "toggle" },
    el("label", {}, box, swatch({ fill: palette.cases, round: true }, palette), el("span", {}, text.caseCircles, el("small", {}, text.caseCirclesHelp))),
  );
}

function baseRow({ words, state, baseMap }: LegendModel, actions: LegendActions): HTMLElement {
  const { text } = words;
  const box = el("input", { type: "checkbox", id: "toggle-base", checked: state.base, change: () => actions.setBase(box.checked) });
  const help = el("small", {}, baseMap?.attribution || text.baseMapHelp);
  return el("li", { class: "toggle" }, el("label", {}, box, el("span", { class: "swatch" }), el("span", {}, text.baseMap, help)));
}

function paintChoice({ words, state, bands }: LegendModel, actions: LegendActions): HTMLElement {
  const { text } = words;
  const offered: Paint[] = bands.length > 0 ? ["level", "rate", "coverage"] : ["level", "rate"];
  const select = el(
    "select",
    { id: "paint", change: () => actions.setPaint(select.value as Paint) },
    ...offered.map((paint) => el("option", { value: paint, selected: paint === state.paint }, text.paints[paint])),
  );
  return el("label", { class: "field" }, el("span", {}, text.paint), select);
}

function releaseChoice({ words, moments, shown }: LegendModel, actions: LegendActions): HTMLElement | null {
  const { text } = words;
  if (moments.length < 2) return null;
  const newestFirst = [...moments].reverse();
  const options = newestFirst.map((moment, i) => {
    const label = momentName(words, moment);
    return el(
      "option",
      { value: i, selected: moment.digest === shown },
      moment.current ? `${label} (${text.current})` : label,
    );
  });
  const choose = (): void => {
    const chosen = newestFirst[Number(select.value)];
    if (chosen) actions.show(chosen);
  };
  const select = el("select", { id: "release", change: choose }, ...options);
  return el("label", { class: "field stacked" }, el("span", {}, text.release), select);
}

function strength({ words, state }: LegendModel, actions: LegendActions): HTMLElement {
  const range = el("input", {
    type: "range",
    id: "opacity",
    min: 0.1,
    max: 1,
    step: 0.05,
    value: state.opacity,
    input: () => actions.setOpacity(Number(range.value)),
  });
  const patterns = el("input", {
    type: "checkbox",
    id: "patterns",
    checked: state.patterns,
    change: () => actions.setPatterns(patterns.checked),
  });
  return el(
    "div",
    { class: "strength" },
    el("label", { class: "field" }, el("span", {}, words.text.opacity), range),
    state.paint === "level" && el("label", { class: "tick" }, patterns, el("span", {}, words.text.patterns)),
  );
}

function notes({ words, summary }: LegendModel): HTMLElement {
  const { text } = words;
  const { release } = summary;
  const warnings = words.language === "vi" ? release.warnings_vi : release.warnings_en;
  const basis = release.rule_set.legal_basis;
  return el(
    "div",
    { class: "notes" },
    warnings.length > 0 && el("h3", {}, text.warnings),
    warnings.length > 0 && el("ul", {}, ...warnings.map((warning) => el("li", {}, warning))),
    el(
      "dl",
      { class: "facts" },
      el("dt", {}, text.ruleSet),
      el("dd", {}, words.pick(release.rule_set.name_vi, release.rule_set.name_en)),
      basis && el("dd", { class: "basis" }, basis),
      el("dt", {}, text.edition),
      el("dd", {}, release.edition),
      el("dt", {}, text.digest),
      el("dd", {}, el("code", { title: release.digest }, release.digest.slice(0, 12))),
    ),
    el("p", { class: "keyboard-help" }, text.keyboardHelp),
  );
}

function available(layers: readonly LayerInfo[]): Toggle[] {
  return TOGGLES.filter((toggle) => layers.some((layer) => layer.id === TOGGLE_SOURCE[toggle]));
}

/** Fill the panel. */
export function renderLegend(host: HTMLElement, model: LegendModel, actions: LegendActions): void {
  const { words, state, summary, open } = model;
  const { text } = words;
  host.setAttribute("aria-label", text.legend);
  host.classList.toggle("open", open);
  refill(
    host,
    el(
      "h2",
      {},
      el(
        "button",
        {
          type: "button",
          id: "legend-open",
          class: "fold",
          "aria-expanded": String(open),
          "aria-controls": "legend-body",
          click: () => actions.setOpen(!open),
        },
        icon("layers"),
        text.legend,
        icon("chevron"),
      ),
    ),
    el(
      "div",
      { id: "legend-body" },
      releaseChoice(model, actions),
      paintChoice(model, actions),
      bandChoice(model, actions),
      state.paint === "level" ? levelKey(model) : scaleKey(model, state.paint),
      el("h3", {}, text.layers),
      el(
        "ul",
        { class: "toggles" },
        ...available(summary.layers).map((toggle) => toggleRow(model, toggle, actions)),
        casesRow(model, actions),
        model.baseMap && baseRow(model, actions),
      ),
      strength(model, actions),
      notes(model),
    ),
  );
}

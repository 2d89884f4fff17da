/** The layers of the map, as pure functions of what is shown. */
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";

import { type Overlay, overlayLayers } from "../map/overlay.ts";
import type { Paint } from "../state.ts";
import {
  COVERAGE_SCALE,
  LEVELS,
  LEVEL_COLOURS,
  type Palette,
  RATE_SCALE,
  type ScaleClass,
} from "./palette.ts";
import { type PatternId, patternName } from "./patterns.ts";

/** What the legend switches, in legend order. */
export const TOGGLES = [
  "levels",
  "containment_zones",
  "possible_zones",
  "buffer_zones",
  "green_zones",
  "facilities",
  "checkpoints",
  "labels",
] as const;
export type Toggle = (typeof TOGGLES)[number];

/** Layer of the service each toggle needs. */
export const TOGGLE_SOURCE: Readonly<Record<Toggle, string>> = {
  levels: "communes",
  containment_zones: "containment_zones",
  possible_zones: "containment_zones",
  buffer_zones: "buffer_zones",
  green_zones: "green_zones",
  facilities: "facilities",
  checkpoints: "checkpoints",
  labels: "communes",
};

export interface LayerOptions {
  palette: Palette;
  theme: "light" | "dark";
  paint: Paint;
  /** Doses and ages of the coverage shown. */
  band: string;
  /** Whether new cases stand on the map as circles. */
  cases: boolean;
  opacity: number;
  patterns: boolean;
  hidden: readonly string[];
  /** Whether the ground that changed since another release is drawn. */
  changes: boolean;
  overlay: Overlay;
  /** Layers that the release has. */
  available: readonly string[];
}

const FONT = ["Be Vietnam Pro"];
/** Further out the outlines of 3,000 green zones would hide the levels. */
const GREEN_FROM = 7.5;
const LEVEL: ExpressionSpecification = ["to-number", ["coalesce", ["get", "epidemic_level"], 0], 0];
/** Worst level that missing facts allow; the same as the level where nothing is missing. */
const POSSIBLE_LEVEL: ExpressionSpecification = ["to-number", ["coalesce", ["get", "possible_level"], 0], 0];
const SELECTED: ExpressionSpecification = ["boolean", ["feature-state", "selected"], false];
const HOVERED: ExpressionSpecification = ["boolean", ["feature-state", "hovered"], false];
const PAINT_SCALE: Readonly<Record<Exclude<Paint, "level">, readonly ScaleClass[]>> = {
  coverage: COVERAGE_SCALE,
  rate: RATE_SCALE,
};

type Painted = Pick<LayerOptions, "paint" | "band">;

function paintProperty({ paint, band }: Painted): string {
  return paint === "coverage" ? `${band}_percent` : "rate_per_100k";
}

/** Whether a commune has the value the map is coloured by. */
export function hasValue(painted: Painted): ExpressionSpecification {
  if (painted.paint === "level") return [">=", LEVEL, 1];
  return ["==", ["typeof", ["get", paintProperty(painted)]], "number"];
}

/** Colour of a commune that has a value. */
export function fillColour(painted: Painted): ExpressionSpecification {
  const { paint } = painted;
  if (paint === "level") {
    return ["match", LEVEL, ...LEVELS.flatMap((level) => [level, LEVEL_COLOURS[level]]), LEVEL_COLOURS[1]] as never;
  }
  const [first, ...others] = PAINT_SCALE[paint];
  const steps = others.flatMap((step) => [step.from, step.colour]);
  return ["step", ["get", paintProperty(painted)], first?.colour ?? "#ffffff", ...steps] as never;
}

function byZoom(...stops: [number, number][]): ExpressionSpecification {
  return ["interpolate", ["linear"], ["zoom"], ...stops.flat()] as never;
}

function communeLayers(options: LayerOptions): LayerSpecification[] {
  const { palette, theme, paint, opacity } = options;
  const source = paint === "coverage" ? "coverage" : "communes";
  const on = { source, "source-layer": source };
  const layers: LayerSpecification[] = [
    {
      id: "communes-fill",
      type: "fill",
      ...on,
      filter: hasValue(options),
      paint: { "fill-color": fillColour(options), "fill-opacity": opacity, "fill-antialias": false },
    },
    {
      id: "communes-no-data",
      type: "fill",
      ...on,
      filter: ["!", hasValue(options)],
      paint: { "fill-color": palette.noData, "fill-opacity": opacity, "fill-antialias": false },
    },
    {
      id: "communes-no-data-hatch",
      type: "fill",
      ...on,
      filter: ["!", hasValue(options)],
      paint: { "fill-pattern": patternName("no-data", theme), "fill-opacity": opacity },
    },
  ];
  if (paint === "level") {
    layers.push({
      id: "communes-may-be",
      type: "fill",
      ...on,
      filter: ["all", hasValue(options), [">", POSSIBLE_LEVEL, LEVEL]],
      paint: {
        "fill-pattern": ["match", POSSIBLE_LEVEL, ...mayBePatterns(theme), patternName("may-be-2", theme)] as never,
        "fill-opacity": opacity,
      },
    });
  }
  if (options.patterns && paint === "level") {
    layers.push({
      id: "communes-pattern",
      type: "fill",
      ...on,
      filter: [">=", LEVEL, 2],
      paint: {
        "fill-pattern": ["match", LEVEL, ...levelPatterns(theme), patternName("level-2", theme)] as never,
        "fill-opacity": opacity,
      },
    });
  }
  return layers;
}

function mayBePatterns(theme: "light" | "dark"): (number | string)[] {
  const ids: [number, PatternId][] = [
    [3, "may-be-3"],
    [4, "may-be-4"],
  ];
  return ids.flatMap(([level, id]) => [level, patternName(id, theme)]);
}

function levelPatterns(theme: "light" | "dark"): (number | string)[] {
  const ids: [number, PatternId][] = [
    [2, "level-2"],
    [3, "level-3"],
    [4, "level-4"],
  ];
  return ids.flatMap(([level, id]) => [level, patternName(id, theme)]);
}

/** Outlines: blurred where the outline is approximate, so that nobody takes it for a legal line. */
function borderLayers({ palette }: LayerOptions): LayerSpecification[] {
  const on = { source: "communes", "source-layer": "communes" } as const;
  const approximate: ExpressionSpecification = ["==", ["get", "boundary_quality"], "approximate"];
  const paint = {
    "line-color": palette.border,
    "line-width": byZoom([5, 0.2], [8, 0.5], [11, 1], [14, 1.6]),
    "line-opacity": byZoom([5, 0.15], [7.5, 0.3], [9, 0.6], [12, 0.8]),
  };
  return [
    { id: "communes-border", type: "line", ...on, filter: ["!", approximate], paint },
    {
      id: "communes-border-approximate",
      type: "line",
      ...on,
      filter: approximate,
      paint: {
        ...paint,
        "line-width": byZoom([5, 0.3], [8, 1.2], [11, 3], [14, 6]),
        "line-blur": byZoom([8, 0.6], [11, 2], [14, 4]),
      },
    },
  ];
}

function highlightLayers({ palette }: LayerOptions): LayerSpecification[] {
  const on = { source: "communes", "source-layer": "communes" } as const;
  const shown = (width: number): ExpressionSpecification => ["case", SELECTED, width, HOVERED, width * 0.5, 0];
  return [
    {
      id: "communes-selected-casing",
      type: "line",
      ...on,
      layout: { "line-join": "round" },
      paint: { "line-color": palette.selectedCasing, "line-width": shown(7), "line-opacity": 0.9 },
    },
    {
      id: "communes-selected",
      type: "line",
      ...on,
      layout: { "line-join": "round" },
      paint: { "line-color": palette.selected, "line-width": shown(3.5) },
    },
  ];
}

function greenLayers({ palette, theme, opacity }: LayerOptions): LayerSpecification[] {
  const on = { source: "green_zones", "source-layer": "green_zones" } as const;
  return [
    {
      id: "green-zones-fill",
      type: "fill",
      ...on,
      minzoom: GREEN_FROM,
      paint: { "fill-pattern": patternName("green-zone", theme), "fill-opacity": opacity },
    },
    {
      id: "green-zones-line",
      type: "line",
      ...on,
      minzoom: GREEN_FROM,
      paint: { "line-color": palette.green, "line-width": byZoom([GREEN_FROM, 0.3], [12, 2]), "line-offset": 1 },
    },
  ];
}

function bufferLayers({ palette, opacity }: LayerOptions): LayerSpecification[] {
  const on = { source: "buffer_zones", "source-layer": "buffer_zones" } as const;
  return [
    {
      id: "buffer-zones-fill",
      type: "fill",
      ...on,
      paint: { "fill-color": palette.buffer, "fill-opacity": 0.18 * opacity, "fill-antialias": false },
    },
    {
      id: "buffer-zones-line",
      type: "line",
      ...on,
      paint: {
        "line-color": palette.buffer,
        "line-width": byZoom([7, 0.8], [12, 2]),
        "line-dasharray": [0.5, 2],
      },
      layout: { "line-cap": "round" },
    },
  ];
}

function zoneLayers(options: LayerOptions, certainty: "certain" | "possible"): LayerSpecification[] {
  const { palette, theme, opacity } = options;
  const on = { source: "containment_zones", "source-layer": "containment_zones" } as const;
  const filter: ExpressionSpecification = ["==", ["get", "certainty"], certainty];
  const width: ExpressionSpecification = [
    "interpolate",
    ["linear"],
    ["zoom"],
    5,
    ["case", SELECTED, 2, HOVERED, 1, 0.4],
    8,
    ["case", SELECTED, 3, HOVERED, 2, 1.2],
    12,
    ["case", SELECTED, 6, HOVERED, 4, 2.6],
  ];
  return [
    {
      id: `${certainty}-zones-fill`,
      type: "fill",
      ...on,
      filter,
      paint: {
        "fill-pattern": patternName(certainty === "certain" ? "zone-certain" : "zone-possible", theme),
        "fill-opacity": opacity,
      },
    },
    {
      id: `${certainty}-zones-line`,
      type: "line",
      ...on,
      filter,
      layout: { "line-join": "round" },
      paint: {
        "line-color": palette.containment,
        "line-width": width,
        ...(certainty === "possible" ? { "line-dasharray": [2.5, 1.5] } : {}),
      },
    },
  ];
}

/**
 * Ground that zones gained and lost: two patterns, so that nobody needs their colours to tell them apart.
 * Of possible zones only a broken outline: nobody is locked in by them.
 */
function changeLayers({ palette, theme }: LayerOptions): LayerSpecification[] {
  const ground = (part: string, certainty: string): ExpressionSpecification => [
    "all",
    ["==", ["get", "layer"], "containment_zones"],
    ["==", ["get", "part"], part],
    ["==", ["get", "certainty"], certainty],
  ];
  const layersOf = (part: "added" | "removed"): LayerSpecification[] => {
    const colour = part === "added" ? palette.added : palette.removed;
    const paint = { "line-color": colour, "line-width": byZoom([6, 1.2], [12, 3]) };
    return [
      {
        id: `changes-${part}-possible`,
        type: "line",
        source: "changes",
        filter: ground(part, "possible"),
        paint: { ...paint, "line-dasharray": [2, 1.5] },
      },
      {
        id: `changes-${part}-fill`,
        type: "fill",
        source: "changes",
        filter: ground(part, "certain"),
        paint: { "fill-pattern": patternName(`ground-${part}`, theme) },
      },
      {
        id: `changes-${part}-line`,
        type: "line",
        source: "changes",
        filter: ground(part, "certain"),
        layout: { "line-join": "round" },
        paint,
      },
    ];
  };
  return [...layersOf("removed"), ...layersOf("added")];
}

/** Whether a feature stands for several points. */
const GATHERED: ExpressionSpecification = ["has", "point_count"];

function pointLayers({ palette }: LayerOptions, toggle: "facilities" | "checkpoints"): LayerSpecification[] {
  const colour = toggle === "facilities" ? palette.facility : palette.checkpoint;
  const on = { source: toggle, "source-layer": toggle } as const;
  const minzoom = toggle === "facilities" ? 10.2 : 9;
  const radius = (alone: number, several: number): ExpressionSpecification => ["case", GATHERED, several, alone];
  return [
    {
      id: `${toggle}-points`,
      type: "circle",
      ...on,
      minzoom,
      paint: {
        "circle-color": colour,
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 9, radius(2, 8), 12, radius(4, 11), 15, radius(7, 14)],
        "circle-stroke-color": palette.halo,
        "circle-stroke-width": 1.2,
      },
    },
    {
      id: `${toggle}-counts`,
      type: "symbol",
      ...on,
      minzoom,
      filter: GATHERED,
      layout: {
        "text-field": ["to-string", ["get", "point_count"]],
        "text-font": FONT,
        "text-size": 11,
        "text-allow-overlap": true,
      },
      paint: { "text-color": palette.halo },
    },
    {
      id: `${toggle}-names`,
      type: "symbol",
      ...on,
      minzoom: 13,
      layout: {
        "text-field": ["get", "name"],
        "text-font": FONT,
        "text-size": 12,
        "text-anchor": "top",
        "text-offset": [0, 0.7],
        "text-optional": true,
      },
      paint: { "text-color": palette.text, "text-halo-color": palette.halo, "text-halo-width": 1.4 },
    },
  ];
}

/** A count on a circle: `<5` or, for at least so many, `6+` where the communes tell only ranges. */
const COUNTED: ExpressionSpecification = [
  "case",
  ["<=", ["get", "most"], ["get", "cases"]],
  ["to-string", ["get", "cases"]],
  ["<=", ["get", "cases"], 1],
  ["concat", "<", ["to-string", ["+", ["get", "most"], 1]]],
  ["concat", ["to-string", ["get", "cases"]], "+"],
];

/** New cases of the window, one circle for a commune; further out, one for several, with their sum. */
function caseLayers({ palette }: LayerOptions): LayerSpecification[] {
  const count: ExpressionSpecification = ["get", "cases"];
  const radius: ExpressionSpecification = ["interpolate", ["linear"], ["sqrt", count], 1, 9, 10, 16, 50, 34];
  return [
    {
      id: "cases-circles",
      type: "circle",
      source: "cases",
      paint: {
        "circle-color": palette.cases,
        "circle-opacity": 0.85,
        "circle-radius": radius,
        "circle-stroke-color": palette.halo,
        "circle-stroke-width": 1.5,
      },
      layout: { "circle-sort-key": ["-", count] },
    },
    {
      id: "cases-counts",
      type: "symbol",
      source: "cases",
      layout: { "text-field": COUNTED, "text-font": FONT, "text-size": 11, "text-allow-overlap": true },
      paint: { "text-color": palette.halo },
    },
  ];
}

/** Names and level numbers: the number says the level to those who cannot tell the colours. */
function labelLayers({ palette, paint }: LayerOptions): LayerSpecification[] {
  const colours = { "text-halo-color": palette.halo, "text-halo-width": 1.6, "text-halo-blur": 0.4 };
  const number: ExpressionSpecification = ["case", [">", ["get", "level"], 0], ["to-string", ["get", "level"]], "–"];
  const named: ExpressionSpecification =
    paint === "level"
      ? ["format", number, { "font-scale": 1.15 }, "\n", {}, ["get", "name"], { "font-scale": 0.95 }]
      : ["get", "name"];
  return [
    {
      id: "labels-provinces",
      type: "symbol",
      source: "province-labels",
      maxzoom: 9.5,
      layout: {
        "text-field": ["get", "name"],
        "text-font": FONT,
        "text-size": byZoom([5, 11], [9, 17]),
        "text-max-width": 7,
        "text-padding": 6,
      },
      paint: { ...colours, "text-color": palette.provinceText, "text-halo-width": 2.2 },
    },
    {
      id: "labels-levels",
      type: "symbol",
      source: "labels",
      minzoom: 7.5,
      maxzoom: 10.2,
      // What has no data is hatched; a dash on each of 3,000 communes would say no more.
      filter: paint === "level" ? [">", ["get", "level"], 0] : false,
      layout: {
        "text-field": number,
        "text-font": FONT,
        "text-size": byZoom([7.5, 9], [10, 13]),
        "symbol-sort-key": ["-", ["get", "level"]],
        "text-padding": 3,
      },
      paint: { ...colours, "text-color": palette.text },
    },
    {
      id: "labels-communes",
      type: "symbol",
      source: "labels",
      minzoom: 10.2,
      layout: {
        "text-field": named,
        "text-font": FONT,
        "text-size": byZoom([10.2, 11], [14, 15]),
        "text-max-width": 9,
        "text-line-height": 1.1,
        "symbol-sort-key": ["-", ["get", "level"]],
        "text-padding": 3,
      },
      paint: { ...colours, "text-color": palette.text },
    },
  ];
}

/** Every layer of the map, lowest first; what is switched off or absent is left out. */
export function mapLayers(options: LayerOptions): LayerSpecification[] {
  const shown = (toggle: Toggle): boolean =>
    options.available.includes(TOGGLE_SOURCE[toggle]) && !options.hidden.includes(toggle);
  const has = (layer: string): boolean => options.available.includes(layer);
  return [
    { id: "background", type: "background", paint: { "background-color": options.palette.background } },
    ...(shown("levels") ? communeLayers(options) : []),
    ...(shown("green_zones") ? greenLayers(options) : []),
    ...(has("communes") ? [communeTarget(), ...borderLayers(options)] : []),
    ...(shown("buffer_zones") ? bufferLayers(options) : []),
    ...(shown("possible_zones") ? zoneLayers(options, "possible") : []),
    ...(shown("containment_zones") ? zoneLayers(options, "certain") : []),
    ...(options.changes ? changeLayers(options) : []),
    ...(has("communes") ? highlightLayers(options) : []),
    ...overlayLayers(options.overlay, options.palette),
    ...(shown("facilities") ? pointLayers(options, "facilities") : []),
    ...(shown("checkpoints") ? pointLayers(options, "checkpoints") : []),
    ...(shown("labels") ? labelLayers(options) : []),
    ...(options.cases && has("communes") ? caseLayers(options) : []),
  ];
}

/** An invisible fill: a commune can be clicked with every other layer off. */
function communeTarget(): LayerSpecification {
  return {
    id: "communes-target",
    type: "fill",
    source: "communes",
    "source-layer": "communes",
    paint: { "fill-color": "#000000", "fill-opacity": 0 },
  };
}

import assert from "node:assert/strict";
import { test } from "node:test";

import { validateStyleMin } from "@maplibre/maplibre-gl-style-spec";

import type { BaseMap, LayerInfo } from "../src/api/types.ts";
import type { Paint } from "../src/state.ts";
import { TOGGLES, mapLayers } from "../src/styles/layers.ts";
import { NO_OVERLAY, type Overlay } from "../src/map/overlay.ts";
import { DARK, LEVEL_COLOURS, LIGHT } from "../src/styles/palette.ts";
import { PATTERN_IDS, parsePatternName, patternImage, patternName } from "../src/styles/patterns.ts";
import { DRAWN, NO_POINTS, mapStyle, tileJsonUrl } from "../src/styles/style.ts";

const BASE = "http://localhost:8000/";
const LAYERS: LayerInfo[] = DRAWN.map((id) => ({
  id,
  title_vi: id,
  title_en: id,
  geometry: "polygon",
  tilejson: `${BASE}tiles/${id}.json`,
}));

function style(change: { paint?: Paint; hidden?: string[]; theme?: "light" | "dark"; patterns?: boolean; since?: string; cases?: boolean; overlay?: Overlay; baseMap?: BaseMap } = {}) {
  return mapStyle({
    layers: LAYERS,
    digest: "d".repeat(64),
    base: BASE,
    since: change.since ?? null,
    fonts: { "Be Vietnam Pro": [{ url: `${BASE}f.woff2`, "unicode-range": ["U+0000-00FF"] }] },
    palette: change.theme === "dark" ? DARK : LIGHT,
    theme: change.theme ?? "light",
    paint: change.paint ?? "level",
    band: "dose2_50_plus",
    cases: change.cases ?? false,
    casePoints: NO_POINTS,
    opacity: 0.8,
    patterns: change.patterns ?? false,
    hidden: change.hidden ?? [],
    labels: NO_POINTS,
    provinceLabels: NO_POINTS,
    overlay: change.overlay ?? NO_OVERLAY,
    baseMap: change.baseMap ?? null,
  });
}

test("every style is valid by the specification", () => {
  for (const paint of ["level", "coverage", "rate"] as const) {
    for (const theme of ["light", "dark"] as const) {
      for (const patterns of [true, false]) {
        assert.deepEqual(validateStyleMin(style({ paint, theme, patterns })), []);
      }
    }
  }
});

test("a base map lies beneath everything, and only where it is asked for", () => {
  const given = { tiles: "api/v1/base-map/{z}/{x}/{y}", minzoom: 0, maxzoom: 14, bounds: [102, 8, 110, 24] as [number, number, number, number], attribution: "©" };
  const raster: BaseMap = { kind: "raster", layers: [], ...given };
  const vector: BaseMap = { kind: "vector", layers: ["roads", "water", "places"], ...given };
  for (const baseMap of [raster, vector]) {
    for (const theme of ["light", "dark"] as const) {
      const drawn = style({ baseMap, theme });
      assert.deepEqual(validateStyleMin(drawn), []);
      const order = drawn.layers.map(({ id }) => id);
      assert.equal(order[0], "background");
      assert.ok(order.filter((id) => id.startsWith("base-map")).every((id) => order.indexOf(id) < order.indexOf("communes-fill")));
      assert.match(JSON.stringify(drawn.sources["base-map"]), /http:\/\/localhost:8000\/api\/v1\/base-map/);
    }
  }
  const roads = style({ baseMap: vector }).layers.map(({ id }) => id).filter((id) => id.startsWith("base-map"));
  assert.deepEqual(roads, ["base-map-water", "base-map-roads-lines", "base-map-water-lines"]);
  assert.equal(style().sources["base-map"], undefined);
});

test("coverage is read from its own tiles, which are asked for only where it is shown", () => {
  assert.equal(style().sources["coverage"], undefined);
  const covered = style({ paint: "coverage" });
  const fill = covered.layers.find(({ id }) => id === "communes-fill");
  assert.equal(fill && "source" in fill && fill.source, "coverage");
  assert.match(JSON.stringify(fill), /dose2_50_plus_percent/);
});

test("cases stand on the map as circles, summed where they are gathered", () => {
  assert.deepEqual(validateStyleMin(style({ cases: true })), []);
  assert.ok(style({ cases: true }).layers.some(({ id }) => id === "cases-circles"));
  assert.ok(!style().layers.some(({ id }) => id.startsWith("cases")));
});

test("a comparison draws the ground that came and the ground that went, and nothing without one", () => {
  const since = "c".repeat(64);
  const compared = style({ since });
  assert.deepEqual(validateStyleMin(compared), []);
  assert.deepEqual(compared.sources["changes"], {
    type: "geojson",
    data: `${BASE}api/v1/releases/${since}/diff/${"d".repeat(64)}?f=geojson`,
  });
  const drawn = compared.layers.map((layer) => layer.id).filter((id) => id.startsWith("changes-"));
  const parts = ["possible", "fill", "line"];
  assert.deepEqual(drawn, ["removed", "added"].flatMap((name) => parts.map((part) => `changes-${name}-${part}`)));
  assert.ok(!style().layers.some((layer) => layer.id.startsWith("changes-")));
});

test("the levels have the legal colours", () => {
  assert.deepEqual(LEVEL_COLOURS, { 1: "#0FA57F", 2: "#F1BA15", 3: "#F28E12", 4: "#DA4711" });
  const fill = style().layers.find((layer) => layer.id === "communes-fill");
  const text = JSON.stringify(fill);
  for (const colour of Object.values(LEVEL_COLOURS)) assert.ok(text.includes(colour), colour);
});

test("each toggle takes away what it names and nothing else", () => {
  const all = style().layers.map((layer) => layer.id);
  for (const toggle of TOGGLES) {
    const left = style({ hidden: [toggle] }).layers.map((layer) => layer.id);
    assert.ok(left.length < all.length, toggle);
    assert.deepEqual(all.filter((id) => left.includes(id)), left, "the order stays");
  }
  const bare = style({ hidden: [...TOGGLES] }).layers.map((layer) => layer.id);
  assert.ok(bare.includes("communes-target"), "a commune can still be clicked");
});

test("what the desk tries out is drawn over the zones, and valid by the specification", () => {
  const nothing = { type: "FeatureCollection" as const, features: [] };
  const tried = style({ overlay: { zones: nothing, candidates: nothing } });
  assert.deepEqual(validateStyleMin(tried), []);
  const ids = tried.layers.map(({ id }) => id);
  assert.ok(ids.indexOf("trial-line") > ids.indexOf("certain-zones-line"));
  assert.ok(ids.includes("candidates-number"));
  assert.ok(style().layers.every(({ id }) => !id.startsWith("trial") && !id.startsWith("candidates")));
});

test("a layer the release does not have is not drawn", () => {
  const options = { palette: LIGHT, theme: "light", paint: "level", band: "dose1_18_plus", cases: false, opacity: 1, patterns: false, hidden: [], changes: false, overlay: NO_OVERLAY } as const;
  const drawn = mapLayers({ ...options, available: ["communes"] });
  assert.ok(drawn.every((layer) => !("source" in layer) || ["communes", "labels", "province-labels"].includes(layer.source)));
});

test("every source is of this release", () => {
  for (const source of Object.values(style().sources)) {
    if (source.type === "vector") assert.match(source.url ?? "", new RegExp(`[?&]release=${"d".repeat(64)}$`));
  }
  const named = { ...LAYERS[0]!, tilejson: `${BASE}tiles/communes.json?release=abc` };
  assert.equal(tileJsonUrl(named, "d", BASE), named.tilejson, "a release that is named already stays");
});

test("patterns repeat without a seam and are not empty", () => {
  for (const id of PATTERN_IDS) {
    const { width, height, data } = patternImage(id, LIGHT);
    assert.equal(data.length, width * height * 4);
    const alphas = data.filter((_, i) => i % 4 === 3);
    const inked = alphas.filter((alpha) => alpha > 0).length / alphas.length;
    assert.ok(inked > 0.02 && inked < 0.9, `${id}: ${inked}`);
    assert.deepEqual(parsePatternName(patternName(id, "dark")), { id, theme: "dark" });
  }
  assert.equal(parsePatternName("light:tartan"), null);
});

/** Relative luminance, as WCAG 2 defines it. */
function luminance(colour: string): number {
  const channel = (start: number): number => {
    const part = Number.parseInt(colour.slice(start, start + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high! + 0.05) / (low! + 0.05);
}

test("the outline of a zone stands out on every level", () => {
  for (const colour of Object.values(LEVEL_COLOURS)) {
    assert.ok(contrast(LIGHT.containment, colour) >= 3, `containment on ${colour}`);
  }
});

test("a commune that may be at a higher level is striped in that level's colour", () => {
  const stripes = style().layers.find((layer) => layer.id === "communes-may-be");
  const text = JSON.stringify(stripes);
  assert.ok(text.includes("possible_level"));
  for (const id of ["may-be-2", "may-be-3", "may-be-4"] as const) {
    assert.ok(text.includes(patternName(id, "light")), id);
    const image = patternImage(id, LIGHT);
    const strong = [...image.data].filter((value, at) => at % 4 === 3 && value > 200).length;
    const share = strong / (image.width * image.height);
    assert.ok(share > 0.15 && share < 0.6, `${id} covers ${share}`);
  }
  assert.equal(style({ paint: "rate" }).layers.some((layer) => layer.id === "communes-may-be"), false);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { afterKey, atPointer } from "../src/compare/divider.ts";
import { DEFAULT_STATE, type ViewState, comparedWith, formatState, parseState, toggled } from "../src/state.ts";

const FULL: ViewState = {
  language: "en",
  theme: "dark",
  paint: "rate",
  band: "dose2_12_18",
  cases: true,
  base: true,
  release: "ab".repeat(32),
  draft: "ef".repeat(32),
  camera: { zoom: 9.25, lat: 21.0285, lon: 105.8542 },
  selection: { kind: "commune", code: "00004" },
  beside: "cd".repeat(32),
  split: 0.375,
  hidden: ["buffer_zones", "labels"],
  opacity: 0.55,
  patterns: true,
};

test("a link holds the whole state", () => {
  assert.deepEqual(parseState(formatState(FULL)), FULL);
  const zone: ViewState = { ...DEFAULT_STATE, selection: { kind: "zone", id: "Z-1.a:b" } };
  assert.deepEqual(parseState(formatState(zone)), zone);
});

test("a comparison is part of the link, and only a digest is one", () => {
  const since = "cd".repeat(32);
  const compared: ViewState = { ...DEFAULT_STATE, selection: { kind: "changes", since } };
  assert.deepEqual(parseState(formatState(compared)), compared);
  assert.equal(comparedWith(compared), since);
  assert.equal(comparedWith(FULL), null);
  assert.equal(parseState("#since=../../etc").selection, null);
});

test("writing what was read changes nothing", () => {
  for (const state of [DEFAULT_STATE, FULL]) {
    const link = formatState(state);
    assert.equal(formatState(parseState(link)), link);
  }
});

test("an address without a fragment is the default state, in Vietnamese", () => {
  assert.deepEqual(parseState(""), DEFAULT_STATE);
  assert.equal(parseState("#").language, "vi");
});

test("what cannot be understood falls back, field by field", () => {
  const state = parseState(
    "#map=x/1/2&lang=fr&release=../../etc&commune=<script>&opacity=7&paint=rainbow&theme=pink&hide=a b,levels",
  );
  assert.deepEqual(state, { ...DEFAULT_STATE, hidden: ["levels"] });
  for (const map of ["", "5", "5/91/0", "5/10/200", "-1/10/10", "5//106"]) {
    assert.equal(parseState(`#map=${map}`).camera, null, map);
  }
});

test("preferences hold where the link says nothing, and the link wins", () => {
  const preferred: ViewState = { ...DEFAULT_STATE, language: "en", theme: "dark" };
  assert.equal(parseState("", preferred).language, "en");
  assert.equal(parseState("#lang=vi", preferred).language, "vi");
  assert.equal(parseState("#lang=vi", preferred).theme, "dark");
});

test("switching a layer twice leaves it as it was", () => {
  assert.deepEqual(toggled([], "labels"), ["labels"]);
  assert.deepEqual(toggled(toggled(["levels"], "labels"), "labels"), ["levels"]);
});

test("the divider goes by keys as far as its limits, and other keys are not its own", () => {
  const limits = { least: 0.3, most: 0.9 };
  assert.equal(afterKey("ArrowRight", 0.5, limits), 0.52);
  assert.equal(afterKey("PageDown", 0.35, limits), 0.3);
  assert.equal(afterKey("End", 0.5, limits), 0.9);
  assert.equal(afterKey("Enter", 0.5, limits), null);
  assert.equal(atPointer(450, { left: 50, width: 800 }, limits), 0.5);
  assert.equal(atPointer(-20, { left: 50, width: 800 }, limits), 0.3);
});

test("the live draft is part of the link, and what is no draft is none", () => {
  const live: ViewState = { ...DEFAULT_STATE, draft: "live" };
  assert.deepEqual(parseState(formatState(live)), live);
  assert.equal(parseState("#draft=latest").draft, null);
});

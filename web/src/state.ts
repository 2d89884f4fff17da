/** What the reader has chosen. The address bar holds all of it: a link reproduces the view. */

export type Language = "vi" | "en";
export type Theme = "auto" | "light" | "dark";
/** What the communes are coloured by. */
export type Paint = "level" | "coverage" | "rate";

export interface Camera {
  zoom: number;
  lat: number;
  lon: number;
}

export type Selection =
  | { kind: "commune"; code: string }
  | { kind: "zone"; id: string }
  /** What changed since another release, named by its digest. */
  | { kind: "changes"; since: string }
  /** The desk of analysts: a what-if with its parameters, a doubtful address, the drafts. */
  | { kind: "desk"; tab: DeskTab; tried?: Partial<Record<TriedName, number>>; place?: string };

export type DeskTab = "what-if" | "review" | "drafts";
export type TriedName = "radius_m" | "days" | "buffer_m" | "caution";

export interface ViewState {
  language: Language;
  theme: Theme;
  paint: Paint;
  /** Doses and ages of the coverage shown, such as `dose2_50_plus`. */
  band: string;
  /** Whether new cases stand on the map as circles. */
  cases: boolean;
  /** Whether the base map lies beneath, where one is configured. */
  base: boolean;
  /** Digest of a release; `null` follows the current one. */
  release: string | null;
  /** A draft in the place of a release: its identifier, or `live`. */
  draft: string | null;
  camera: Camera | null;
  selection: Selection | null;
  /** Digest of the release shown on the left of the divider, if two are shown. */
  beside: string | null;
  /** Where the divider is, as a part of the width from the left. */
  split: number;
  /** Layer toggles that are off. */
  hidden: readonly string[];
  /** Opacity of the fills, 0.1 to 1. */
  opacity: number;
  /** Whether levels also carry a pattern. */
  patterns: boolean;
}

export const DEFAULT_STATE: ViewState = {
  language: "vi",
  theme: "auto",
  paint: "level",
  band: "dose1_18_plus",
  cases: false,
  base: false,
  release: null,
  draft: null,
  camera: null,
  selection: null,
  beside: null,
  split: 0.5,
  hidden: [],
  opacity: 0.8,
  patterns: false,
};

const DIGEST = /^[0-9a-f]{64}$/;
const BAND = /^dose\d_\d{1,3}_(\d{1,3}|plus)$/;
const NAME = /^[\w.:-]{1,128}$/u;

function oneOf<T extends string>(value: string | null, allowed: readonly T[], otherwise: T): T {
  return allowed.find((candidate) => candidate === value) ?? otherwise;
}

function parseCamera(text: string | null): Camera | null {
  const [zoom, lat, lon] = (text ?? "").split("/").map((part) => (part.trim() === "" ? NaN : Number(part)));
  if (zoom === undefined || lat === undefined || lon === undefined) return null;
  const valid = zoom >= 0 && zoom <= 24 && Math.abs(lat) <= 85 && Math.abs(lon) <= 180;
  return valid ? { zoom, lat, lon } : null;
}

/** Parameters of a what-if in an address, with the least and the most of each. */
const TRIED: Readonly<Record<TriedName, readonly [string, number, number]>> = {
  radius_m: ["radius", 10, 20_000],
  days: ["days", 1, 60],
  buffer_m: ["buffer", 0, 50_000],
  caution: ["caution", 0, 1],
};
const TRIED_NAMES = Object.keys(TRIED) as TriedName[];
const PLACE = /^p\d{1,12}$/;

function parseDesk(fields: URLSearchParams): Selection | null {
  const tab = (["what-if", "review", "drafts"] as const).find((name) => name === fields.get("desk"));
  if (!tab) return null;
  const tried: Partial<Record<TriedName, number>> = {};
  for (const name of TRIED_NAMES) {
    const [field, least, most] = TRIED[name];
    const value = parsePart(fields.get(field), least, most, NaN);
    if (!Number.isNaN(value)) tried[name] = value;
  }
  const place = fields.get("place");
  return {
    kind: "desk",
    tab,
    ...(tab === "what-if" && Object.keys(tried).length > 0 ? { tried } : {}),
    ...(tab === "review" && place !== null && PLACE.test(place) ? { place } : {}),
  };
}

function formatDesk(selection: Selection & { kind: "desk" }): string[] {
  const tried = TRIED_NAMES.flatMap((name) => {
    const value = selection.tried?.[name];
    return value === undefined ? [] : [`${TRIED[name][0]}=${value}`];
  });
  return [`desk=${selection.tab}`, ...tried, ...(selection.place === undefined ? [] : [`place=${selection.place}`])];
}

function parseSelection(fields: URLSearchParams): Selection | null {
  const code = fields.get("commune");
  if (code !== null && NAME.test(code)) return { kind: "commune", code };
  const id = fields.get("zone");
  if (id !== null && NAME.test(id)) return { kind: "zone", id };
  const since = parseDigest(fields.get("since"));
  if (since !== null) return { kind: "changes", since };
  return parseDesk(fields);
}

function parsePart(text: string | null, least: number, most: number, otherwise: number): number {
  const value = Number(text);
  return text !== null && text !== "" && value >= least && value <= most ? value : otherwise;
}

function parseDigest(text: string | null): string | null {
  return text !== null && DIGEST.test(text) ? text : null;
}

/** Read the state of an address; what cannot be understood falls back, field by field. */
export function parseState(hash: string, otherwise: ViewState = DEFAULT_STATE): ViewState {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const hidden = (fields.get("hide") ?? "").split(",").filter((name) => NAME.test(name));
  return {
    language: oneOf(fields.get("lang"), ["vi", "en"], otherwise.language),
    theme: oneOf(fields.get("theme"), ["auto", "light", "dark"], otherwise.theme),
    paint: oneOf(fields.get("paint"), ["level", "coverage", "rate"], otherwise.paint),
    band: BAND.test(fields.get("band") ?? "") ? (fields.get("band") ?? "") : DEFAULT_STATE.band,
    cases: fields.get("cases") === "1",
    base: fields.get("base") === "1",
    release: parseDigest(fields.get("release")),
    draft: fields.get("draft") === "live" ? "live" : parseDigest(fields.get("draft")),
    camera: parseCamera(fields.get("map")),
    selection: parseSelection(fields),
    hidden: fields.has("hide") ? [...new Set(hidden)].sort() : otherwise.hidden,
    beside: parseDigest(fields.get("beside")),
    split: parsePart(fields.get("split"), 0.05, 0.95, DEFAULT_STATE.split),
    opacity: parsePart(fields.get("opacity"), 0.1, 1, otherwise.opacity),
    patterns: fields.has("patterns") ? fields.get("patterns") === "1" : otherwise.patterns,
  };
}

function formatCamera(camera: Camera): string {
  const digits = Math.max(2, Math.ceil(camera.zoom / 3));
  return `${Number(camera.zoom.toFixed(2))}/${camera.lat.toFixed(digits)}/${camera.lon.toFixed(digits)}`;
}

/** Write the state as an address; the language is always in it, so that a link keeps it. */
export function formatState(state: ViewState): string {
  const fields: string[] = [];
  if (state.camera) fields.push(`map=${formatCamera(state.camera)}`);
  fields.push(`lang=${state.language}`);
  if (state.release) fields.push(`release=${state.release}`);
  if (state.draft) fields.push(`draft=${state.draft}`);
  if (state.selection?.kind === "commune") fields.push(`commune=${encodeURIComponent(state.selection.code)}`);
  if (state.selection?.kind === "zone") fields.push(`zone=${encodeURIComponent(state.selection.id)}`);
  if (state.selection?.kind === "changes") fields.push(`since=${state.selection.since}`);
  if (state.selection?.kind === "desk") fields.push(...formatDesk(state.selection));
  if (state.beside) fields.push(`beside=${state.beside}`);
  if (state.beside && state.split !== DEFAULT_STATE.split) fields.push(`split=${Number(state.split.toFixed(3))}`);
  if (state.paint !== "level") fields.push(`paint=${state.paint}`);
  if (state.band !== DEFAULT_STATE.band) fields.push(`band=${state.band}`);
  if (state.cases) fields.push("cases=1");
  if (state.base) fields.push("base=1");
  if (state.hidden.length > 0) fields.push(`hide=${[...state.hidden].sort().join(",")}`);
  if (state.opacity !== DEFAULT_STATE.opacity) fields.push(`opacity=${Number(state.opacity.toFixed(2))}`);
  if (state.patterns) fields.push("patterns=1");
  if (state.theme !== "auto") fields.push(`theme=${state.theme}`);
  return `#${fields.join("&")}`;
}

/** The release that the one shown is compared with, if any. */
export function comparedWith(state: ViewState): string | null {
  return state.selection?.kind === "changes" ? state.selection.since : null;
}

/** Switch one layer on or off. */
export function toggled(hidden: readonly string[], layer: string): string[] {
  return hidden.includes(layer) ? hidden.filter((name) => name !== layer) : [...hidden, layer].sort();
}

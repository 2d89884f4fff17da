/** Small repeating images, drawn pixel by pixel so that map and legend share them. */

import { LEVEL_COLOURS, type Palette } from "./palette.ts";

export interface PatternImage {
  width: number;
  height: number;
  data: Uint8ClampedArray<ArrayBuffer>;
}

export const PATTERN_IDS = [
  "no-data",
  "level-2",
  "level-3",
  "level-4",
  "may-be-2",
  "may-be-3",
  "may-be-4",
  "zone-certain",
  "zone-possible",
  "green-zone",
  "ground-added",
  "ground-removed",
] as const;
export type PatternId = (typeof PATTERN_IDS)[number];

/** Pixels of an image per pixel of the screen. */
export const PATTERN_RATIO = 2;

interface Rgb {
  r: number;
  g: number;
  b: number;
}

export function rgb(colour: string): Rgb {
  const value = Number.parseInt(colour.slice(1), 16);
  return { r: (value >> 16) & 255, g: (value >> 8) & 255, b: value & 255 };
}

/** Fill an image with `ink` at the strength (0 to 1) that `cover` gives for each pixel. */
function draw(size: number, ink: string, alpha: number, cover: (x: number, y: number) => number): PatternImage {
  const { r, g, b } = rgb(ink);
  const data = new Uint8ClampedArray(size * size * 4);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      data.set([r, g, b, Math.round(255 * alpha * cover(x, y))], (y * size + x) * 4);
    }
  }
  return { width: size, height: size, data };
}

/** Distance of `value` to the nearest multiple of `period`. */
function toMultiple(value: number, period: number): number {
  const rest = ((value % period) + period) % period;
  return Math.min(rest, period - rest);
}

/** Soft edge one pixel wide around a half width. */
function soft(distance: number, half: number): number {
  return Math.min(1, Math.max(0, half + 0.5 - distance));
}

function hatch(size: number, width: number, ink: string, alpha: number, slope: 1 | -1): PatternImage {
  const half = width / 2;
  return draw(size, ink, alpha, (x, y) => soft(toMultiple(x + slope * y, size) / Math.SQRT2, half));
}

function crossHatch(size: number, width: number, ink: string, alpha: number): PatternImage {
  const half = width / 2;
  return draw(size, ink, alpha, (x, y) =>
    Math.max(
      soft(toMultiple(x + y, size) / Math.SQRT2, half),
      soft(toMultiple(x - y, size) / Math.SQRT2, half),
    ),
  );
}

function dots(size: number, radius: number, ink: string, alpha: number): PatternImage {
  const centre = size / 2;
  return draw(size, ink, alpha, (x, y) => soft(Math.hypot(x + 0.5 - centre, y + 0.5 - centre), radius));
}

/** Draw one pattern in the colours of a theme. */
export function patternImage(id: PatternId, palette: Palette): PatternImage {
  switch (id) {
    case "no-data":
      return hatch(16, 2, palette.noDataHatch, 0.9, 1);
    case "level-2":
      return dots(16, 2.4, palette.patternInk, 0.55);
    case "level-3":
      return hatch(16, 2, palette.patternInk, 0.5, -1);
    case "level-4":
      return crossHatch(16, 2, palette.patternInk, 0.5);
    case "may-be-2":
      return hatch(20, 5, LEVEL_COLOURS[2], 0.95, -1);
    case "may-be-3":
      return hatch(20, 5, LEVEL_COLOURS[3], 0.95, -1);
    case "may-be-4":
      return hatch(20, 5, LEVEL_COLOURS[4], 0.95, -1);
    case "zone-certain":
      return hatch(12, 3, palette.containment, 0.75, 1);
    case "zone-possible":
      return dots(12, 1.5, palette.containment, 0.6);
    case "green-zone":
      return dots(20, 3, palette.green, 0.65);
    case "ground-added":
      return crossHatch(14, 3, palette.added, 0.9);
    case "ground-removed":
      return hatch(14, 4, palette.removed, 0.9, -1);
  }
}

/** Name of a pattern in a style: the theme is part of it, so that a change of theme redraws it. */
export function patternName(id: PatternId, theme: "light" | "dark"): string {
  return `${theme}:${id}`;
}

/** Read back what `patternName` wrote. */
export function parsePatternName(name: string): { id: PatternId; theme: "light" | "dark" } | null {
  const [theme, id] = name.split(":");
  const known = PATTERN_IDS.find((candidate) => candidate === id);
  return known && (theme === "light" || theme === "dark") ? { id: known, theme } : null;
}

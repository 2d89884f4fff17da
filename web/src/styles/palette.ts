/** Colours of the map. The four of the levels are the legal ones and never change with the theme. */
import type { Level } from "../api/types.ts";

export const LEVELS: readonly Level[] = [1, 2, 3, 4];

export const LEVEL_COLOURS: Readonly<Record<Level, string>> = {
  1: "#0FA57F",
  2: "#F1BA15",
  3: "#F28E12",
  4: "#DA4711",
};

export interface Palette {
  background: string;
  noData: string;
  noDataHatch: string;
  patternInk: string;
  border: string;
  provinceText: string;
  text: string;
  halo: string;
  selected: string;
  selectedCasing: string;
  containment: string;
  buffer: string;
  green: string;
  facility: string;
  checkpoint: string;
  cases: string;
  /** Ground that came under lockdown, and ground that was released. */
  added: string;
  removed: string;
  /** What the desk tries out over a release. */
  trial: string;
}

export const LIGHT: Palette = {
  background: "#e9eef2",
  noData: "#e4e8ec",
  noDataHatch: "#a3adb7",
  patternInk: "#3a2c12",
  border: "#34414e",
  provinceText: "#2b3947",
  text: "#111a23",
  halo: "#ffffff",
  selected: "#0b2a6b",
  selectedCasing: "#ffffff",
  containment: "#5b0220",
  buffer: "#2438a8",
  green: "#00523b",
  facility: "#0b4f86",
  checkpoint: "#111a23",
  cases: "#4a1486",
  added: "#8c1230",
  removed: "#0b3f9c",
  trial: "#6a1b9a",
};

export const DARK: Palette = {
  background: "#10161c",
  noData: "#2f363e",
  noDataHatch: "#6f7a85",
  patternInk: "#14100a",
  border: "#05080b",
  provinceText: "#dfe7ee",
  text: "#ffffff",
  halo: "#10161c",
  selected: "#ffffff",
  selectedCasing: "#0b1730",
  containment: "#ffdbe4",
  buffer: "#c3ceff",
  green: "#a6ffe3",
  facility: "#9bd3ff",
  checkpoint: "#ffffff",
  cases: "#d9c2ff",
  added: "#ff9db3",
  removed: "#9cc4ff",
  trial: "#e6b3ff",
};

/** A class of a sequential scale: values of `from` and more, below the next class. */
export interface ScaleClass {
  from: number;
  colour: string;
}

/** Vaccination coverage, percent. */
export const COVERAGE_SCALE: readonly ScaleClass[] = [
  { from: 0, colour: "#e3ecf7" },
  { from: 50, colour: "#b5cde9" },
  { from: 70, colour: "#7ba7d7" },
  { from: 80, colour: "#3f7dbd" },
  { from: 90, colour: "#14549b" },
  { from: 100.0001, colour: "#8e44ad" },
];

/** Cases per 100,000 people in the window of the rule; the bounds are those of Decision 4800. */
export const RATE_SCALE: readonly ScaleClass[] = [
  { from: 0, colour: "#f4ecdf" },
  { from: 0.0001, colour: "#f3cfa5" },
  { from: 20, colour: "#e39a6b" },
  { from: 50, colour: "#c05a4a" },
  { from: 150, colour: "#7c1d38" },
];

/** The sliders: which values they stop at. */
import type { Parameter } from "./client.ts";

const STOPS: Readonly<Record<Parameter, readonly number[]>> = {
  radius_m: [20, 30, 50, 75, 100, 150, 200, 250, 300, 400, 500, 750, 1000, 1500, 2000, 3000, 5000, 10_000],
  days: [3, 5, 7, 10, 14, 21, 28],
  buffer_m: [0, 100, 200, 300, 500, 800, 1000, 1500, 2000, 3000, 5000, 7000, 10_000],
  caution: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
};

export const PARAMETERS: readonly Parameter[] = ["radius_m", "days", "buffer_m", "caution"];

/** The stops of a slider, the value of the rules among them. */
export function stopsOf(parameter: Parameter, own: number): readonly number[] {
  return [...new Set([...STOPS[parameter], own])].sort((a, b) => a - b);
}

/** The stop nearest to a value. */
export function stopAt(stops: readonly number[], value: number): number {
  let best = 0;
  stops.forEach((stop, at) => {
    if (Math.abs(stop - value) < Math.abs((stops[best] ?? 0) - value)) best = at;
  });
  return best;
}

/** Radii to lay side by side: those of the slider around the one of the rules. */
export function radiiAround(own: number): readonly number[] {
  const stops = stopsOf("radius_m", own);
  const at = stopAt(stops, own);
  return stops.slice(Math.max(0, at - 4), at + 4);
}

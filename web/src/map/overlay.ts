/** What the desk draws over a release: perimeters that are tried, places an address may be, a pin. */
import type { LayerSpecification } from "maplibre-gl";

import type { Palette } from "../styles/palette.ts";

export interface Overlay {
  /** Perimeters of a what-if: `layer` is `containment` or `buffer`, `certainty` as of zones. */
  zones: GeoJSON.FeatureCollection | null;
  /** Outlines of candidates, each with its `number`. */
  candidates: GeoJSON.FeatureCollection | null;
}

export interface Pin {
  at: [number, number];
  moved(lon: number, lat: number): void;
}

export const NO_OVERLAY: Overlay = { zones: null, candidates: null };

/** Perimeters that are tried: told from those in force by a broken light line on a dark one, not by colour alone. */
function trialLayers({ trial, halo }: Palette): LayerSpecification[] {
  const certain = ["all", ["==", ["get", "layer"], "containment"], ["==", ["get", "certainty"], "certain"]];
  const possible = ["all", ["==", ["get", "layer"], "containment"], ["==", ["get", "certainty"], "possible"]];
  const layers = [
    {
      id: "trial-buffer",
      type: "line",
      source: "trial",
      filter: ["==", ["get", "layer"], "buffer"],
      layout: { "line-cap": "round" },
      paint: { "line-color": trial, "line-width": 1.6, "line-dasharray": [0.4, 2.2] },
    },
    {
      id: "trial-possible",
      type: "line",
      source: "trial",
      filter: possible,
      paint: { "line-color": trial, "line-width": 1, "line-dasharray": [5, 3], "line-opacity": 0.7 },
    },
    { id: "trial-fill", type: "fill", source: "trial", filter: certain, paint: { "fill-color": trial, "fill-opacity": 0.18 } },
    { id: "trial-line", type: "line", source: "trial", filter: certain, layout: { "line-join": "round" }, paint: { "line-color": trial, "line-width": 4 } },
    {
      id: "trial-line-broken",
      type: "line",
      source: "trial",
      filter: certain,
      paint: { "line-color": halo, "line-width": 1.4, "line-dasharray": [3, 2] },
    },
  ];
  return layers as LayerSpecification[];
}

function candidateLayers({ trial, halo }: Palette): LayerSpecification[] {
  return [
    { id: "candidates-fill", type: "fill", source: "candidates", paint: { "fill-color": trial, "fill-opacity": 0.16 } },
    { id: "candidates-casing", type: "line", source: "candidates", paint: { "line-color": halo, "line-width": 5 } },
    { id: "candidates-line", type: "line", source: "candidates", paint: { "line-color": trial, "line-width": 2.6 } },
    {
      id: "candidates-number",
      type: "symbol",
      source: "candidates",
      layout: {
        "text-field": ["to-string", ["get", "number"]],
        "text-font": ["Be Vietnam Pro"],
        "text-size": 26,
        "text-allow-overlap": true,
      },
      paint: { "text-color": trial, "text-halo-color": halo, "text-halo-width": 3 },
    },
  ];
}

export function overlayLayers(overlay: Overlay, palette: Palette): LayerSpecification[] {
  return [...(overlay.zones ? trialLayers(palette) : []), ...(overlay.candidates ? candidateLayers(palette) : [])];
}

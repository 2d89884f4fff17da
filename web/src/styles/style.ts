/** The whole style of the map, as a pure function of the release and of what the reader chose. */
import type { FontFacesSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";

import type { BaseMap, LayerInfo } from "../api/types.ts";
import { FILL_SHARE, baseLayers, baseSource } from "./base-map.ts";
import { type LayerOptions, mapLayers } from "./layers.ts";

type Points = GeoJSON.FeatureCollection<GeoJSON.Point>;

export interface StyleOptions extends Omit<LayerOptions, "available" | "changes"> {
  layers: readonly LayerInfo[];
  /** Digest of the release shown; every address of a tile carries it. */
  digest: string;
  base: string;
  /** Digest of the release that this one is compared with. */
  since: string | null;
  fonts: FontFacesSpecification;
  labels: Points;
  /** Where communes with new cases are, with their number. */
  casePoints: Points;
  provinceLabels: Points;
  /** The map beneath, if it is asked for and there is one. */
  baseMap?: BaseMap | null;
  /** Where it is served from: the page itself, also where a draft is shown. */
  baseAddress?: string;
}

/** Property that identifies a feature of each layer: what is highlighted is named by it. */
const KEY: Readonly<Record<string, string>> = {
  communes: "code",
  coverage: "code",
  green_zones: "code",
  containment_zones: "zone_id",
  buffer_zones: "zone_id",
  facilities: "facility_id",
  checkpoints: "checkpoint_id",
};

/** Layers of the service this map can draw. */
export const DRAWN: readonly string[] = Object.keys(KEY);

export const NO_POINTS: Points = { type: "FeatureCollection", features: [] };

/** Address of the TileJSON of a layer, for one release. */
export function tileJsonUrl(layer: LayerInfo, digest: string, base: string): string {
  const url = new URL(layer.tilejson, base);
  if (!url.searchParams.has("release")) url.searchParams.set("release", digest);
  return url.href;
}

/** Address of the ground that changed from one release to another. */
export function groundUrl(since: string, digest: string, base: string): string {
  return new URL(`api/v1/releases/${since}/diff/${digest}?f=geojson`, base).href;
}

export function mapStyle(options: StyleOptions): StyleSpecification {
  // Coverage lies on the same outlines as the levels: its tiles are asked for only where it is shown.
  const needed = (id: string): boolean => id !== "coverage" || options.paint === "coverage";
  const drawn = options.layers.filter((layer) => DRAWN.includes(layer.id) && needed(layer.id));
  const sources: Record<string, SourceSpecification> = {
    labels: { type: "geojson", data: options.labels },
    "province-labels": { type: "geojson", data: options.provinceLabels },
  };
  if (options.cases) {
    sources["cases"] = {
      type: "geojson",
      data: options.casePoints,
      cluster: true,
      clusterRadius: 44,
      clusterMaxZoom: 9,
      clusterProperties: { cases: ["+", ["get", "cases"]], most: ["+", ["get", "most"]] },
    };
  }
  if (options.since !== null) {
    sources["changes"] = { type: "geojson", data: groundUrl(options.since, options.digest, options.base) };
  }
  if (options.overlay.zones) sources["trial"] = { type: "geojson", data: options.overlay.zones };
  if (options.overlay.candidates) sources["candidates"] = { type: "geojson", data: options.overlay.candidates };
  for (const layer of drawn) {
    const key = KEY[layer.id];
    sources[layer.id] = {
      type: "vector",
      ...(layer.source ?? { url: tileJsonUrl(layer, options.digest, options.base) }),
      ...(key === undefined ? {} : { promoteId: { [layer.id]: key } }),
    };
  }
  const { baseMap } = options;
  const available = drawn.map((layer) => layer.id);
  const opacity = baseMap ? options.opacity * FILL_SHARE : options.opacity;
  const [ground, ...others] = mapLayers({ ...options, opacity, changes: options.since !== null, available });
  return {
    version: 8,
    name: "geozone",
    "font-faces": options.fonts,
    sources: baseMap ? { ...baseSource(baseMap, options.baseAddress ?? options.base), ...sources } : sources,
    layers: [...(ground ? [ground] : []), ...(baseMap ? baseLayers(baseMap, options.theme) : []), ...others],
  };
}

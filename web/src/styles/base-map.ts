/** The map beneath the map, where the service has one: pictures as they are, vectors in quiet colours of our own. */
import type { LayerSpecification, SourceSpecification } from "maplibre-gl";

import type { BaseMap } from "../api/types.ts";

/** How much of their strength fills keep above a base map: streets must show through. */
export const FILL_SHARE = 0.6;

const SOURCE = "base-map";

interface Ink {
  land: string;
  water: string;
  building: string;
  road: string;
}

const INK: Readonly<Record<"light" | "dark", Ink>> = {
  light: { land: "#e3ead9", water: "#a9cfe6", building: "#cfc8bf", road: "#7f8890" },
  dark: { land: "#1d2620", water: "#1c3a52", building: "#2c3138", road: "#8a949e" },
};

/** What the service wrote into the page; none where it has no base map. */
export function readBaseMap(page: Pick<Document, "querySelector">): BaseMap | null {
  const content = page.querySelector('meta[name="geozone-base-map"]')?.getAttribute("content");
  return content ? (JSON.parse(content) as BaseMap) : null;
}

export function baseSource(base: BaseMap, address: string): Record<string, SourceSpecification> {
  const { kind, minzoom, maxzoom, bounds } = base;
  const tiles = [`${address}${base.tiles}`];
  const shared = { tiles, minzoom, maxzoom, bounds };
  return { [SOURCE]: kind === "raster" ? { type: "raster", tileSize: 256, ...shared } : { type: "vector", ...shared } };
}

/** Drawn above the ground colour and below everything else, whatever schema the vectors have. */
export function baseLayers(base: BaseMap, theme: "light" | "dark"): LayerSpecification[] {
  if (base.kind === "raster") {
    const dimmed = theme === "dark" ? { "raster-brightness-max": 0.45, "raster-saturation": -0.5, "raster-contrast": 0.1 } : {};
    return [{ id: SOURCE, type: "raster", source: SOURCE, paint: dimmed }];
  }
  const drawn = base.layers.map((name) => vectorLayers(name, INK[theme]));
  // Areas first, lines last, in whatever order the file lists them.
  return [...drawn.flatMap(({ areas }) => areas), ...drawn.flatMap(({ lines }) => lines)];
}

function vectorLayers(name: string, ink: Ink): { areas: LayerSpecification[]; lines: LayerSpecification[] } {
  const on = { source: SOURCE, "source-layer": name };
  const area = (colour: string): LayerSpecification => ({
    id: `${SOURCE}-${name}`,
    type: "fill",
    ...on,
    filter: ["==", ["geometry-type"], "Polygon"],
    paint: { "fill-color": colour },
  });
  const line = (colour: string, width: number): LayerSpecification => ({
    id: `${SOURCE}-${name}-lines`,
    type: "line",
    ...on,
    filter: ["==", ["geometry-type"], "LineString"],
    paint: { "line-color": colour, "line-width": ["interpolate", ["exponential", 1.5], ["zoom"], 6, 0.3 * width, 16, 4 * width] },
  });
  if (/water|ocean|river/.test(name)) return { areas: [area(ink.water)], lines: [line(ink.water, 0.8)] };
  if (/building/.test(name)) return { areas: [area(ink.building)], lines: [] };
  if (/road|street|transport|highway|rail/.test(name)) return { areas: [], lines: [line(ink.road, 1)] };
  if (/land|earth|park|green|forest/.test(name)) return { areas: [area(ink.land)], lines: [] };
  return { areas: [], lines: [] };
}

/** The one owner of the map: nothing else talks to MapLibre. */
import "maplibre-gl/dist/maplibre-gl.css";

import {
  type GeoJSONSource,
  Map as MapLibre,
  type MapGeoJSONFeature,
  type MapMouseEvent,
  Marker,
  type PointLike,
  ScaleControl,
  setWorkerUrl,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";

import type { Box as Bounds, LayerInfo } from "../api/types.ts";
import { type Camera, type Language, type Selection, type ViewState, comparedWith, formatState } from "../state.ts";
import { readBaseMap } from "../styles/base-map.ts";
import { fontFaces } from "../styles/fonts.ts";
import { DARK, LIGHT } from "../styles/palette.ts";
import { PATTERN_RATIO, parsePatternName, patternImage } from "../styles/patterns.ts";
import { DRAWN, NO_POINTS, mapStyle } from "../styles/style.ts";
import { type Piece, communeLabels, provinceLabels, withCases } from "./labels.ts";
import { NO_OVERLAY, type Overlay, type Pin } from "./overlay.ts";

setWorkerUrl(new URL(workerUrl, import.meta.url).href);

export interface Padding {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

type Points = GeoJSON.FeatureCollection<GeoJSON.Point>;

export interface MapContent {
  layers: readonly LayerInfo[];
  digest: string;
  /** Where the answers about it are, if not those about releases. */
  base?: string;
}

export interface MapEvents {
  /** The map is being moved; told at every step. */
  moving?(camera: Camera): void;
  moved(camera: Camera): void;
  /** Something was clicked: the zone under the pointer if any, else the commune, else nothing. */
  picked(selection: Selection | null): void;
  failed(message: string): void;
}

interface Marked {
  source: string;
  id: string;
}

/** Below this zoom only provinces are named. */
const NAMES_FROM = 7.5;
const FIT_MAX_ZOOM = 13;
const PICKED_LAYERS = ["certain-zones-fill", "possible-zones-fill", "communes-target"];
const EMPTY = { layers: [], digest: "" } satisfies MapContent;

export class MapView {
  readonly #map: MapLibre;
  readonly #base: string;
  readonly #events: MapEvents;
  readonly #still: boolean;
  #content: MapContent = EMPTY;
  #labels = NO_POINTS;
  #provinceLabels = NO_POINTS;
  #casePoints = NO_POINTS;
  #cases = false;
  #overlay = NO_OVERLAY;
  #shown: [MapContent, ViewState, "light" | "dark"] | null = null;
  #pin: { marker: Marker; moved: Pin["moved"] } | null = null;
  #flag: Marker | null = null;
  #selected: Marked[] = [];
  #hovered: Marked[] = [];
  #touched = false;
  /** Whether the map is drawn and its labels with it. */
  #rested = false;
  readonly #baseMap = readBaseMap(document);
  /** What the style was last made of. */
  #madeOf: readonly unknown[] = [];

  constructor(
    container: HTMLElement,
    base: string,
    camera: Camera | null,
    events: MapEvents,
    still: boolean,
    headers: (address: string) => Record<string, string> = () => ({}),
  ) {
    this.#base = base;
    this.#events = events;
    this.#still = still;
    this.#map = new MapLibre({
      container,
      center: camera ? [camera.lon, camera.lat] : [106, 16.3],
      zoom: camera?.zoom ?? 4.6,
      maxZoom: 18,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      fadeDuration: still ? 0 : 200,
      refreshExpiredTiles: false,
      validateStyle: false, // the tests do: it takes as long as drawing
      transformRequest: (url) => {
        const address = new URL(url, base).href;
        return { url: address, headers: headers(address) };
      },
    });
    // A style that is given loads a frame later; what is added to none is there at once, and so is what follows.
    this.#map.addLayer({ id: "background", type: "background", paint: { "background-color": "rgba(0, 0, 0, 0)" } });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.keyboard.disableRotation();
    this.#map.addControl(new ScaleControl({ maxWidth: 120 }), "bottom-right");
    this.#map.setMissingStyleImageResolver(async (name) => this.#draw(name));
    this.#listen();
  }

  /** Draw a release as the reader wants it. */
  show(content: MapContent, state: ViewState, theme: "light" | "dark"): void {
    if (content.digest !== this.#content.digest) {
      this.#labels = NO_POINTS;
      this.#provinceLabels = NO_POINTS;
      this.#casePoints = NO_POINTS;
    }
    this.#cases = state.cases;
    this.#content = content;
    this.#shown = [content, state, theme];
    const looks = formatState({ ...state, camera: null, selection: null, split: 0 });
    const points = [this.#labels, this.#provinceLabels, this.#casePoints, this.#overlay];
    const madeOf = [content.layers, content.digest, content.base, comparedWith(state), theme, looks, ...points];
    if (!madeOf.every((part, i) => part === this.#madeOf[i])) this.#restyle(content, state, theme);
    this.#madeOf = madeOf;
    this.select(state.selection);
  }

  #restyle(content: MapContent, state: ViewState, theme: "light" | "dark"): void {
    this.#rested = false;
    const style = mapStyle({
      layers: content.layers,
      digest: content.digest,
      base: content.base ?? this.#base,
      fonts: fontFaces(this.#base),
      since: comparedWith(state),
      palette: theme === "dark" ? DARK : LIGHT,
      theme,
      paint: state.paint,
      band: state.band,
      cases: state.cases,
      casePoints: this.#casePoints,
      opacity: state.opacity,
      patterns: state.patterns,
      hidden: state.hidden,
      labels: this.#labels,
      provinceLabels: this.#provinceLabels,
      overlay: this.#overlay,
      baseMap: state.base ? this.#baseMap : null,
      baseAddress: this.#base,
    });
    this.#map.setStyle(style, { diff: true, validate: false });
    this.#map.triggerRepaint(); // a style that changes nothing would leave it waiting to come to rest
  }

  /** Draw over the release what the desk tries out. */
  lay(overlay: Overlay): void {
    const { zones, candidates } = this.#overlay;
    this.#overlay = overlay;
    const trial = this.#map.getSource<GeoJSONSource>("trial");
    if (overlay.zones && trial && overlay.candidates === candidates) trial.setData(overlay.zones);
    else if (this.#shown && (overlay.zones !== zones || overlay.candidates !== candidates)) this.show(...this.#shown);
  }

  /** Put a pin that can be dragged, or placed by a click; none takes it away. */
  pin(pin: Pin | null): void {
    this.#pin?.marker.remove();
    this.#pin = null;
    if (!pin) return;
    const marker = new Marker({ draggable: true, scale: 1.2 }).setLngLat(pin.at).addTo(this.#map);
    marker.on("dragend", () => {
      const { lng, lat } = marker.getLngLat();
      pin.moved(lng, lat);
    });
    this.#pin = { marker, moved: pin.moved };
  }

  /** Flag a place that was looked for; none takes the flag away. */
  flag(at: [number, number] | null): void {
    this.#flag?.remove();
    this.#flag = at && new Marker({ scale: 0.9 }).setLngLat(at).addTo(this.#map);
  }

  /** West, south, east and north of what is shown. */
  get bounds(): Bounds {
    const bounds = this.#map.getBounds();
    return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  }

  /** Ask again for everything that is drawn. */
  reload(): void {
    const style = this.#map.getStyle();
    this.#map.setStyle({ ...style, sources: {}, layers: [] }, { diff: false });
    this.#map.setStyle(style, { diff: false });
  }

  /** Outline a commune or zone, and nothing else. */
  select(selection: Selection | null): void {
    this.#mark(this.#selected, "selected", false);
    this.#selected = selection ? this.#marks(selection) : [];
    this.#mark(this.#selected, "selected", true);
  }

  fit(bounds: Bounds, padding: Padding, how: "smoothly" | "at once" = "smoothly", maxZoom = FIT_MAX_ZOOM): void {
    const [west, south, east, north] = bounds;
    this.#map.resize(); // the headline may just have been filled, and the map be lower than it knows
    const options = { padding: this.#fitting(padding), maxZoom };
    const animate = how === "smoothly" && !this.#still;
    this.#map.fitBounds([west, south, east, north], { ...options, animate, duration: 600 });
  }

  /** Whether all of a box is in the part of the view that no panel covers. */
  contains([west, south, east, north]: Bounds, padding: Padding): boolean {
    const { clientWidth: width, clientHeight: height } = this.#map.getContainer();
    const room = this.#fitting(padding);
    return [this.#map.project([west, north]), this.#map.project([east, south])].every(
      ({ x, y }) => x >= room.left && x <= width - room.right && y >= room.top && y <= height - room.bottom,
    );
  }

  jump(camera: Camera): void {
    this.#map.jumpTo({ center: [camera.lon, camera.lat], zoom: camera.zoom });
  }

  zoomBy(steps: number): void {
    this.#map.easeTo({ zoom: this.#map.getZoom() + steps, animate: !this.#still, duration: 250 });
  }

  /** Whether the reader has moved the map. */
  get touched(): boolean {
    return this.#touched;
  }

  /** What is in view: west, south, east, north. */
  get box(): Bounds {
    const bounds = this.#map.getBounds();
    return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  }

  get camera(): Camera {
    const { lng, lat } = this.#map.getCenter();
    return { zoom: this.#map.getZoom(), lat, lon: lng };
  }

  /** Words of the map in the language of the page. */
  describe(label: string, language: Language): void {
    const canvas = this.#map.getCanvas();
    canvas.setAttribute("aria-label", label);
    canvas.setAttribute("lang", language);
    canvas.setAttribute("role", "application");
  }

  /** Whether everything that was asked for is drawn. */
  get settled(): boolean {
    return this.#rested && this.#map.loaded() && this.#map.areTilesLoaded() && !this.#map.isMoving();
  }

  /** How many features of a layer are on the screen. */
  drawn(layer: string): number {
    return this.#map.getLayer(layer) ? this.#map.queryRenderedFeatures({ layers: [layer] }).length : 0;
  }

  resize(): void {
    this.#map.resize();
  }

  #listen(): void {
    const map = this.#map;
    map.on("click", (event) => this.#click(event));
    map.on("mousemove", (event) => this.#hover(event));
    map.on("mouseout", () => this.#setHovered([]));
    map.on("movestart", (event) => {
      this.#rested = false;
      if (event.originalEvent) this.#touched = true;
    });
    map.on("move", () => this.#events.moving?.(this.camera));
    map.on("moveend", () => this.#events.moved(this.camera));
    map.on("idle", () => this.#label());
    map.on("error", (event) => this.#events.failed(String(event.error?.message ?? event.error)));
    map.getCanvas().addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      const { width, height } = map.getCanvas().getBoundingClientRect();
      this.#events.picked(this.#pick([width / 2, height / 2]));
    });
  }

  #click({ point, lngLat }: MapMouseEvent): void {
    if (!this.#pin) {
      this.#events.picked(this.#pick(point));
      return;
    }
    this.#pin.marker.setLngLat(lngLat);
    this.#pin.moved(lngLat.lng, lngLat.lat);
  }

  #draw(name: string): void {
    const pattern = parsePatternName(name);
    if (!pattern || this.#map.hasImage(name)) return;
    const image = patternImage(pattern.id, pattern.theme === "dark" ? DARK : LIGHT);
    this.#map.addImage(name, image, { pixelRatio: PATTERN_RATIO });
  }

  #at(point: PointLike): MapGeoJSONFeature[] {
    const layers = PICKED_LAYERS.filter((id) => this.#map.getLayer(id));
    return layers.length > 0 ? this.#map.queryRenderedFeatures(point, { layers }) : [];
  }

  #pick(point: PointLike): Selection | null {
    const [top] = this.#at(point);
    if (!top) return null;
    const { code, zone_id: zoneId } = top.properties;
    return top.source === "communes"
      ? { kind: "commune", code: String(code) }
      : { kind: "zone", id: String(zoneId) };
  }

  #hover(event: MapMouseEvent): void {
    if (this.#map.isMoving()) return;
    const selection = this.#pick(event.point);
    this.#map.getCanvas().style.cursor = selection ? "pointer" : "";
    this.#setHovered(selection ? this.#marks(selection) : []);
  }

  #setHovered(marks: Marked[]): void {
    const same = marks.length === this.#hovered.length && marks.every((mark, i) => mark.id === this.#hovered[i]?.id);
    if (same) return;
    this.#mark(this.#hovered, "hovered", false);
    this.#hovered = marks;
    this.#mark(marks, "hovered", true);
  }

  #marks(selection: Selection): Marked[] {
    if (selection.kind === "changes" || selection.kind === "desk") return [];
    return selection.kind === "commune"
      ? [{ source: "communes", id: selection.code }]
      : [{ source: "containment_zones", id: selection.id }];
  }

  #mark(marks: Marked[], state: "selected" | "hovered", on: boolean): void {
    for (const { source, id } of marks) {
      if (this.#map.getSource(source)) {
        this.#map.setFeatureState({ source, sourceLayer: source, id }, { [state]: on });
      }
    }
  }

  #pieces(): Piece[] {
    if (!this.#map.getSource("communes")) return [];
    const features = this.#map.querySourceFeatures("communes", { sourceLayer: "communes" });
    return features.map((feature) => ({
      code: String(feature.properties["code"] ?? ""),
      name: String(feature.properties["name"] ?? ""),
      level: Number(feature.properties["epidemic_level"] ?? 0),
      cases: Number(feature.properties["cases_window"] ?? 0),
      most: Number(feature.properties["cases_window_upper"] ?? feature.properties["cases_window"] ?? 0),
      provinceCode: String(feature.properties["province_code"] ?? ""),
      provinceName: String(feature.properties["province_name"] ?? ""),
      rings: outerRings(feature.geometry),
    }));
  }

  /** Name what is loaded, once the map has come to rest. */
  #label(): void {
    if (!this.#content.digest) return;
    const pieces = this.#pieces();
    let changed = false;
    const near = this.#map.getZoom() >= NAMES_FROM;
    if (near || this.#cases) {
      const labels = communeLabels(pieces);
      if (near) {
        changed = this.#setPoints("labels", this.#labels, labels);
        this.#labels = labels;
      }
      if (this.#cases) {
        const points = withCases(labels);
        changed = this.#setPoints("cases", this.#casePoints, points) || changed;
        this.#casePoints = points;
      }
    }
    if (this.#provinceLabels.features.length === 0 || this.#map.getZoom() < NAMES_FROM) {
      const labels = provinceLabels(pieces);
      changed = this.#setPoints("province-labels", this.#provinceLabels, labels) || changed;
      this.#provinceLabels = labels;
    }
    this.#rested = !changed;
  }

  /** Give a source its points; tells whether they are others than before. */
  #setPoints(id: string, before: Points, points: Points): boolean {
    const source = this.#map.getSource<GeoJSONSource>(id);
    if (!source || JSON.stringify(before) === JSON.stringify(points)) return false;
    source.setData(points);
    return true;
  }

  /** Padding never takes more than the map has. */
  #fitting(padding: Padding): Padding {
    const { clientWidth: width, clientHeight: height } = this.#map.getContainer();
    const across = Math.min(1, (width * 0.7) / Math.max(1, padding.left + padding.right));
    const down = Math.min(1, (height * 0.7) / Math.max(1, padding.top + padding.bottom));
    return {
      left: padding.left * across,
      right: padding.right * across,
      top: padding.top * down,
      bottom: padding.bottom * down,
    };
  }
}

function outerRings(geometry: GeoJSON.Geometry): GeoJSON.Position[][] {
  if (geometry.type === "Polygon") return geometry.coordinates.slice(0, 1);
  if (geometry.type === "MultiPolygon") return geometry.coordinates.flatMap((polygon) => polygon.slice(0, 1));
  return [];
}

/** Layers of the service this page draws. */
export function drawable(layers: readonly LayerInfo[]): LayerInfo[] {
  return layers.filter((layer) => DRAWN.includes(layer.id));
}

/**
 * The map's style as a file for other programs, written while the page is built from the very functions that
 * style the page. The service fills in its address and the release; see geozone/api/map_style.py.
 */
import { deflateSync } from "node:zlib";

import type { Plugin } from "vite";

import { LATIN, LATIN_EXT, VIETNAMESE } from "./src/styles/font-ranges.ts";
import { NO_OVERLAY } from "./src/map/overlay.ts";
import { LIGHT } from "./src/styles/palette.ts";
import { PATTERN_IDS, PATTERN_RATIO, type PatternImage, patternImage } from "./src/styles/patterns.ts";
import { DRAWN, NO_POINTS, mapStyle } from "./src/styles/style.ts";

const BASE = "http://geozone.invalid/";
const FONTS: readonly [string, string][] = [
  ["be-vietnam-pro-vietnamese-600", VIETNAMESE],
  ["be-vietnam-pro-latin-600", LATIN],
  ["be-vietnam-pro-latin-ext-600", LATIN_EXT],
];

/** Labels stand on the communes themselves: what the page works out from them needs its script. */
function onCommunes(text: string): string {
  return text
    .replaceAll('"source":"labels"', '"source":"communes","source-layer":"communes"')
    .replaceAll('["get","level"]', '["to-number",["coalesce",["get","epidemic_level"],0],0]');
}

function styleDocument(fonts: readonly string[]): string {
  const style = mapStyle({
    layers: DRAWN.map((id) => ({ id, title_vi: "", title_en: "", geometry: "", tilejson: `tiles/${id}.json` })),
    digest: "RELEASE",
    base: BASE,
    fonts: {
      "Be Vietnam Pro": FONTS.map(([name, range]) => ({
        url: BASE + (fonts.find((file) => file.includes(name)) ?? ""),
        "unicode-range": range.split(","),
      })),
    },
    palette: LIGHT,
    theme: "light",
    paint: "level",
    band: "dose1_18_plus",
    cases: false,
    casePoints: NO_POINTS,
    opacity: 0.8,
    patterns: false,
    hidden: [],
    since: null,
    overlay: NO_OVERLAY,
    labels: NO_POINTS,
    provinceLabels: NO_POINTS,
  });
  const { labels: _, "province-labels": __, ...sources } = style.sources;
  const layers = style.layers.filter((layer) => !("source" in layer) || layer.source !== "province-labels");
  const sprite = [{ id: "light", url: `${BASE}sprite` }];
  return onCommunes(JSON.stringify({ ...style, sprite, sources, layers }));
}

function chunk(kind: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), content]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(content.length, 0);
  frame.writeUInt32BE(checksum(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** CRC-32 as PNG asks for it. */
function checksum(bytes: Buffer): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}

function png({ width, height, data }: PatternImage): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const rows = Array.from({ length: height }, (_, y) =>
    Buffer.concat([Buffer.from([0]), Buffer.from(data.subarray(y * width * 4, (y + 1) * width * 4))]),
  );
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const content = deflateSync(Buffer.concat(rows));
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", content), chunk("IEND", Buffer.alloc(0))]);
}

/** Every pattern in one row of one image, with the list of where each is. */
function sprite(): { image: Buffer; index: string } {
  const images = PATTERN_IDS.map((id) => ({ id, ...patternImage(id, LIGHT) }));
  const width = images.reduce((sum, image) => sum + image.width, 0);
  const height = Math.max(...images.map((image) => image.height));
  const data = new Uint8ClampedArray(width * height * 4);
  const index: Record<string, object> = {};
  let x = 0;
  for (const image of images) {
    for (let y = 0; y < image.height; y += 1) {
      data.set(image.data.subarray(y * image.width * 4, (y + 1) * image.width * 4), (y * width + x) * 4);
    }
    index[image.id] = { x, y: 0, width: image.width, height: image.height, pixelRatio: PATTERN_RATIO };
    x += image.width;
  }
  return { image: png({ width, height, data }), index: JSON.stringify(index) };
}

export const styleFiles: Plugin = {
  name: "style-document",
  apply: "build",
  generateBundle(_, bundle) {
    const { image, index } = sprite();
    const emit = (fileName: string, source: string | Buffer) => this.emitFile({ type: "asset", fileName, source });
    emit("map-style.json", styleDocument(Object.keys(bundle)));
    for (const density of ["", "@2x"]) {
      emit(`sprite${density}.json`, index);
      emit(`sprite${density}.png`, image);
    }
  },
};

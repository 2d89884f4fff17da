/**
 * Where names go. A commune that lies in several tiles has a piece in each; a label per piece would
 * repeat the name, so the pieces are gathered and only the widest carries it.
 */

export interface Piece {
  code: string;
  name: string;
  level: number;
  /** New cases in the window of the rule. */
  cases: number;
  /** The most that there may be, where only a range is told. */
  most: number;
  provinceCode: string;
  provinceName: string;
  /** Outer rings of the piece, longitude and latitude. */
  rings: GeoJSON.Position[][];
}

type Points = GeoJSON.FeatureCollection<GeoJSON.Point>;

interface Anchor {
  lon: number;
  lat: number;
  size: number;
}

function ringArea(ring: GeoJSON.Position[]): number {
  let twice = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [xi = 0, yi = 0] = ring[i] ?? [];
    const [xj = 0, yj = 0] = ring[j] ?? [];
    twice += xj * yi - xi * yj;
  }
  return Math.abs(twice) / 2;
}

/** Longitudes at which a parallel crosses a ring, in order. */
function crossings(ring: GeoJSON.Position[], lat: number): number[] {
  const found: number[] = [];
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [xi = 0, yi = 0] = ring[i] ?? [];
    const [xj = 0, yj = 0] = ring[j] ?? [];
    if (yi > lat !== yj > lat) found.push(xi + ((lat - yi) / (yj - yi)) * (xj - xi));
  }
  return found.sort((a, b) => a - b);
}

/** A point well inside a ring: the middle of its widest crossing on one of three parallels. */
export function insidePoint(ring: GeoJSON.Position[]): { lon: number; lat: number } | null {
  let south = Infinity;
  let north = -Infinity;
  for (const [, lat = 0] of ring) {
    south = Math.min(south, lat);
    north = Math.max(north, lat);
  }
  let best: { lon: number; lat: number; width: number } | null = null;
  for (const part of [0.5, 0.38, 0.62]) {
    const lat = south + (north - south) * part;
    const at = crossings(ring, lat);
    for (let i = 0; i + 1 < at.length; i += 2) {
      const west = at[i] ?? 0;
      const east = at[i + 1] ?? 0;
      const width = (east - west) * (part === 0.5 ? 1.15 : 1);
      if (!best || width > best.width) best = { lon: (west + east) / 2, lat, width };
    }
  }
  return best && { lon: best.lon, lat: best.lat };
}

function anchor(piece: Piece): Anchor | null {
  let widest: GeoJSON.Position[] | null = null;
  let size = 0;
  for (const ring of piece.rings) {
    const area = ringArea(ring);
    if (area > size) [widest, size] = [ring, area];
  }
  const point = widest && insidePoint(widest);
  return point && { ...point, size };
}

/** One label per commune, at the widest of its pieces. */
export function communeLabels(pieces: Iterable<Piece>): Points {
  const chosen = new Map<string, { piece: Piece; at: Anchor }>();
  for (const piece of pieces) {
    const at = anchor(piece);
    const before = chosen.get(piece.code);
    if (at && (!before || at.size > before.at.size)) chosen.set(piece.code, { piece, at });
  }
  return {
    type: "FeatureCollection",
    features: [...chosen.values()].map(({ piece, at }) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [at.lon, at.lat] },
      properties: { code: piece.code, name: piece.name, level: piece.level, cases: piece.cases, most: piece.most },
    })),
  };
}

/** The communes of labels that have new cases. */
export function withCases(labels: Points): Points {
  return { ...labels, features: labels.features.filter(({ properties }) => properties?.["cases"] > 0) };
}

/** One label per province, in the middle of its communes that are loaded, weighted by their size. */
export function provinceLabels(pieces: Iterable<Piece>): Points {
  const sums = new Map<string, { name: string; lon: number; lat: number; size: number }>();
  for (const piece of pieces) {
    const at = anchor(piece);
    if (!at) continue;
    const name = piece.provinceName.replace(/^(Tỉnh|Thành phố) /u, "");
    const sum = sums.get(piece.provinceCode) ?? { name, lon: 0, lat: 0, size: 0 };
    sum.lon += at.lon * at.size;
    sum.lat += at.lat * at.size;
    sum.size += at.size;
    sums.set(piece.provinceCode, sum);
  }
  return {
    type: "FeatureCollection",
    features: [...sums.entries()].map(([code, sum]) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [sum.lon / sum.size, sum.lat / sum.size] },
      properties: { code, name: sum.name },
    })),
  };
}

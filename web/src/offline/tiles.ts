/** Tiles out of PMTiles files beside the page, from any file server. */
import { addProtocol } from "maplibre-gl";
import { PMTiles, type RangeResponse, type Source } from "pmtiles";

const ADDRESS = /^pmtiles:\/\/(.+)\/(\d+)\/(\d+)\/(\d+)$/;

/** A file read in ranges; whole and once where the server knows no ranges, as Python's does not. */
class FileSource implements Source {
  readonly #url: string;
  #whole: Promise<ArrayBuffer> | null = null;

  constructor(url: string) {
    this.#url = url;
  }

  getKey(): string {
    return this.#url;
  }

  async getBytes(offset: number, length: number, signal?: AbortSignal): Promise<RangeResponse> {
    if (!this.#whole) {
      const headers = { Range: `bytes=${offset}-${offset + length - 1}` };
      const response = await fetch(this.#url, signal ? { headers, signal } : { headers });
      if (response.status === 206) return { data: await response.arrayBuffer() };
      await response.body?.cancel();
      if (!response.ok) throw new Error(`${this.#url}: HTTP ${response.status}`);
      this.#whole ??= fetch(this.#url).then((all) => all.arrayBuffer());
    }
    return { data: (await this.#whole).slice(offset, offset + length) };
  }
}

/** Let the map read `pmtiles://FILE/z/x/y`, where FILE is below `base`. */
export function readTilesFrom(base: string): void {
  const opened = new Map<string, PMTiles>();
  addProtocol("pmtiles", async ({ url }, { signal }) => {
    const [, file = "", z, x, y] = ADDRESS.exec(url) ?? [];
    const at = new URL(file, base).href;
    const archive = opened.get(at) ?? new PMTiles(new FileSource(at));
    opened.set(at, archive);
    const tile = await archive.getZxy(Number(z), Number(x), Number(y), signal);
    return { data: tile?.data ?? new ArrayBuffer(0) };
  });
}

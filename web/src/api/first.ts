/** What the service wrote into the page, so that the first view need not be asked for. */
import type { Client, Polled } from "./client.ts";
import type { Summary, TileAddress } from "./types.ts";

interface First {
  summary: Summary;
  etag: string;
  tiles: Record<string, TileAddress>;
}

/** Read the block; none where another server sends the page. */
export function readFirst(page: Pick<Document, "getElementById">): Polled | null {
  const text = page.getElementById("geozone-first")?.textContent;
  if (!text) return null;
  try {
    const { summary, etag, tiles } = JSON.parse(text) as First;
    const layers = summary.layers.map((layer) => {
      const source = tiles[layer.id];
      return source ? { ...layer, source } : layer;
    });
    return { changed: true, summary: { ...summary, layers }, etag };
  } catch {
    return null;
  }
}

/** Answer the first question for the current release from the page; all others are sent. */
export function beginningWith(first: Polled | null, client: Client): Client {
  let held = first;
  return {
    ...client,
    summary(release, etag) {
      const answer = held;
      held = null;
      return answer !== null && release === null && etag == null ? Promise.resolve(answer) : client.summary(release, etag);
    },
  };
}

/** A release kept as files beside the page: the answers of the service, read from a folder. */
import { type Client, connect } from "../api/client.ts";
import type { SearchResult } from "../api/types.ts";
import { folded, matching } from "./names.ts";

/** Where the answer to an address of the service is kept, and under which name in that file. */
export function kept(path: string): { file: string; name?: string } | null {
  const [kind = "", id, ...rest] = path.replace(/^api\/v1\//, "").split("/").map(decodeURIComponent);
  if (rest.length > 0) return null;
  if ((kind === "summary" || kind === "releases") && id === undefined) return { file: `${kind}.json` };
  if (kind === "communes" && id) return { file: `communes/${id.slice(0, 3)}.json`, name: id };
  if (kind === "zones" && id) return { file: "zones.json", name: id };
  return null;
}

function answer(content: unknown, status = 200): Response {
  return new Response(JSON.stringify(content), { status, headers: { "Content-Type": "application/json" } });
}

const NOTHING = { title: "Not Found", status: 404 };

/** Talk to a folder of files as if it were the service of `base`. */
export function openFolder(folder: string, base: string): Client {
  let names: Promise<SearchResult[]> | null = null;

  async function read(file: string): Promise<unknown> {
    const response = await fetch(new URL(file, folder));
    return response.ok ? response.json() : null;
  }

  async function search(query: URLSearchParams): Promise<Response> {
    names ??= read("search.json").then((found) => (found ?? []) as SearchResult[]);
    const results = matching(await names, folded(query.get("q") ?? ""), Number(query.get("limit") ?? 10));
    return answer({ results });
  }

  async function send(input: RequestInfo | URL): Promise<Response> {
    const url = new URL(input instanceof Request ? input.url : input);
    const path = url.href.slice(base.length).split("?")[0] ?? "";
    if (path === "api/v1/search") return search(url.searchParams);
    const place = kept(path);
    const content = place && (await read(place.file));
    if (!content) return answer(NOTHING, 404);
    if (place.name === undefined) return answer(content);
    const one = (content as Record<string, unknown>)[place.name];
    return one === undefined ? answer(NOTHING, 404) : answer(one);
  }

  // Nothing is put in force in a folder, so there is nothing to be told of.
  const nothing = { follow: () => undefined, served: false, columns: () => Promise.resolve([]), hasDesk: () => Promise.resolve(false) };
  return { ...connect(base, send), ...nothing };
}

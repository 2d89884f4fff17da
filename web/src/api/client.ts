import type { CommuneDetail, Difference, Problem, ReleaseEntry, SearchResult, Summary, ZoneDetail, ZoneHistory } from "./types.ts";

/** The service answered with an error, or did not answer (`status` 0). */
export class ServiceError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.name = "ServiceError";
  }
}

/** A summary, and whether it differs from the one the caller already has. */
export interface Polled {
  changed: boolean;
  summary: Summary | null;
  etag: string | null;
}

export interface Client {
  summary(release: string | null, etag?: string | null): Promise<Polled>;
  commune(code: string, release: string | null, signal: AbortSignal): Promise<CommuneDetail>;
  zone(id: string, release: string | null, signal: AbortSignal): Promise<ZoneDetail>;
  zoneHistory(id: string, signal: AbortSignal): Promise<ZoneHistory>;
  difference(before: string, after: string, signal: AbortSignal): Promise<Difference>;
  search(query: string, release: string | null, signal: AbortSignal): Promise<SearchResult[]>;
  releases(): Promise<ReleaseEntry[]>;
  /** Whether a service answers, which can print and convert; a folder of files cannot. */
  readonly served: boolean;
  /** Columns that the tiles of a layer carry. */
  columns(layer: string, release: string): Promise<string[]>;
  /** Whether there is a desk for the one who asks. */
  hasDesk(): Promise<boolean>;
  /** Be told the digest of the current release, now and whenever another is put in force. */
  follow(tell: (digest: string) => void): void;
}

/** Where a path of the service is, for a page that may itself live below a prefix. */
export function serviceUrl(base: string, path: string, query: Record<string, string | null>): string {
  const url = new URL(path.replace(/^\//, ""), base);
  for (const [name, value] of Object.entries(query)) {
    if (value !== null) url.searchParams.set(name, value);
  }
  return url.href;
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    return (await response.json()) as Problem;
  } catch {
    return { title: response.statusText };
  }
}

/** Ways of asking the service of `base`: what it refuses is thrown as a `ServiceError`. */
export interface Asker {
  ask(path: string, query?: Record<string, string | null>, init?: RequestInit): Promise<Response>;
  read<T>(path: string, query: Record<string, string | null>, signal?: AbortSignal): Promise<T>;
}

export function asker(base: string, send: typeof fetch = (...request) => fetch(...request)): Asker {
  async function ask(path: string, query: Record<string, string | null> = {}, init: RequestInit = {}): Promise<Response> {
    let response: Response;
    try {
      response = await send(serviceUrl(base, path, query), init);
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") throw error;
      throw new ServiceError(0, { title: String(error) });
    }
    if (!response.ok && response.status !== 304) {
      throw new ServiceError(response.status, await problemOf(response));
    }
    return response;
  }
  return {
    ask,
    async read<T>(path: string, query: Record<string, string | null>, signal?: AbortSignal): Promise<T> {
      return (await (await ask(path, query, signal ? { signal } : {})).json()) as T;
    },
  };
}

/** Talk to the service of `base` (an absolute address that ends in a slash). */
export function connect(base: string, send: typeof fetch = (...request) => fetch(...request)): Client {
  const { ask, read } = asker(base, send);
  return {
    async summary(release, etag = null) {
      const init: RequestInit = etag === null ? {} : { headers: { "If-None-Match": etag }, cache: "no-store" };
      const response = await ask("api/v1/summary", { release }, init);
      if (response.status === 304) return { changed: false, summary: null, etag };
      return { changed: true, summary: (await response.json()) as Summary, etag: response.headers.get("ETag") };
    },
    commune: (code, release, signal) =>
      read<CommuneDetail>(`api/v1/communes/${encodeURIComponent(code)}`, { release }, signal),
    zone: (id, release, signal) => read<ZoneDetail>(`api/v1/zones/${encodeURIComponent(id)}`, { release }, signal),
    zoneHistory: (id, signal) => read<ZoneHistory>(`api/v1/zones/${encodeURIComponent(id)}/history`, {}, signal),
    difference: (before, after, signal) => read<Difference>(`api/v1/releases/${before}/diff/${after}`, {}, signal),
    async search(q, release, signal) {
      const found = await read<{ results: SearchResult[] }>("api/v1/search", { q, limit: "8", release }, signal);
      return found.results;
    },
    async releases() {
      return (await read<{ releases: ReleaseEntry[] }>("api/v1/releases", {})).releases;
    },
    served: true,
    async columns(layer, release) {
      const told = await read<{ vector_layers: { fields: Record<string, string> }[] }>(`tiles/${layer}.json`, { release });
      return Object.keys(told.vector_layers[0]?.fields ?? {});
    },
    async hasDesk() {
      const session = await read<{ token?: boolean; rights: string[] }>("api/v1/session", {});
      // Whoever has the token may enter it at the desk; with accounts people sign in first.
      return session.token === true || ["draft:read", "review:read"].some((right) => session.rights.includes(right));
    },
    follow(tell) {
      const events = new EventSource(serviceUrl(base, "api/v1/events", {}));
      events.addEventListener("release", (event: MessageEvent<string>) => {
        const release = JSON.parse(event.data) as { digest: string } | null;
        if (release) tell(release.digest);
      });
    },
  };
}

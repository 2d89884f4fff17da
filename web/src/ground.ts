/** What the map stands on: a release, or for those who may see them a draft; and whom to ask about it. */
import { type Access } from "./access.ts";
import { type Client, asker, connect } from "./api/client.ts";
import { LIVE, type Moment, readDrafts } from "./moments.ts";
import type { ViewState } from "./state.ts";

type Standing = Pick<ViewState, "release" | "draft">;

/** Ask about drafts as about releases; what is a history of releases is still asked of these. */
export function draftClient(base: string, releases: Client, send: typeof fetch): Client {
  const drafts = connect(`${base}drafts/`, send);
  return {
    ...drafts,
    async commune(code, reference, signal) {
      const [detail, released] = await Promise.all([
        drafts.commune(code, reference, signal),
        releases.commune(code, null, signal).catch(() => null),
      ]);
      return { ...detail, history: released?.history ?? [] };
    },
    zoneHistory: releases.zoneHistory,
    releases: releases.releases,
    hasDesk: releases.hasDesk,
    follow: releases.follow,
  };
}

export class Ground {
  readonly #base: string;
  readonly #releases: Client;
  readonly #drafts: Client;
  readonly #access: Access;
  /** Drafts that whoever is at work may see. */
  drafts: readonly Moment[] = [];

  constructor(base: string, releases: Client, access: Access) {
    this.#base = base;
    this.#releases = releases;
    this.#access = access;
    this.#drafts = draftClient(base, releases, access.send);
  }

  /** Look for drafts; whoever may not see them has none. */
  async look(): Promise<void> {
    this.drafts = await readDrafts(asker(this.#base, this.#access.send)).catch(() => []);
  }

  knows(draft: string): boolean {
    return this.drafts.some(({ digest }) => digest === draft);
  }

  client({ draft }: Standing): Client {
    return draft === null ? this.#releases : this.#drafts;
  }

  base({ draft }: Standing): string {
    return draft === null ? this.#base : `${this.#base}drafts/`;
  }

  /** What the one who is asked calls it; none is the current release, or the live draft. */
  reference({ release, draft }: Standing): string | null {
    return draft === null ? release : draft === LIVE ? null : draft;
  }

  /** The draft that is shown, as far as it is known. */
  draft({ draft }: Standing, asOf: string): Moment | null {
    if (draft === null) return null;
    const unknown: Moment = { kind: draft === LIVE ? "live" : "draft", digest: draft, decision: null, as_of: asOf, created_at: "", current: false };
    return this.drafts.find(({ digest }) => digest === draft) ?? unknown;
  }
}

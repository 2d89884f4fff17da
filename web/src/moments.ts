/** Moments in time that the map can stand on: releases, and for those who work with them the drafts. */
import { type Asker } from "./api/client.ts";
import type { ReleaseEntry } from "./api/types.ts";
import type { Words } from "./i18n/index.ts";
import { releaseName } from "./releases.ts";
import type { ViewState } from "./state.ts";

export type DraftState = "drafted" | "submitted" | "approved" | "returned" | "withdrawn" | "released";

/** A draft as the list of drafts has it; only what the timeline reads of it. */
export interface DraftLine {
  id: string;
  as_of: string;
  saved_at: string;
  drafted_by: string;
  state: DraftState;
}

/** A release, a draft that was kept, or the draft of what the workspace holds now. */
export interface Moment extends ReleaseEntry {
  kind: "release" | "draft" | "live";
  state?: DraftState;
  drafted_by?: string;
}

/** What the live draft is called in an address. */
export const LIVE = "live";

/** Drafts that may be read: those kept and not yet in force, and the live one. None for whoever may not. */
export async function readDrafts({ read }: Asker): Promise<Moment[]> {
  const { rights } = await read<{ rights: string[] }>("api/v1/session", {});
  if (!rights.includes("draft:read")) return [];
  const { drafts } = await read<{ drafts: DraftLine[] }>("api/v1/drafts", {});
  const kept = drafts
    .filter(({ state }) => state !== "released")
    .map((line): Moment => ({
      kind: "draft", digest: line.id, decision: null, as_of: line.as_of, created_at: line.saved_at, current: false,
      state: line.state, drafted_by: line.drafted_by,
    }));
  const live = await read<{ as_of: string; drawn_at: string }>("drafts/api/v1/live", {}).catch(() => null);
  if (!live) return kept;
  const { as_of, drawn_at } = live;
  return [...kept, { kind: "live", digest: LIVE, decision: null, as_of, created_at: drawn_at, current: false }];
}

/** Whether nobody has handed a draft in before its day, or a later one, was decided otherwise. */
function isOvertaken({ kind, state, as_of, created_at }: Moment, releases: readonly ReleaseEntry[]): boolean {
  if (kind !== "draft" || state === "submitted" || state === "approved") return false;
  return releases.some((release) => release.as_of >= as_of && release.created_at >= created_at);
}

/** Oldest first: by day, on one day releases before drafts and the live one last, then by when they were made; no draft that was overtaken. */
export function momentsInOrder(releases: readonly ReleaseEntry[], drafts: readonly Moment[]): Moment[] {
  const all = [...releases.map((entry): Moment => ({ ...entry, kind: "release" })), ...drafts.filter((draft) => !isOvertaken(draft, releases))];
  const rank = { release: 0, draft: 1, live: 2 };
  const key = (one: Moment): string => `${one.as_of} ${rank[one.kind]} ${one.created_at}`;
  return all.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

/** A moment as people call it. */
export function momentName(words: Words, moment: Moment): string {
  if (moment.kind === "release") return releaseName(words, moment);
  return `${words.format.day(moment.as_of)} · ${draftName(words, moment)}`;
}

/** What a draft is called beside its day. */
export function draftName({ text }: Words, { kind, state }: Moment): string {
  if (kind === "live") return text.liveDraft;
  return state === undefined ? text.draft : `${text.draft}: ${text.draftState[state].toLowerCase()}`;
}

/** What of the view to change for the map to stand on a moment. */
export function standOn({ kind, digest, current }: Moment): Pick<ViewState, "release" | "draft"> {
  return kind === "release" ? { release: current ? null : digest, draft: null } : { release: null, draft: digest };
}

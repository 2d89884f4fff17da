/** Releases in time. */
import type { ReleaseEntry } from "./api/types.ts";
import type { Words } from "./i18n/index.ts";

/** Oldest first: by the day of the data, then by when they were made. */
export function inOrder(releases: readonly ReleaseEntry[]): ReleaseEntry[] {
  const key = (entry: ReleaseEntry): string => `${entry.as_of} ${entry.created_at}`;
  return [...releases].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

/** A release as people call it: its day and its decision. */
export function releaseName(words: Words, entry: ReleaseEntry): string {
  return `${words.format.day(entry.as_of)} · ${entry.decision ?? words.text.noDecision}`;
}

/** The release before one, or nothing where it is the first or unknown. */
export function releaseBefore(releases: readonly ReleaseEntry[], digest: string): ReleaseEntry | null {
  const ordered = inOrder(releases);
  const at = ordered.findIndex((entry) => entry.digest === digest);
  return at > 0 ? (ordered[at - 1] ?? null) : null;
}

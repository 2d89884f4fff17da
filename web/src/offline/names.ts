/** Search without the service: names with or without accents. */
import type { SearchResult } from "../api/types.ts";

/** Lower case without accents; đ is d. */
export function folded(text: string): string {
  return text
    .toLowerCase()
    .replaceAll("đ", "d")
    .normalize("NFD")
    .replace(/\p{Mark}/gu, "")
    .replace(/[^\p{Letter}\p{Number}]+/gu, " ")
    .trim();
}

/** How well a name answers: a whole name, its beginning, a beginning of words; 0 for not at all. */
function score(name: string, words: readonly string[], wanted: string): number {
  const padded = ` ${name} `;
  if (!words.every((word) => padded.includes(` ${word}`))) return 0;
  return 1 + Number(padded.includes(` ${wanted} `)) + Number(name.endsWith(wanted)) + Number(name.startsWith(wanted));
}

/** The communes whose name, former name or code answers, best first. */
export function matching(all: readonly SearchResult[], wanted: string, limit: number): SearchResult[] {
  if (wanted === "") return [];
  const exact = all.filter((entry) => entry.code === wanted);
  if (exact.length > 0) return exact;
  const words = wanted.split(" ");
  const scored = all.map((entry) => {
    const own = score(folded(`${entry.full_name} ${entry.province_name}`), words, wanted) * 2;
    const named = Number(folded(entry.name) === wanted) * 8;
    const old = Math.max(0, ...entry.old_names.map((name) => score(folded(name), words, wanted)));
    return { entry, points: Math.max(own + named, old) };
  });
  const found = scored.filter(({ points }) => points > 0);
  found.sort((a, b) => b.points - a.points || (a.entry.code < b.entry.code ? -1 : 1));
  return found.slice(0, limit).map(({ entry }) => entry);
}

/** Facilities and places of high risk inside a commune or a zone: how many of each kind, and which. */
import type { CommuneDetail } from "../api/types.ts";
import type { Words } from "../i18n/index.ts";
import { el } from "./dom.ts";

export type Facility = NonNullable<CommuneDetail["facilities"]>[number];

/** By kind, the most frequent first. */
export function byKind(facilities: readonly Facility[]): [string, Facility[]][] {
  const found = new Map<string, Facility[]>();
  for (const one of facilities) found.set(one.kind, [...(found.get(one.kind) ?? []), one]);
  return [...found].sort(([a, some], [b, others]) => others.length - some.length || (a < b ? -1 : 1));
}

/** Without a list imported nothing is said, for unknown is not none. */
export function facilityList(words: Words, facilities: readonly Facility[] | null | undefined): HTMLElement | null {
  if (!facilities) return null;
  const { text, format } = words;
  const groups = byKind(facilities).map(([kind, some]) =>
    el(
      "details",
      { class: "facility-group" },
      el("summary", {}, `${text.facilityKind[kind] ?? kind} `, el("b", {}, format.integer(some.length))),
      el("ul", { class: "plain-list" }, ...some.map(({ name }) => el("li", {}, name))),
    ),
  );
  const none = el("p", { class: "none" }, text.noFacilities);
  return el("section", {}, el("h3", {}, text.facilitiesInside), ...(groups.length ? groups : [none]));
}

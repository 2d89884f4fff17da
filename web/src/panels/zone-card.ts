/** The card of one containment zone: its clock, its people, the communes it takes. */
import type { ZoneCommune, ZoneDetail } from "../api/types.ts";
import type { Words } from "../i18n/index.ts";
import { type CardActions, cardFoot, cardHead, fact } from "./card.ts";
import { el } from "./dom.ts";

function communeRow(words: Words, commune: ZoneCommune, actions: CardActions): HTMLElement {
  const { text, format } = words;
  const part = commune.share === null ? text.partUnknown : text.partCommune(format.percent(100 * commune.share));
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", class: "link", click: () => actions.select({ kind: "commune", code: commune.code }) },
      commune.name,
    ),
    el("small", {}, commune.whole ? text.wholeCommune : part),
  );
}

/** The content of the card of a zone. */
export function zoneCard(words: Words, zone: ZoneDetail, actions: CardActions): HTMLElement[] {
  const { text, format } = words;
  const day = (iso: string | null): string => (iso ? format.day(iso) : text.unknown);
  const kind = zone.certainty === "certain" ? text.certainZone : text.possibleZone;
  const communes = zone.communes ?? [];
  const first = communes[0]?.name;
  const cards: (HTMLElement | null)[] = [
    cardHead(words, `${kind} · ${zone.zone_id}`, first ? text.zoneTitle(first) : zone.zone_id, actions),
    zone.certainty === "possible" ? el("p", { class: "approximate" }, text.possibleHelp) : null,
    el(
      "dl",
      { class: "facts figures" },
      ...fact(text.residents, zone.residents === null ? text.unknown : format.integer(zone.residents)),
      ...fact(text.activeCases, format.integer(zone.case_count)),
      ...fact(text.area, `${format.decimal(zone.area_km2, zone.area_km2 < 1 ? 3 : 1)} km²`),
      ...fact(text.radius, zone.radius_m === null ? text.wholeUnit : format.metres(zone.radius_m)),
      ...fact(text.openedOn, day(zone.opened_on)),
      ...fact(text.lastCaseOn, day(zone.last_case_on)),
      ...fact(text.earliestLift, el("b", {}, day(zone.earliest_lift_on))),
    ),
    el(
      "section",
      {},
      el("h3", {}, text.communesInside),
      el("ul", { class: "plain-list" }, ...communes.map((commune) => communeRow(words, commune, actions))),
    ),
    zone.boundary_quality === "approximate" ? el("p", { class: "approximate" }, text.approximate) : null,
    cardFoot(words, actions),
  ];
  return cards.filter((section): section is HTMLElement => section !== null);
}

/** The card of one containment zone: its clock, its people, the communes it takes. */
import type { LiftingStep, ZoneCommune, ZoneDetail, ZoneHistory } from "../api/types.ts";
import type { Words } from "../i18n/index.ts";
import { type CardActions, cardFoot, cardHead, fact } from "./card.ts";
import { el } from "./dom.ts";
import { facilityList } from "./facilities.ts";

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

/** People inside, with how their number was estimated in small print. */
function residents(words: Words, zone: ZoneDetail): (HTMLElement | string)[] {
  const { text, format } = words;
  const method = words.pick(zone.residents_method_vi ?? null, zone.residents_method);
  const count = zone.residents === null ? text.unknown : format.integer(zone.residents);
  return method ? [count, " ", el("small", {}, method)] : [count];
}

/** A figure of a zone of blocks, and what it would be for the plain disc of the same cases. */
function besideDisc(words: Words, value: number, disc: number | null | undefined): (string | HTMLElement)[] {
  const { text, format } = words;
  const own = format.integer(value);
  return typeof disc === "number" ? [own, " ", el("small", {}, text.ofDisc(format.integer(disc)))] : [own];
}

/** The parts that may be lifted one after another, and the evidence still missing for each. */
function lifting(words: Words, steps: LiftingStep[]): HTMLElement {
  const { text, format, pick } = words;
  const rows = steps.map((one) =>
    el(
      "li",
      {},
      el("b", {}, text.liftingStep(one.step, steps.length, format.day(one.lift_on))),
      el("small", {}, pick(one.evidence_vi, one.evidence_en)),
    ),
  );
  return el("section", {}, el("h3", {}, text.lifting), el("ul", { class: "plain-list" }, ...rows));
}

/** What became of the zone from release to release, told by the service. */
function told(words: Words, history: ZoneHistory): HTMLElement {
  const rows = history.sentences.map((sentence) => el("li", {}, words.pick(sentence.vi, sentence.en)));
  return el("section", {}, el("h3", {}, words.text.zoneHistory), el("ul", { class: "plain-list" }, ...rows));
}

/** The content of the card of a zone. */
export function zoneCard(
  words: Words,
  zone: ZoneDetail,
  history: ZoneHistory | null,
  actions: CardActions,
): HTMLElement[] {
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
      ...fact(text.residents, el("span", {}, ...residents(words, zone))),
      ...(zone.households == null ? [] : fact(text.households, format.integer(zone.households))),
      ...fact(text.activeCases, format.range(zone.case_count, zone.case_count_upper)),
      ...fact(text.area, `${format.decimal(zone.area_km2, zone.area_km2 < 1 ? 3 : 1)} km²`),
      ...fact(text.radius, zone.radius_m === null ? text.wholeUnit : format.metres(zone.radius_m)),
      ...(zone.perimeter === "blocks" ? fact(text.outline, text.alongStreets) : []),
      ...(typeof zone.checkpoints === "number"
        ? fact(text.checkpointsNeeded, ...besideDisc(words, zone.checkpoints, zone.disc_checkpoints))
        : []),
      ...fact(text.openedOn, day(zone.opened_on)),
      ...fact(text.lastCaseOn, day(zone.last_case_on)),
      ...fact(text.earliestLift, el("b", {}, day(zone.earliest_lift_on))),
      ...(zone.free_on && zone.free_on !== zone.earliest_lift_on ? fact(text.freeOn, day(zone.free_on)) : []),
    ),
    zone.lifting && zone.lifting.length > 1 ? lifting(words, zone.lifting) : null,
    el(
      "section",
      {},
      el("h3", {}, text.communesInside),
      el("ul", { class: "plain-list" }, ...communes.map((commune) => communeRow(words, commune, actions))),
    ),
    facilityList(words, zone.facilities),
    history?.sentences.length ? told(words, history) : null,
    zone.boundary_quality === "approximate" ? el("p", { class: "approximate" }, text.approximate) : null,
    cardFoot(words, actions),
  ];
  return cards.filter((section): section is HTMLElement => section !== null);
}

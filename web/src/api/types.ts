/** The shapes of the service's answers, as docs/architecture.md states them. */

export type Level = 1 | 2 | 3 | 4;
export type Certainty = "certain" | "possible";
export type BoundaryQuality = "approximate" | "imported";

export const LAYER_IDS = [
  "communes",
  "containment_zones",
  "buffer_zones",
  "green_zones",
  "coverage",
  "facilities",
  "checkpoints",
] as const;
export type LayerId = (typeof LAYER_IDS)[number];

export interface RuleSetInfo {
  id: string;
  name_vi: string;
  name_en: string;
  verified: boolean;
  legal_basis: string | null;
}

export interface ReleaseInfo {
  digest: string;
  decision: string | null;
  as_of: string;
  created_at: string;
  rule_set: RuleSetInfo;
  edition: string;
  boundary_quality: BoundaryQuality;
  warnings_vi: string[];
  warnings_en: string[];
}

export interface Counts {
  cases: number;
  placed: number;
  ambiguous: number;
  unplaced: number;
  containment_zones: number;
  /** Zones that rest on cases known only to a commune. */
  possible_zones?: number;
  residents_inside: number | null;
  /** Communes whose level may be higher: facts that the rules need are missing. */
  communes_possibly_higher?: number;
  communes_by_level: Record<string, number>;
}

export interface LayerInfo {
  id: string;
  title_vi: string;
  title_en: string;
  geometry: string;
  tilejson: string;
}

export interface Summary {
  release: ReleaseInfo;
  counts: Counts;
  bounds: [number, number, number, number];
  layers: LayerInfo[];
}

export type CoverageFlag = "ok" | "over-100" | "no-population" | "no-doses" | "synthetic-population";

export interface CoverageRow {
  dose: number;
  age_from: number;
  age_to: number | null;
  vaccinated: number | null;
  denominator: number | null;
  coverage_percent: number | null;
  coverage_flag: CoverageFlag;
}

export interface DayCount {
  date: string;
  cases: number;
}

export interface CommuneZone {
  zone_id: string;
  certainty: Certainty;
  share: number | null;
  opened_on: string | null;
  earliest_lift_on: string | null;
}

export interface HistoryEntry {
  as_of: string;
  digest: string;
  epidemic_level: Level | null;
}

export type PopulationFlag = "ok" | "check" | "missing" | "unit-error" | "synthetic";

export type Box = [number, number, number, number];

/** What the rule engine worked with; only what the page reads of it. */
export interface LevelDetail {
  /** Level the commune would have if every case that may lie in it did. */
  possible?: "green" | "yellow" | "orange" | "red" | null;
}

export interface CommuneDetail {
  code: string;
  bbox: Box | null;
  name: string;
  full_name: string;
  province_code: string;
  province_name: string;
  boundary_quality: BoundaryQuality;
  population: number | null;
  population_flag: PopulationFlag | null;
  epidemic_level: Level | null;
  level_status: "computed" | "no-data" | "override";
  verified: boolean;
  base_level: Level | null;
  previous_level: Level | null;
  cases_window: number | null;
  cases_total: number | null;
  rate_per_100k: number | null;
  in_zone: "none" | "part" | "whole";
  zone_share: number | null;
  why_vi: string | null;
  why_en: string | null;
  lower_vi: string | null;
  lower_en: string | null;
  lower_on: string | null;
  detail?: LevelDetail | null;
  coverage: CoverageRow[];
  series: DayCount[];
  zones: CommuneZone[];
  history: HistoryEntry[];
}

export interface ZoneCommune {
  code: string;
  name: string;
  share: number | null;
  whole: boolean;
}

/** What became of a zone from release to release. */
export interface ZoneHistory {
  zone_id: string;
  sentences: { vi: string; en: string }[];
}

/** A part of a zone that may be lifted at once. */
export interface LiftingStep {
  step: number;
  lift_on: string;
  evidence_vi: string;
  evidence_en: string;
  area_km2: number;
  residents: number | null;
}

export interface ZoneDetail {
  layer: "containment_zones" | "buffer_zones";
  zone_id: string;
  bbox: Box | null;
  certainty: Certainty;
  radius_m: number | null;
  case_count: number;
  opened_on: string | null;
  last_case_on: string | null;
  earliest_lift_on: string | null;
  area_km2: number;
  residents: number | null;
  residents_method: string | null;
  residents_method_vi?: string | null;
  households?: number | null;
  facility_count?: number | null;
  facility_kinds?: Record<string, number> | null;
  free_on?: string | null;
  lifting?: LiftingStep[];
  communes: ZoneCommune[] | null;
  boundary_quality: BoundaryQuality;
  perimeter?: "disc" | "blocks" | "unit" | null;
  checkpoints?: number | null;
  disc_residents?: number | null;
  disc_checkpoints?: number | null;
}

export interface SearchResult {
  code: string;
  name: string;
  full_name: string;
  province_name: string;
  bbox: Box | null;
  edition: string;
  old_names: string[];
}

export interface ReleaseEntry {
  digest: string;
  decision: string | null;
  as_of: string;
  created_at: string;
  current: boolean;
}

export type ZoneChange = "opened" | "closed" | "grown" | "shrunk" | "moved" | "merged" | "split" | "regrouped";
export type LevelChange = "level-raised" | "level-lowered" | "level-known" | "level-unknown";

export interface Change {
  layer: "containment_zones" | "buffer_zones" | "green_zones" | "communes";
  change: ZoneChange | LevelChange;
  id: string;
  name: string | null;
  certainty: Certainty | null;
  before: string | null;
  after: string | null;
  area_km2_before: number | null;
  area_km2_after: number | null;
  residents_before: number | null;
  residents_after: number | null;
}

export interface PeopleMoved {
  added: number;
  released: number;
  /** Changed zones whose residents are unknown: in neither sum. */
  unknown: number;
}

export interface Difference {
  a: string;
  b: string;
  changes: Change[];
  people: Record<Certainty, PeopleMoved>;
}

/** An RFC 9457 problem document. */
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
}

/** The shapes of the service's answers, named as the page speaks of them; `contract.ts` is generated. */
import type {
  ChangeAnswer,
  CommuneAnswer,
  CommuneZoneAnswer,
  CountsAnswer,
  CoverageAnswer,
  DayAnswer,
  DifferenceAnswer,
  EpidemicLevel,
  FoundAnswer,
  HistoryAnswer,
  LayerAnswer,
  LevelDetailAnswer,
  LiftingStepAnswer,
  PeopleAnswer,
  ProblemAnswer,
  ReleaseAnswer,
  ReleaseEntryAnswer,
  RuleSetAnswer,
  SummaryAnswer,
  ZoneAnswer,
  ZoneCommuneAnswer,
  ZoneHistoryAnswer,
} from "./contract.ts";

export type { BaseMapAnswer as BaseMap, BoundaryQuality, Certainty } from "./contract.ts";

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

export type Level = EpidemicLevel;
export type Box = [number, number, number, number];

export type RuleSetInfo = RuleSetAnswer;
export type ReleaseInfo = ReleaseAnswer;
export type Counts = CountsAnswer;
/** A layer of a release, and where its tiles are if that is known without asking. */
export interface LayerInfo extends LayerAnswer {
  source?: TileAddress;
}
export interface TileAddress {
  tiles: string[];
  minzoom: number;
  maxzoom: number;
  bounds: Box;
}
export type Summary = Omit<SummaryAnswer, "layers"> & { layers: LayerInfo[] };
export type ReleaseEntry = ReleaseEntryAnswer;

export type CoverageRow = CoverageAnswer;
export type CoverageFlag = NonNullable<CoverageAnswer["coverage_flag"]>;
export type DayCount = DayAnswer;
export type CommuneZone = CommuneZoneAnswer;
export type HistoryEntry = HistoryAnswer;
export type PopulationFlag = NonNullable<CommuneAnswer["population_flag"]>;
export type LevelDetail = LevelDetailAnswer;
export type CommuneDetail = CommuneAnswer;

export type ZoneCommune = ZoneCommuneAnswer;
export type ZoneHistory = ZoneHistoryAnswer;
export type LiftingStep = LiftingStepAnswer;
export type ZoneDetail = ZoneAnswer;

export type SearchResult = FoundAnswer;

export type Change = ChangeAnswer;
export type LevelChange = Extract<Change["change"], `level-${string}`>;
export type ZoneChange = Exclude<Change["change"], LevelChange>;
export type PeopleMoved = PeopleAnswer;
export type Difference = DifferenceAnswer;

/** An RFC 9457 problem document; a proxy before the service may answer with less of one. */
export type Problem = Partial<ProblemAnswer>;

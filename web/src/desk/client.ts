/** The part of the service that analysts and approvers work with. */
import { asker } from "../api/client.ts";
import type { DraftState } from "../moments.ts";
import type { Session } from "../access.ts";

/** Parameters of a what-if; those left out stay as the rules have them. */
export interface Tried {
  radius_m?: number;
  days?: number;
  buffer_m?: number;
  caution?: number;
}
export type Parameter = keyof Tried;

export interface Spoken {
  vi: string;
  en: string;
}

export interface Figure {
  figure: string;
  before: number | null;
  after: number | null;
  difference: number | null;
}

export interface Moved {
  name: string;
  change: "enter" | "leave";
}

export interface WhatIf {
  digest: string;
  as_of: string;
  rules: string;
  now: Record<Parameter, number>;
  tried: Record<Parameter, number>;
  /** Whether zones are made of blocks: only then is there anything to be cautious about. */
  blocks: boolean;
  figures: Figure[];
  communes: (Moved & { code: string })[];
  facilities: Moved[];
  levels: { code: string; before: number | null; after: number | null }[];
  sentences: Spoken[];
  zones: GeoJSON.FeatureCollection;
}

export interface TradeOffRow extends Spoken {
  containment_m: number;
  window_days: number;
  certain_residents: number | null;
  cases: number;
}

export type Step = "submit" | "withdraw" | "approve" | "return" | "release";

export interface DraftEntry {
  id: string;
  as_of: string;
  saved_at: string;
  drafted_by: string;
  state: DraftState;
  revision: number;
  decision: string | null;
  counts: { containment_zones: number; residents_inside: number | null };
  warnings_vi: string[];
  warnings_en: string[];
  steps: { step: Step; at: string; actor: string; decision: string | null; note: string | null }[];
  may: Partial<Record<Step, boolean>>;
  why_not: Partial<Record<Step, string>>;
}

export interface DoubtAnswer {
  number: number;
  kind: string;
  code: string;
  name: string;
  share: number;
  effect_vi: string;
  effect_en: string;
  bbox?: [number, number, number, number] | null;
  geometry?: GeoJSON.Geometry | null;
}

export interface Doubt {
  place: string;
  kind: string;
  address: string | null;
  people: number;
  geo_reason: string;
  revision: string;
  answers: DoubtAnswer[];
  point?: { lon: number; lat: number; uncertainty_m: number } | null;
}

export interface Queue {
  as_of: string;
  doubtful_addresses: number;
  queue: Doubt[];
}

export type Decision =
  | { action: "accept" }
  | { action: "choose"; code: string }
  | { action: "pin"; lon: number; lat: number }
  | { action: "reject"; reason: string };

/** What the map shows: outlines outside are left out, finer ones than it shows are thinned. */
export interface Window {
  bbox: [number, number, number, number];
  zoom: number;
}

export interface DeskClient {
  session(): Promise<Session>;
  whatIf(tried: Tried, window: Window, signal: AbortSignal): Promise<WhatIf>;
  tradeOff(radii: readonly number[], signal: AbortSignal): Promise<TradeOffRow[]>;
  keepWhatIf(tried: Tried, digest: string): Promise<{ draft: string }>;
  drafts(): Promise<{ four_eyes: boolean; drafts: DraftEntry[] }>;
  takeStep(draft: DraftEntry, step: Step, body: { decision?: string; note?: string }): Promise<void>;
  queue(signal: AbortSignal): Promise<Queue>;
  doubt(place: string, signal: AbortSignal): Promise<Doubt>;
  decide(doubt: Doubt, decision: Decision): Promise<{ decision: number; places: number; people: number }>;
  undo(decision: number): Promise<void>;
}

function query(tried: Tried): Record<string, string> {
  return Object.fromEntries(Object.entries(tried).map(([name, value]) => [name, String(value)]));
}

function post(body: object, match?: string): RequestInit {
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (match !== undefined) headers["If-Match"] = `"${match}"`;
  return { method: "POST", headers, body: JSON.stringify(body) };
}

export function connectDesk(base: string, send: typeof fetch): DeskClient {
  const { ask, read } = asker(base, send);
  return {
    session: () => read<Session>("api/v1/session", {}),
    whatIf: (tried, { bbox, zoom }, signal) =>
      read<WhatIf>("drafts/api/v1/what-if", { ...query(tried), bbox: bbox.join(","), zoom: zoom.toFixed(1) }, signal),
    async tradeOff(radii, signal) {
      const found = await read<{ rows: TradeOffRow[] }>("drafts/api/v1/what-if/trade-off", { radii_m: radii.join(",") }, signal);
      return found.rows;
    },
    async keepWhatIf(tried, digest) {
      return (await (await ask("drafts/api/v1/what-if/keep", {}, post(tried, digest))).json()) as { draft: string };
    },
    drafts: () => read("api/v1/drafts", {}),
    async takeStep(draft, step, body) {
      await ask(`api/v1/drafts/${draft.id}/${step}`, {}, post(body, String(draft.revision)));
    },
    queue: (signal) => read<Queue>("api/v1/review", { limit: "50" }, signal),
    doubt: (place, signal) => read<Doubt>(`api/v1/review/${place}`, {}, signal),
    async decide(doubt, decision) {
      const done = await ask(`api/v1/review/${doubt.place}/decisions`, {}, post(decision, doubt.revision));
      return (await done.json()) as { decision: number; places: number; people: number };
    },
    async undo(decision) {
      await ask(`api/v1/review/decisions/${decision}/undo`, {}, post({}));
    },
  };
}

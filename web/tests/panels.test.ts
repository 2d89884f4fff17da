import assert from "node:assert/strict";
import { test } from "node:test";

import { en } from "../src/i18n/en.ts";
import { formatter } from "../src/i18n/format.ts";
import { words } from "../src/i18n/index.ts";
import { vi } from "../src/i18n/vi.ts";
import { communeLabels, insidePoint, provinceLabels, withCases } from "../src/map/labels.ts";
import { LIVE, type Moment, momentName, momentsInOrder, standOn } from "../src/moments.ts";
import { flagOf } from "../src/panels/card.ts";
import { agreeing, everyDay, limitsInView, windowTotals } from "../src/panels/chart.ts";
import { byKind } from "../src/panels/facilities.ts";
import { readPreferences, rememberPreferences } from "../src/preferences.ts";
import { type Threshold, casesAt, coverageLimits } from "../src/panels/thresholds.ts";
import { namesThatFit } from "../src/panels/timeline.ts";
import { DEFAULT_STATE } from "../src/state.ts";

test("a day without cases is a day, and the series ends on the day of the data", () => {
  const days = everyDay([{ date: "2021-07-01", cases: 4 }, { date: "2021-07-05", cases: 11 }], "2021-07-13");
  assert.equal(days.length, 14);
  assert.deepEqual(days[days.length - 1], { date: "2021-07-13", cases: 0 });
  assert.deepEqual(days.filter((day) => day.cases > 0), [
    { date: "2021-07-01", cases: 4 },
    { date: "2021-07-05", cases: 11 },
  ]);
});

test("a long series keeps its newest days, over a month's end and a leap day", () => {
  const days = everyDay([{ date: "2020-01-01", cases: 1 }], "2020-03-05");
  assert.equal(days.length, 42);
  assert.ok(days.some((day) => day.date === "2020-02-29"));
  assert.equal(everyDay([], "2020-03-05").length, 14);
});

test("days given twice add up", () => {
  const twice = [{ date: "2021-07-12", cases: 2 }, { date: "2021-07-12T00:00:00", cases: 3 }];
  assert.equal(everyDay(twice, "2021-07-12").at(-1)?.cases, 5);
});

const RATE = {
  indicator: "rate", what: "cases" as const, at: 50, name_vi: "mức 3", name_en: "band 3", dose: null, age_from: null, age_to: null,
  window_days: 14, per_population: true, scale: 100_000, divide: 2, digits: 0,
};
const rate = (count: number, people: number): number => Math.round((count / 2 / people) * 100_000);

test("a limit of cases is the first number whose rounded rate reaches the threshold", () => {
  for (const people of [800, 2_564, 2_565, 12_500, 26_548, 150_001]) {
    for (const at of [20, 50, 150]) {
      const least = casesAt({ ...RATE, at }, people);
      assert.ok(rate(least, people) >= at, `${people} people, ${at}`);
      assert.ok(least === 1 || rate(least - 1, people) < at, `${people} people, ${at}`);
    }
  }
});

test("the total of a window counts days before the picture, and none after", () => {
  const series = [{ date: "2021-07-01", cases: 4 }, { date: "2021-07-05", cases: 11 }, { date: "2021-07-14", cases: 2 }];
  const days = [{ date: "2021-07-05", cases: 11 }, { date: "2021-07-14", cases: 2 }, { date: "2021-07-15", cases: 0 }];
  assert.deepEqual(windowTotals(series, days, 14), [15, 17, 13]);
});

test("no line is drawn that ends elsewhere than where the rules count", () => {
  assert.deepEqual(agreeing([3, 9], 9.04), [3, 9]);
  assert.deepEqual(agreeing([3, 7], null), [3, 7]);
  assert.equal(agreeing([3, 7], 9.04), null);
  assert.equal(agreeing([3, 9], null, [{ date: "2021-07-01", cases: 1, cases_upper: 4 }]), null, "a range is no number");
});

test("a row is not said to lack what it has", () => {
  const row = { dose: 1, age_from: 18, age_to: null, vaccinated: 5, denominator: 10, coverage_percent: 50, coverage_flag: "no-population" as const };
  assert.equal(flagOf(row), "ok");
  assert.equal(flagOf({ ...row, denominator: null }), "no-population");
  assert.equal(flagOf({ ...row, coverage_flag: "over-100" }), "over-100");
});

test("limits near the cases are drawn, and those far above are not", () => {
  const limits = [10, 25, 75].map((cases) => ({ cases, vi: "", en: "" }));
  const drawn = (most: number): number[] => limitsInView(limits, most).map(({ cases }) => cases);
  assert.deepEqual(drawn(2), []);
  assert.deepEqual(drawn(8), [10]);
  assert.deepEqual(drawn(20), [10, 25]);
  assert.deepEqual(drawn(90), [10, 25, 75]);
});

test("the bar of a dose and an age has the thresholds of just these", () => {
  const full: Threshold = { ...RATE, indicator: "full_50", what: "coverage", at: 80, dose: 2, age_from: 50, age_to: null };
  const row = { dose: 2, age_from: 50, age_to: null, vaccinated: 1, denominator: 2, coverage_percent: 50, coverage_flag: "ok" as const };
  assert.deepEqual(coverageLimits([full, RATE], row), [80]);
  assert.deepEqual(coverageLimits([full], { ...row, age_from: 18 }), []);
});

test("facilities are told by kind, the most frequent first", () => {
  const one = (name: string, kind: string) => ({ facility_id: name, name, kind, lon: 106, lat: 21 });
  const groups = byKind([one("a", "market"), one("b", "school"), one("c", "school")]);
  assert.deepEqual(groups.map(([kind, some]) => [kind, some.length]), [["school", 2], ["market", 1]]);
});

test("numbers and days are written as each language writes them", () => {
  const inVietnamese = formatter("vi");
  const inEnglish = formatter("en");
  assert.equal(inVietnamese.integer(18432), "18.432");
  assert.equal(inEnglish.integer(18432), "18,432");
  assert.equal(inVietnamese.decimal(160.25), "160,3");
  assert.equal(inVietnamese.day("2021-07-13"), "13/7/2021");
  assert.equal(inEnglish.day("2021-07-13"), "13 Jul 2021");
  assert.equal(inVietnamese.day("không rõ"), "không rõ");
  assert.equal(inVietnamese.metres(200), "200 m");
  assert.equal(inEnglish.metres(10_000), "10 km");
});

test("both languages have every word, and Vietnamese is whole", () => {
  const keys = (value: object): string[] =>
    Object.entries(value).flatMap(([name, inner]) =>
      typeof inner === "object" && inner !== null && !Array.isArray(inner) ? keys(inner).map((key) => `${name}.${key}`) : [name],
    );
  assert.deepEqual(keys(vi), keys(en));
  const text = JSON.stringify(vi);
  assert.equal(text, text.normalize("NFC"));
});

test("a text of the service is taken in the language of the page, else in the other", () => {
  assert.equal(words("vi").pick("vì", "because"), "vì");
  assert.equal(words("en").pick("vì", null), "vì");
  assert.equal(words("vi").pick(null, null), "");
});

const SQUARE = [[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]];
const SLIVER = [[2, 0], [2.2, 0], [2.2, 2], [2, 2], [2, 0]];

function piece(code: string, ring: number[][], level = 1) {
  return { code, name: `Xã ${code}`, level, cases: level - 1, most: level - 1, provinceCode: "01", provinceName: "Hà Nội", rings: [ring] };
}

test("a commune cut by tiles is named once, on its widest piece", () => {
  const { features } = communeLabels([piece("1", SLIVER), piece("1", SQUARE), piece("2", SLIVER, 4)]);
  assert.deepEqual(features.map((feature) => feature.properties?.["code"]), ["1", "2"]);
  assert.ok(features[0]!.geometry.coordinates[0]! < 2);
});

test("a name lies inside its commune, even a bent one", () => {
  const bent = [[0, 0], [10, 0], [10, 10], [8, 10], [8, 2], [0, 2], [0, 0]];
  const at = insidePoint(bent);
  assert.ok(at);
  assert.ok((at.lat < 2 && at.lon > 0 && at.lon < 10) || (at.lon > 8 && at.lon < 10));
});

test("circles stand where there are new cases", () => {
  const labels = communeLabels([piece("1", SQUARE), piece("2", SLIVER, 4)]);
  assert.deepEqual(withCases(labels).features.map(({ properties }) => [properties?.["code"], properties?.["cases"]]), [["2", 3]]);
});

test("a province is named once, among its communes", () => {
  const { features } = provinceLabels([piece("1", SQUARE), piece("2", SLIVER)]);
  assert.equal(features.length, 1);
  assert.equal(features[0]!.properties?.["name"], "Hà Nội");
});

test("preferences survive a storage that is broken, full or forbidden", () => {
  assert.deepEqual(readPreferences(null), {});
  assert.deepEqual(readPreferences({ getItem: () => "{not json" }), {});
  assert.deepEqual(readPreferences({ getItem: () => '{"language":"fr","theme":"dark"}' }), { theme: "dark" });
  const full = {
    setItem: () => {
      throw new Error("full");
    },
  };
  assert.doesNotThrow(() => rememberPreferences(full, DEFAULT_STATE));
});

const RELEASES = [
  { digest: "r2", decision: "02/QĐ", as_of: "2021-11-13", created_at: "2021-11-13T10:00:00Z", current: true },
  { digest: "r1", decision: "01/QĐ", as_of: "2021-11-06", created_at: "2021-11-06T10:00:00Z", current: false },
];

function draft(digest: string, state: Moment["state"], as_of: string, created_at: string): Moment {
  return { kind: digest === LIVE ? "live" : "draft", digest, decision: null, as_of, created_at, current: false, ...(state ? { state } : {}) };
}

test("drafts stand after the releases of their day, the live one last, and those overtaken nowhere", () => {
  const drafts = [
    draft(LIVE, undefined, "2021-11-13", "2021-11-13T09:00:00Z"),
    draft("kept", "drafted", "2021-11-13", "2021-11-13T11:00:00Z"),
    draft("overtaken", "drafted", "2021-11-13", "2021-11-13T09:00:00Z"),
    draft("waiting", "submitted", "2021-11-13", "2021-11-13T09:30:00Z"),
  ];
  assert.deepEqual(momentsInOrder(RELEASES, drafts).map(({ digest }) => digest), ["r1", "r2", "waiting", "kept", LIVE]);
});

test("the current release is followed, an older one is named, a draft takes the place of both", () => {
  const [older, current] = momentsInOrder(RELEASES, []);
  assert.deepEqual(standOn(current!), { release: null, draft: null });
  assert.deepEqual(standOn(older!), { release: "r1", draft: null });
  assert.deepEqual(standOn(draft("kept", "drafted", "2021-11-13", "")), { release: null, draft: "kept" });
});

test("a draft says that it is one, and where it stands", () => {
  assert.equal(momentName(words("vi"), draft("kept", "submitted", "2021-11-13", "")), "13/11/2021 · Dự thảo: đã trình");
  assert.equal(momentName(words("en"), draft(LIVE, undefined, "2021-11-13", "")), "13 Nov 2021 · Live draft");
});

test("names on the line never overlap, and that of the moment shown is there", () => {
  const names = Array.from({ length: 30 }, (_, i) => `${i}/QĐ-UBND`);
  assert.deepEqual(namesThatFit(["a", "b", "c"], 1, 600), [true, true, true]);
  for (const at of [0, 13, 29]) {
    const shown = namesThatFit(names, at, 400);
    assert.ok(shown[at]);
    const kept = shown.flatMap((yes, i) => (yes ? [i] : []));
    assert.ok(kept.length >= 3);
    assert.ok(kept.every((i, k) => k === 0 || (i - kept[k - 1]!) * (400 / 29) > 50));
  }
  assert.deepEqual(namesThatFit(["", "b"], 0, 600), [false, true]);
});

test("a range of cases is said as one, and a number as a number", () => {
  const [vietnamese, english] = [formatter("vi"), formatter("en")];
  assert.deepEqual([vietnamese.range(1, 4), vietnamese.range(6, 9), vietnamese.range(3, 3), vietnamese.range(3)], ["dưới 5", "6–9", "3", "3"]);
  assert.deepEqual([english.range(0, 4), english.range(1200, 1203)], ["fewer than 5", "1,200–1,203"]);
});

test("a day of which a range is told keeps both its ends", () => {
  const days = everyDay([{ date: "2021-07-12", cases: 1, cases_upper: 4 }], "2021-07-13");
  assert.deepEqual(days.at(-2), { date: "2021-07-12", cases: 1, cases_upper: 4 });
});

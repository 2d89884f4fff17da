import assert from "node:assert/strict";
import { test } from "node:test";

import type { SearchResult } from "../src/api/types.ts";
import { kept, openFolder } from "../src/offline/folder.ts";
import { folded, matching } from "../src/offline/names.ts";

const BASE = "http://127.0.0.1:8000/";

function commune(code: string, full: string, province: string, old: string[] = []): SearchResult {
  const name = full.replace(/^(Phường|Xã) /, "");
  return { kind: "commune", commune_name: null, code, name, full_name: full, province_name: province, bbox: null, edition: "2025", old_names: old };
}

const ALL = [
  commune("00004", "Phường Ba Đình", "Thành phố Hà Nội", ["Phường Phúc Xá (Quận Ba Đình)"]),
  commune("00235", "Phường Đống Đa", "Thành phố Hà Nội"),
  commune("09325", "Xã Ba Đình Đông", "Tỉnh Bắc Ninh"),
];

test("names are found with and without accents, whole names first", () => {
  assert.equal(folded("Phường ĐỐNG ĐA"), "phuong dong da");
  const codes = (text: string) => matching(ALL, folded(text), 8).map((found) => found.code);
  assert.deepEqual(codes("ba dinh"), ["00004", "09325"]);
  assert.deepEqual(codes("Đống"), ["00235", "09325"]);
  assert.deepEqual(codes("phuc xa"), ["00004"]);
  assert.deepEqual(codes("00235"), ["00235"]);
  assert.deepEqual(codes("ha noi"), ["00004", "00235"]);
  assert.deepEqual(codes("xyz"), []);
  assert.deepEqual(codes(""), []);
});

test("each address of the service has its place in the folder", () => {
  assert.deepEqual(kept("api/v1/summary"), { file: "summary.json" });
  assert.deepEqual(kept("api/v1/communes/09325"), { file: "communes/093.json", name: "09325" });
  assert.deepEqual(kept("api/v1/zones/z-1"), { file: "zones.json", name: "z-1" });
  assert.equal(kept("api/v1/releases/x/diff/y"), null);
});

test("a folder answers as the service does", async () => {
  const asked: string[] = [];
  const real = globalThis.fetch;
  globalThis.fetch = (async (url: URL) => {
    asked.push(String(url));
    const files: Record<string, unknown> = { "search.json": ALL, "communes/000.json": { "00004": { code: "00004" } } };
    const found = files[String(url).slice(`${BASE}data/`.length)];
    return new Response(JSON.stringify(found ?? null), { status: found ? 200 : 404 });
  }) as typeof fetch;
  try {
    const client = openFolder(`${BASE}data/`, BASE);
    const signal = new AbortController().signal;
    assert.equal((await client.commune("00004", null, signal)).code, "00004");
    await assert.rejects(client.commune("00005", null, signal), { status: 404 });
    await assert.rejects(client.zone("z-1", null, signal), { status: 404 });
    assert.deepEqual((await client.search("đống đa", null, signal)).map((found) => found.code), ["00235"]);
    await client.search("ba", null, signal);
    assert.equal(asked.filter((url) => url.endsWith("search.json")).length, 1);
  } finally {
    globalThis.fetch = real;
  }
});

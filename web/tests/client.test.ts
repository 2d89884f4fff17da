import assert from "node:assert/strict";
import { test } from "node:test";

import { Access } from "../src/access.ts";
import { ServiceError, connect, serviceUrl } from "../src/api/client.ts";
import { beginningWith, readFirst } from "../src/api/first.ts";
import { Ground, draftClient } from "../src/ground.ts";
import { LIVE } from "../src/moments.ts";

const BASE = "https://map.example.vn/dich/";

function answering(status: number, body: unknown, headers: Record<string, string> = {}) {
  const asked: { url: string; init: RequestInit | undefined }[] = [];
  const send = (async (url: string, init?: RequestInit) => {
    asked.push({ url, init });
    return new Response(status === 304 ? null : JSON.stringify(body), { status, headers });
  }) as typeof fetch;
  return { asked, client: connect(BASE, send) };
}

test("addresses stay below the prefix of the page", () => {
  assert.equal(serviceUrl(BASE, "/api/v1/search", { q: "ộ", limit: null }), `${BASE}api/v1/search?q=%E1%BB%99`);
});

test("a summary that has not changed costs nothing", async () => {
  const { asked, client } = answering(304, null);
  assert.deepEqual(await client.summary(null, 'W/"x"'), { changed: false, summary: null, etag: 'W/"x"' });
  assert.deepEqual(asked[0]?.init?.headers, { "If-None-Match": 'W/"x"' });
});

test("a release is asked for by its digest", async () => {
  const { asked, client } = answering(200, { results: [] });
  await client.search("ba đình", "ab12", new AbortController().signal);
  assert.equal(new URL(asked[0]!.url).searchParams.get("release"), "ab12");
});

test("a problem document is told, and so is a service that does not answer", async () => {
  const { client } = answering(404, { title: "Not Found", detail: "There is no release yet." });
  await assert.rejects(client.summary(null), (error: ServiceError) => error.status === 404 && /no release/.test(error.message));
  const cut = connect(BASE, (async () => Promise.reject(new TypeError("network"))) as typeof fetch);
  await assert.rejects(cut.releases(), (error: ServiceError) => error.status === 0);
});

test("an answer nobody waits for is dropped silently", async () => {
  const aborted = connect(BASE, (async () => Promise.reject(new DOMException("stop", "AbortError"))) as typeof fetch);
  await assert.rejects(aborted.releases(), (error: Error) => error.name === "AbortError");
});

test("a draft is asked about below the drafts, its history among the releases", async () => {
  const { asked, client } = answering(200, { history: [{ digest: "r1" }] });
  const drafts = draftClient(BASE, client, (async (url: string) => {
    asked.push({ url, init: undefined });
    return new Response(JSON.stringify({ code: "00001", history: [] }), { status: 200 });
  }) as typeof fetch);
  const found = await drafts.commune("00001", "d1", new AbortController().signal);
  assert.deepEqual(found.history, [{ digest: "r1" }]);
  assert.deepEqual(asked.map(({ url }) => url), [`${BASE}drafts/api/v1/communes/00001?release=d1`, `${BASE}api/v1/communes/00001`]);
});

test("the live draft is the current one of the drafts; a release is asked for among releases", () => {
  const { client } = answering(200, {});
  const ground = new Ground(BASE, client, new Access(BASE, null));
  assert.equal(ground.reference({ release: null, draft: LIVE }), null);
  assert.equal(ground.reference({ release: null, draft: "d1" }), "d1");
  assert.equal(ground.base({ release: "r1", draft: null }), BASE);
  assert.equal(ground.client({ release: null, draft: null }), client);
});

test("the token goes to this service and to no other", () => {
  const access = new Access(BASE, null);
  assert.deepEqual(access.headers(`${BASE}tiles/communes.json`), {});
  access.token = "abc";
  assert.deepEqual(access.headers(`${BASE}tiles/communes.json`), { Authorization: "Bearer abc" });
  assert.deepEqual(access.headers("https://tiles.example.org/1/2/3.png"), {});
});

function pageWith(text: string | null) {
  return { getElementById: () => (text === null ? null : { textContent: text }) } as unknown as Document;
}

test("the first view is read from the page, once, and only where it is of the release asked for", async () => {
  const source = { tiles: ["t/{z}/{x}/{y}"], minzoom: 0, maxzoom: 14, bounds: [1, 2, 3, 4] };
  const summary = { release: { digest: "a" }, layers: [{ id: "communes" }, { id: "coverage" }] };
  const first = readFirst(pageWith(JSON.stringify({ summary, etag: "W/1", tiles: { communes: source } })));
  const layers = [{ id: "communes", source }, { id: "coverage" }];
  const { asked, client } = answering(200, { release: { digest: "b" } });
  const begun = beginningWith(first, client);
  assert.deepEqual(await begun.summary(null), { changed: true, summary: { ...summary, layers }, etag: "W/1" });
  assert.equal(asked.length, 0);
  assert.equal((await begun.summary(null)).summary?.release.digest, "b");
  const older = beginningWith(first, client);
  assert.equal((await older.summary("b".repeat(64))).summary?.release.digest, "b");
  assert.equal((await older.summary(null)).summary?.release.digest, "b", "what the page held may be old by then");
  assert.equal(readFirst(pageWith(null)), null);
  assert.equal(readFirst(pageWith("{")), null);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { ServiceError, connect, serviceUrl } from "../src/api/client.ts";

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

// Hashes a file here, in the browser, and looks its digest up; of an archive every member is hashed.
"use strict";

const K = new Uint32Array(64);
const START = new Uint32Array(8);
(() => {
  let found = 0;
  for (let n = 2; found < 64; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) { prime = false; break; }
    if (!prime) continue;
    K[found] = Math.floor((Math.cbrt(n) % 1) * 2 ** 32);
    if (found < 8) START[found] = Math.floor((Math.sqrt(n) % 1) * 2 ** 32);
    found++;
  }
})();

// SHA-256 (FIPS 180-4) for pages without https, where the browser's own is switched off.
function plainSha256(data) {
  const length = data.length;
  const padded = new Uint8Array(((length + 72) >> 6) << 6);
  padded.set(data);
  padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(length / 2 ** 29));
  view.setUint32(padded.length - 4, (length << 3) >>> 0);
  const state = START.slice();
  const w = new Uint32Array(64);
  const turn = (x, n) => (x >>> n) | (x << (32 - n));
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const a = w[i - 15], b = w[i - 2];
      w[i] = w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + w[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const x = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const y = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + x) | 0; d = c; c = b; b = a; a = (x + y) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((value, i) => { state[i] += value; });
  }
  return [...state].map((word) => word.toString(16).padStart(8, "0")).join("");
}

async function sha256(data) {
  if (!globalThis.crypto?.subtle) return plainSha256(data);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function unpacked(data) {
  const stream = new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Names and bytes of the members of a ZIP file, read from its own table of contents.
async function* members(data) {
  const view = new DataView(data.buffer);
  let end = data.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw new Error("no table of contents");
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    const method = view.getUint16(at + 10, true);
    const size = view.getUint32(at + 20, true);
    const name = new TextDecoder().decode(data.subarray(at + 46, at + 46 + view.getUint16(at + 28, true)));
    const local = view.getUint32(at + 42, true);
    const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const packed = data.subarray(from, from + size);
    yield [name, method === 8 ? await unpacked(packed) : packed];
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
}

async function checkArchive(data) {
  const digests = new Map();
  let listed = {};
  let release = null;
  const wrong = [];
  for await (const [name, bytes] of members(data)) {
    const digest = await sha256(bytes);
    digests.set(name, digest);
    if (name === "checksums.json") listed = JSON.parse(new TextDecoder().decode(bytes));
    const named = /^(?:manifests|objects)\/([0-9a-f]{64})(?:\.json)?$/.exec(name);
    if (named && named[1] !== digest) wrong.push(name);
    if (named && name.startsWith("manifests/")) {
      release = digest;
      if (named[1] === digest) listed = { ...listed, ...partsOf(JSON.parse(new TextDecoder().decode(bytes))) };
    }
  }
  for (const [name, digest] of Object.entries(listed)) if (digests.get(name) !== digest && !wrong.includes(name)) wrong.push(name);
  return { release, wrong };
}

function partsOf(manifest) {
  const parts = {};
  for (const layer of Object.values(manifest.layers)) {
    for (const digest of [layer.attributes, layer.geometry]) if (digest) parts[`objects/${digest}`] = digest;
  }
  return parts;
}

const drop = document.getElementById("drop");
const told = document.getElementById("told");

async function check(file) {
  const { page, lang, reading, altered, unreadable } = drop.dataset;
  told.textContent = reading;
  try {
    const data = new Uint8Array(await file.arrayBuffer());
    let digest = null;
    if (data[0] === 0x50 && data[1] === 0x4b) {
      const found = await checkArchive(data);
      if (found.wrong.length) {
        told.textContent = `${altered}\n${found.wrong.slice(0, 20).join("\n")}`;
        return;
      }
      digest = found.release;
    }
    location.assign(`${page}${digest ?? (await sha256(data))}?lang=${lang}`);
  } catch {
    told.textContent = unreadable;
  }
}

if (drop) {
  drop.hidden = false;
  document.getElementById("file").addEventListener("change", (event) => {
    if (event.target.files[0]) check(event.target.files[0]);
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files[0]) check(event.dataTransfer.files[0]);
  });
}

import { fileURLToPath } from "node:url";

import { defineConfig, type Plugin, transformWithOxc } from "vite";

import { styleFiles } from "./style-document.ts";

/** The policy the page is written for; the service sends the same one as a header. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** Carry the policy in the page itself, so that it holds behind any server. */
const policy: Plugin = {
  name: "content-security-policy",
  apply: "build",
  transformIndexHtml: () => [
    {
      tag: "meta",
      attrs: { "http-equiv": "Content-Security-Policy", content: POLICY },
      injectTo: "head-prepend",
    },
  ],
};

/** Let the worker of the map be on its way before the script that starts it has run. */
const early: Plugin = {
  name: "early-worker",
  apply: "build",
  transformIndexHtml: {
    order: "post",
    handler: (_, { bundle }) =>
      Object.values(bundle ?? {})
        .filter((chunk) => chunk.type === "chunk" && chunk.name === "map-worker")
        .map(({ fileName }) => ({
          tag: "link",
          attrs: { rel: "modulepreload", crossorigin: true, href: `./${fileName}` },
          injectTo: "head" as const,
        })),
  },
};

/**
 * MapLibre from its sources, page and worker in one bundle: what both need is then one shared chunk
 * (the packages it publishes hold that twice), and what the page does not use is left out.
 */
const SOURCES = fileURLToPath(new URL("node_modules/maplibre-gl/src/", import.meta.url));
const WORKER = "virtual:map-worker-url";

const oneMapLibre: Plugin = {
  name: "one-maplibre",
  apply: "build",
  enforce: "pre",
  resolveId(source) {
    if (source === "maplibre-gl") return `${SOURCES}index.ts`;
    return source.startsWith("maplibre-gl/dist/maplibre-gl-worker") ? `\0${WORKER}` : null;
  },
  transform(code, id) {
    // Its classes declare fields that a parent sets: such a field must not be set anew.
    const fields = { typescript: { removeClassFieldsWithoutInitializer: true } };
    return id.startsWith(SOURCES) ? transformWithOxc(code, id, fields) : null;
  },
  load(id) {
    if (id !== `\0${WORKER}`) return null;
    const reference = this.emitFile({ type: "chunk", id: `${SOURCES}source/worker.ts`, name: "map-worker" });
    return `export default import.meta.ROLLUP_FILE_URL_${reference};`;
  },
};

export default defineConfig({
  base: "./",
  plugins: [policy, oneMapLibre, early, styleFiles],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
  server: {
    proxy: Object.fromEntries(
      ["/api", "/tiles", "/ogc"].map((path) => [path, process.env["GEOZONE_DEV_SERVER"] ?? "http://127.0.0.1:8000"]),
    ),
  },
});

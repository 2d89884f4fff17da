// Put beside the page what the offline HTML export of geozone inlines (Leaflet, jQuery),
// and the licence texts of everything that is redistributed.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const MODULES = "node_modules";
const OUTPUT = "dist";

const COPIES = [
  ["leaflet/dist/leaflet.js", "vendor/leaflet.js"],
  ["leaflet/dist/leaflet.css", "vendor/leaflet.css"],
  ["leaflet/dist/images", "vendor/images"],
  ["jquery/dist/jquery.min.js", "vendor/jquery.min.js"],
];

function redistributed() {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf-8"));
  return Object.entries(lock.packages).filter(([path, entry]) => path !== "" && !entry.dev && existsSync(path));
}

function licenceOf([path, entry]) {
  const name = path.slice(path.lastIndexOf(`${MODULES}/`) + MODULES.length + 1);
  const file = readdirSync(path).find((candidate) => /^licen[cs]e/i.test(candidate));
  const text = file ? readFileSync(join(path, file), "utf-8").trim() : `Licence: ${entry.license ?? "see the package"}`;
  return `${name} ${entry.version}\n${"=".repeat(name.length + entry.version.length + 1)}\n\n${text}\n`;
}

mkdirSync(join(OUTPUT, "vendor"), { recursive: true });
for (const [from, to] of COPIES) {
  cpSync(join(MODULES, from), join(OUTPUT, to), { recursive: true });
}
writeFileSync(join(OUTPUT, "THIRD_PARTY_LICENSES.txt"), redistributed().map(licenceOf).join("\n\n"));

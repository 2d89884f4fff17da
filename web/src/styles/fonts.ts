/** Be Vietnam Pro, from the package build: labels need no glyph server. */
import type { FontFacesSpecification } from "maplibre-gl";

import latinExt from "@fontsource/be-vietnam-pro/files/be-vietnam-pro-latin-ext-600-normal.woff2?url";
import latin from "@fontsource/be-vietnam-pro/files/be-vietnam-pro-latin-600-normal.woff2?url";
import vietnamese from "@fontsource/be-vietnam-pro/files/be-vietnam-pro-vietnamese-600-normal.woff2?url";

import { LATIN, LATIN_EXT, VIETNAMESE } from "./font-ranges.ts";

/** The faces of a style: addresses are absolute, the Vietnamese subset comes first. */
export function fontFaces(base: string): FontFacesSpecification {
  const face = (url: string, ranges: string) => ({
    url: new URL(url, base).href,
    "unicode-range": ranges.split(","),
  });
  return {
    "Be Vietnam Pro": [face(vietnamese, VIETNAMESE), face(latin, LATIN), face(latinExt, LATIN_EXT)],
  };
}

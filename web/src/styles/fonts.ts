/** Be Vietnam Pro, from the package build: labels need no glyph server. */
import type { FontFacesSpecification } from "maplibre-gl";

import latinExt from "@fontsource/be-vietnam-pro/files/be-vietnam-pro-latin-ext-600-normal.woff2?url";
import latin from "@fontsource/be-vietnam-pro/files/be-vietnam-pro-latin-600-normal.woff2?url";
import vietnamese from "@fontsource/be-vietnam-pro/files/be-vietnam-pro-vietnamese-600-normal.woff2?url";

const VIETNAMESE =
  "U+0102-0103,U+0110-0111,U+0128-0129,U+0168-0169,U+01A0-01A1,U+01AF-01B0,U+0300-0301,U+0303-0304," +
  "U+0308-0309,U+0323,U+0329,U+1EA0-1EF9,U+20AB";
const LATIN = "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+2000-206F,U+20AC,U+2122,U+2212";
const LATIN_EXT = "U+0100-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D7,U+02DD-02FF,U+1E00-1E9F,U+1EF2-1EFF";

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

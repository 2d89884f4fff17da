/** Samples of the legend, drawn with the very colours and patterns of the map. */
import { type PatternId, PATTERN_RATIO, patternImage } from "../styles/patterns.ts";
import type { Palette } from "../styles/palette.ts";

export interface SwatchLook {
  fill?: string;
  fillAlpha?: number;
  pattern?: PatternId;
  stroke?: string;
  dash?: readonly number[];
  round?: boolean;
}

const WIDTH = 34;
const HEIGHT = 20;

function paintPattern(context: CanvasRenderingContext2D, id: PatternId, palette: Palette): void {
  const image = patternImage(id, palette);
  const tile = document.createElement("canvas");
  tile.width = image.width;
  tile.height = image.height;
  tile.getContext("2d")?.putImageData(new ImageData(image.data, image.width, image.height), 0, 0);
  const fill = context.createPattern(tile, "repeat");
  if (!fill) return;
  context.save();
  context.scale(1 / PATTERN_RATIO, 1 / PATTERN_RATIO);
  context.fillStyle = fill;
  context.fillRect(0, 0, WIDTH * PATTERN_RATIO, HEIGHT * PATTERN_RATIO);
  context.restore();
}

/** Draw one sample. It says nothing to a screen reader: the words beside it do. */
export function swatch(look: SwatchLook, palette: Palette): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.className = "swatch";
  canvas.width = WIDTH * 2;
  canvas.height = HEIGHT * 2;
  canvas.setAttribute("aria-hidden", "true");
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  context.scale(2, 2);
  if (look.round) {
    context.beginPath();
    context.arc(WIDTH / 2, HEIGHT / 2, 6, 0, 2 * Math.PI);
    context.fillStyle = look.fill ?? palette.text;
    context.fill();
    return canvas;
  }
  if (look.fill) {
    context.globalAlpha = look.fillAlpha ?? 1;
    context.fillStyle = look.fill;
    context.fillRect(0, 0, WIDTH, HEIGHT);
    context.globalAlpha = 1;
  }
  if (look.pattern) paintPattern(context, look.pattern, palette);
  if (look.stroke) {
    context.strokeStyle = look.stroke;
    context.lineWidth = 2;
    context.setLineDash([...(look.dash ?? [])]);
    context.strokeRect(1.5, 1.5, WIDTH - 3, HEIGHT - 3);
  }
  return canvas;
}

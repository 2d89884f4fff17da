/** Build elements without markup text: nothing that comes from the service is ever parsed as HTML. */

export type Child = Node | string | null | undefined | false;

interface Attributes {
  class?: string;
  id?: string;
  [name: string]: string | number | boolean | null | undefined | ((event: never) => void);
}

const SVG = "http://www.w3.org/2000/svg";

function apply(element: Element, attributes: Attributes, children: Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value as unknown as EventListener);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
}

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  apply(element, attributes, children);
  return element;
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  apply(element, attributes, children);
  return element;
}

/** Replace the content of a panel; the control that has the focus gets it back by its id. */
export function refill(host: HTMLElement, ...children: Child[]): void {
  const focused = document.activeElement;
  const id = focused && host.contains(focused) ? focused.id : "";
  host.replaceChildren(...children.filter((child): child is Node | string => Boolean(child)));
  if (id) document.getElementById(id)?.focus({ preventScroll: true });
}

/** Icons, as paths in a 20 by 20 box. */
const ICONS = {
  close: "M5 5l10 10M15 5L5 15",
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  fit: "M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4M8 8h4v4H8z",
  save: "M10 3v9M6 9l4 4 4-4M4 16h12",
  play: "M6 4l10 6-10 6z",
  pause: "M7 4v12M13 4v12",
  search: "M13 13l4 4M8.5 14a5.5 5.5 0 1 1 0-11 5.5 5.5 0 0 1 0 11z",
  chevron: "M5 8l5 5 5-5",
  layers: "M10 3l7 4-7 4-7-4zM3 11l7 4 7-4",
  alert: "M10 3l8 14H2zM10 8v4M10 14.5v.5",
} as const;

export function icon(name: keyof typeof ICONS): SVGElement {
  return svg(
    "svg",
    { class: "icon", viewBox: "0 0 20 20", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: ICONS[name] }),
  );
}

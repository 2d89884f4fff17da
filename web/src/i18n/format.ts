/** Numbers and dates as readers of each language write them. */
import type { Language } from "../state.ts";

const LOCALE: Readonly<Record<Language, string>> = { vi: "vi-VN", en: "en-GB" };
const DAY = /^(\d{4})-(\d{2})-(\d{2})/;

export interface Format {
  integer(value: number): string;
  /** A count of which only a range is told; the number itself where there is no more to it. */
  range(least: number, most?: number | null): string;
  /** A difference, with its sign. */
  signed(value: number): string;
  decimal(value: number, digits?: number): string;
  percent(value: number): string;
  /** A day, in full figures; the text itself where it is not a day. */
  day(iso: string): string;
  /** A day without its year. */
  shortDay(iso: string): string;
  /** A moment, in the reader's own time zone. */
  moment(iso: string): string;
  metres(value: number): string;
}

/** Read a calendar day as noon UTC, so that no time zone can move it. */
function noon(iso: string): Date | null {
  const found = DAY.exec(iso);
  return found ? new Date(`${found[0]}T12:00:00Z`) : null;
}

export function formatter(language: Language): Format {
  const locale = LOCALE[language];
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const difference = new Intl.NumberFormat(locale, { maximumFractionDigits: 0, signDisplay: "exceptZero" });
  const day = new Intl.DateTimeFormat(locale, {
    day: "numeric",
    month: language === "vi" ? "numeric" : "short",
    year: "numeric",
    timeZone: "UTC",
  });
  const shortDay = new Intl.DateTimeFormat(locale, {
    day: "numeric",
    month: language === "vi" ? "numeric" : "short",
    timeZone: "UTC",
  });
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const decimal = (value: number, digits = 1): string =>
    new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
  const at = (iso: string, form: Intl.DateTimeFormat): string => {
    const date = noon(iso);
    return date ? form.format(date) : iso;
  };
  return {
    integer: (value) => whole.format(value),
    range: (least, most) => {
      if (most === undefined || most === null || most === least) return whole.format(least);
      if (least <= 1) return `${language === "vi" ? "dưới" : "fewer than"} ${whole.format(most + 1)}`;
      return `${whole.format(least)}–${whole.format(most)}`;
    },
    signed: (value) => difference.format(value),
    decimal,
    percent: (value) => `${decimal(value, 1)} %`,
    day: (iso) => at(iso, day),
    shortDay: (iso) => at(iso, shortDay),
    moment: (iso) => {
      const date = new Date(iso);
      return Number.isNaN(date.getTime()) ? iso : moment.format(date);
    },
    metres: (value) => (value >= 10_000 ? `${decimal(value / 1000)} km` : `${whole.format(value)} m`),
  };
}

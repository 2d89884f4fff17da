import type { Language } from "../state.ts";
import { en } from "./en.ts";
import { type Format, formatter } from "./format.ts";
import type { Messages } from "./messages.ts";
import { vi } from "./vi.ts";

export type { Format, Messages };

/** Words and number formats of one language. */
export interface Words {
  language: Language;
  text: Messages;
  format: Format;
  /** The one of two texts of the service that is in this language. */
  pick(vietnamese: string | null | undefined, english: string | null | undefined): string;
}

export function words(language: Language): Words {
  return {
    language,
    text: language === "vi" ? vi : en,
    format: formatter(language),
    pick: (vietnamese, english) =>
      (language === "vi" ? (vietnamese ?? english) : (english ?? vietnamese)) ?? "",
  };
}

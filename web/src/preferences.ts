/** The two choices a reader makes once: language and appearance. A link overrides them. */
import type { Language, Theme, ViewState } from "./state.ts";

export interface Preferences {
  language?: Language;
  theme?: Theme;
}

const KEY = "geozone.preferences";

/** Storage of the browser, where it allows it. */
export function browserStorage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

export function readPreferences(storage: Pick<Storage, "getItem"> | null): Preferences {
  try {
    const { language, theme } = JSON.parse(storage?.getItem(KEY) ?? "{}") as Record<string, unknown>;
    return {
      ...(language === "vi" || language === "en" ? { language } : {}),
      ...(theme === "auto" || theme === "light" || theme === "dark" ? { theme } : {}),
    };
  } catch {
    return {};
  }
}

export function rememberPreferences(storage: Pick<Storage, "setItem"> | null, state: ViewState): void {
  try {
    storage?.setItem(KEY, JSON.stringify({ language: state.language, theme: state.theme }));
  } catch {
    // A full or forbidden storage loses a convenience, nothing else.
  }
}

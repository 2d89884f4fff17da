/** The two choices a reader makes once: language and appearance. A link overrides them. */
import type { Language, Theme, ViewState } from "./state.ts";

export interface Preferences {
  language?: Language;
  theme?: Theme;
}

const KEY = "geozone.preferences";

/** Storage of the browser, or of this tab alone, where it allows it. */
export function browserStorage(kind: "local" | "session" = "local"): Storage | null {
  try {
    return kind === "local" ? window.localStorage : window.sessionStorage;
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

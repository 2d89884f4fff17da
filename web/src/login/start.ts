/** Signing in, loaded only where the service has accounts. */
import "../css/login.css";

import { el } from "../panels/dom.ts";
import { LoginPanel } from "./panel.ts";
import { connectSession } from "./session.ts";

export function startLogin(base: string): void {
  const place = el("div", { id: "account" });
  document.body.append(place);
  const panel = new LoginPanel({
    place,
    client: connectSession(base),
    language: () => document.documentElement.lang,
    reload: () => location.reload(),
  });
  void panel.start();
}

/** Signing in, loaded only where the service has accounts. */
import "../css/login.css";

import { serviceUrl } from "../api/client.ts";
import { el } from "../panels/dom.ts";
import { LoginPanel } from "./panel.ts";
import { connectSession } from "./session.ts";

/** What became of signing in at the issuer, which the address says once. */
function takeOutcome(): "refused" | "unknown" | null {
  const address = new URL(location.href);
  const outcome = address.searchParams.get("sign-in");
  if (outcome === null) return null;
  address.searchParams.delete("sign-in");
  history.replaceState(history.state, "", address);
  return outcome === "unknown" ? "unknown" : "refused";
}

export function startLogin(base: string): void {
  const place = el("div", { id: "account" });
  document.body.append(place);
  const panel = new LoginPanel({
    place,
    client: connectSession(base),
    language: () => document.documentElement.lang,
    reload: () => location.reload(),
    openid: serviceUrl(base, "api/v1/session/openid", {}),
    cameBack: takeOutcome(),
  });
  void panel.start();
}

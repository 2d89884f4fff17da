/** Who is signed in. The secret of the session is in a cookie that no script can read. */
import { serviceUrl } from "../api/client.ts";

export type Role = "viewer" | "analyst" | "approver" | "admin";

/** `SessionAnswer` of the service. */
export interface Session {
  signed_in: boolean;
  accounts: boolean;
  openid: boolean;
  name: string | null;
  role: Role | null;
  rights: string[];
  areas: string[] | null;
  attributes: Record<string, string[]>;
  must_change_password: boolean;
}

/** Why the service refused. */
export type Refusal = "wrong" | "locked" | "often" | "weak" | "lost";

export class Refused extends Error {
  constructor(
    readonly reason: Refusal,
    readonly detail: string,
  ) {
    super(detail);
    this.name = "Refused";
  }
}

function reasonOf(status: number, detail: string): Refusal {
  if (status === 429) return "often";
  if (status === 400) return "weak";
  if (status === 401 || status === 403) return detail.includes("locked") ? "locked" : "wrong";
  return "lost";
}

export interface SessionClient {
  who(): Promise<Session>;
  signIn(name: string, password: string): Promise<Session>;
  signOut(): Promise<Session>;
  changePassword(old: string, fresh: string): Promise<Session>;
}

export function connectSession(base: string, send: typeof fetch = (...request) => fetch(...request)): SessionClient {
  async function ask(method: string, path: string, body?: unknown): Promise<Session> {
    const init: RequestInit = { method, credentials: "same-origin", cache: "no-store" };
    if (body !== undefined) {
      init.headers = { "Content-Type": "application/json" };
      init.body = JSON.stringify(body);
    }
    let response: Response;
    try {
      response = await send(serviceUrl(base, path, {}), init);
    } catch (error) {
      throw new Refused("lost", String(error));
    }
    const answer = (await response.json().catch(() => ({}))) as Session & { detail?: string };
    if (!response.ok) throw new Refused(reasonOf(response.status, answer.detail ?? ""), answer.detail ?? "");
    return answer;
  }

  return {
    who: () => ask("GET", "api/v1/session"),
    signIn: (name, password) => ask("POST", "api/v1/session", { name, password }),
    signOut: () => ask("DELETE", "api/v1/session"),
    changePassword: (old, fresh) => ask("POST", "api/v1/session/password", { old, new: fresh }),
  };
}

/** Who is at work, and how requests say so: by the cookie of a session, or by the token of this run. */

export interface Session {
  signed_in: boolean;
  /** Whether people sign in with a name and a password; otherwise with the token that the service printed. */
  accounts: boolean;
  name: string | null;
  role: string | null;
  rights: string[];
}

const KEY = "geozone-token";

/** Holds the token for as long as the tab is open; it is never part of an address. */
export class Access {
  readonly #storage: Storage | null;
  readonly #origin: string;
  #token: string | null;

  constructor(base: string, storage: Storage | null) {
    this.#storage = storage;
    this.#origin = new URL(base).origin;
    this.#token = storage?.getItem(KEY) ?? null;
  }

  get token(): string | null {
    return this.#token;
  }

  set token(value: string | null) {
    this.#token = value;
    if (value === null) this.#storage?.removeItem(KEY);
    else this.#storage?.setItem(KEY, value);
  }

  /** What a request to an address of this service must carry. */
  headers(address: string): Record<string, string> {
    const here = this.#token !== null && new URL(address, this.#origin).origin === this.#origin;
    return here ? { Authorization: `Bearer ${this.#token}` } : {};
  }

  /** Send a request as who is at work; the token goes to this service only. */
  readonly send: typeof fetch = (input, init = {}) => {
    const headers = new Headers(init.headers);
    const own = this.headers(input instanceof Request ? input.url : String(input));
    for (const [name, value] of Object.entries(own)) headers.set(name, value);
    return fetch(input, { ...init, headers, credentials: "same-origin", cache: "no-store" });
  };
}

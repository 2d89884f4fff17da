/** The account button and its dialog: sign in, see who one is, change the password, sign out. */
import { el, refill } from "../panels/dom.ts";
import { Refused, type Session, type SessionClient } from "./session.ts";
import { type LoginWords, loginWords } from "./words.ts";

/** Where the page stands; after a change of person everything is read anew. */
export interface LoginHost {
  place: HTMLElement;
  client: SessionClient;
  language(): string;
  reload(): void;
  /** Where one goes to sign in at the issuer, if the service has one. */
  openid: string;
  /** How that ended, if one has just come back without being signed in. */
  cameBack: "refused" | "unknown" | null;
}

interface Field {
  id: string;
  label: string;
  type: "text" | "password";
  complete: string;
  help?: string;
}

export class LoginPanel {
  readonly #host: LoginHost;
  readonly #dialog: HTMLDialogElement;
  #session: Session | null = null;
  #changing = false;
  #fault = "";
  #busy = false;

  constructor(host: LoginHost) {
    this.#host = host;
    this.#dialog = el("dialog", { id: "login", class: "login", "aria-labelledby": "login-title" });
    document.body.append(this.#dialog);
    // The language is chosen elsewhere on the page, which tells by the language of the document.
    new MutationObserver(() => this.#draw()).observe(document.documentElement, { attributeFilter: ["lang"] });
  }

  async start(): Promise<void> {
    this.#session = await this.#host.client.who().catch(() => null);
    this.#draw();
    if (this.#session?.must_change_password || this.#host.cameBack) this.#open();
    if (this.#host.cameBack)
      this.#refuse(this.#host.cameBack === "unknown" ? this.#words.backUnknown : this.#words.backRefused);
  }

  get #words(): LoginWords {
    return loginWords(this.#host.language());
  }

  #open(): void {
    this.#fault = "";
    this.#changing = this.#session?.must_change_password ?? false;
    this.#draw();
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  #draw(): void {
    const text = this.#words;
    const session = this.#session;
    const label = session?.signed_in ? this.#who(session) : text.signIn;
    refill(
      this.#host.place,
      el("button", { type: "button", id: "account-button", "aria-haspopup": "dialog", click: () => this.#open() }, label),
    );
    const body = session?.signed_in ? (this.#changing ? this.#passwordForm() : this.#about(session)) : this.#signInForm();
    refill(
      this.#dialog,
      el("h2", { id: "login-title" }, session?.signed_in ? text.account : text.signIn),
      ...body,
    );
  }

  #who(session: Session): string {
    const text = this.#words;
    return text.signedInAs(session.name ?? "", session.role ? text.roles[session.role] : "");
  }

  #about(session: Session): Node[] {
    const text = this.#words;
    return [
      el("p", { class: "login-who" }, this.#who(session)),
      el("p", {}, session.areas ? text.areas(session.areas.join(", ")) : text.everywhere),
      this.#alert(),
      el(
        "div",
        { class: "login-actions" },
        this.#button("login-out", text.signOut, () => this.#act(() => this.#host.client.signOut(), true)),
        this.#button("login-change", text.change, () => {
          this.#changing = true;
          this.#draw();
          document.getElementById("login-old")?.focus();
        }),
        this.#button("login-close", text.close, () => this.#dialog.close()),
      ),
    ];
  }

  #signInForm(): Node[] {
    const text = this.#words;
    const fields: Field[] = [
      { id: "login-name", label: text.name, type: "text", complete: "username" },
      { id: "login-password", label: text.password, type: "password", complete: "current-password" },
    ];
    return [
      this.#form(fields, text.signIn, ([name, password]) =>
        this.#act(() => this.#host.client.signIn(name ?? "", password ?? ""), true),
      ),
      ...(this.#session?.openid
        ? [el("p", { class: "login-issuer" }, el("a", { id: "login-openid", href: this.#host.openid }, text.byIssuer))]
        : []),
    ];
  }

  #passwordForm(): Node[] {
    const text = this.#words;
    const must = this.#session?.must_change_password ?? false;
    const fields: Field[] = [
      { id: "login-old", label: text.oldPassword, type: "password", complete: "current-password" },
      { id: "login-new", label: text.newPassword, type: "password", complete: "new-password", help: text.passwordHelp },
      { id: "login-again", label: text.again, type: "password", complete: "new-password" },
    ];
    return [
      ...(must ? [el("p", {}, text.mustChange)] : []),
      // For keepers of passwords: whose password it is.
      el("input", { type: "text", autocomplete: "username", value: this.#session?.name, hidden: true }),
      this.#form(fields, text.change, async ([old, fresh, again]) => {
        if (fresh !== again) return this.#refuse(text.differs);
        await this.#act(() => this.#host.client.changePassword(old ?? "", fresh ?? ""), true);
      }),
    ];
  }

  #form(fields: Field[], label: string, send: (values: string[]) => Promise<void> | void): HTMLFormElement {
    const inputs = fields.map((field) =>
      el("input", {
        id: field.id,
        type: field.type,
        autocomplete: field.complete,
        required: true,
        maxlength: field.type === "text" ? 64 : 256,
        autocapitalize: "none",
        spellcheck: "false",
        "aria-describedby": field.help ? `${field.id}-help` : null,
      }),
    );
    const submit = (event: Event): void => {
      event.preventDefault();
      if (!this.#busy) void send(inputs.map((input) => input.value));
    };
    return el(
      "form",
      { submit },
      ...fields.map((field, index) =>
        el(
          "p",
          { class: "login-field" },
          el("label", { for: field.id }, field.label),
          inputs[index],
          field.help && el("small", { id: `${field.id}-help` }, field.help),
        ),
      ),
      this.#alert(),
      el(
        "div",
        { class: "login-actions" },
        el("button", { type: "submit", id: "login-send", class: "login-main" }, label),
        this.#button("login-close", this.#words.close, () => this.#dialog.close()),
      ),
    );
  }

  #alert(): HTMLElement {
    return el("p", { class: "login-fault", id: "login-fault", role: "alert" }, this.#fault);
  }

  #button(id: string, label: string, click: () => void): HTMLButtonElement {
    return el("button", { type: "button", id, click }, label);
  }

  /** Say what is wrong without taking away what was typed. */
  #refuse(fault: string): void {
    this.#fault = fault;
    const place = document.getElementById("login-fault");
    if (place) place.textContent = fault;
  }

  async #act(ask: () => Promise<Session>, anew: boolean): Promise<void> {
    this.#busy = true;
    try {
      this.#session = await ask();
    } catch (error) {
      this.#refuse(this.#words.refusals[error instanceof Refused ? error.reason : "lost"]);
      return;
    } finally {
      this.#busy = false;
    }
    if (this.#session.must_change_password) return this.#open();
    this.#dialog.close();
    this.#draw();
    if (anew) this.#host.reload();
  }
}

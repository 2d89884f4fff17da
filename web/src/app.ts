/** The controller: one state, one summary; every change goes through `change` and is drawn once. */
import { Access } from "./access.ts";
import { type Client, ServiceError } from "./api/client.ts";
import type { ReleaseEntry, SearchResult, Summary } from "./api/types.ts";
import { Beside } from "./compare/beside.ts";
import { Ground } from "./ground.ts";
import { type Words, words } from "./i18n/index.ts";
import { MapView } from "./map/map-view.ts";
import type { DeskPanel, DeskSelection } from "./desk/desk-panel.ts";
import { CardPanel } from "./panels/card-panel.ts";
import { refill } from "./panels/dom.ts";
import { renderHeadline } from "./panels/headline.ts";
import { renderLegend } from "./panels/legend.ts";
import { renderMapButtons } from "./panels/map-buttons.ts";
import { renderBanner, renderLost, renderNothingReleased, renderToast } from "./panels/notices.ts";
import { SearchBox } from "./panels/search.ts";
import { TakeAwayPanel } from "./panels/take-away-panel.ts";
import { renderTimeline } from "./panels/timeline.ts";
import { type Moment, momentsInOrder, standOn } from "./moments.ts";
import { type Preferences, browserStorage, rememberPreferences } from "./preferences.ts";
import { type ViewState, comparedWith, formatState, parseState, toggled } from "./state.ts";
import { readBaseMap } from "./styles/base-map.ts";
import { DARK, LIGHT } from "./styles/palette.ts";

/** As near as a street is shown. */
const STREET_ZOOM = 16;
const POLL_MS = 60_000;
const RETRY_MS = 10_000;
/** How long a release stays when they are played, at least; it also waits until it is drawn. */
const STEP_MS = 1_500;
/** Narrower than this the panels are sheets at the bottom of the screen. */
const PHONE = "(max-width: 719px)";

function part(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

export class App {
  readonly #client: Client;
  readonly #access: Access;
  readonly #ground: Ground;
  readonly #storage: Storage | null;
  readonly #dark = window.matchMedia("(prefers-color-scheme: dark)");
  readonly #phone = window.matchMedia(PHONE);
  readonly #map: MapView;
  readonly #search: SearchBox;
  readonly #card: CardPanel;
  readonly #beside: Beside;
  readonly #takeAway: TakeAwayPanel;
  #desk: DeskPanel | null = null;
  /** Whether the service has a desk for this reader. */
  #deskOffered = false;
  #base: string;
  #state: ViewState;
  #words: Words;
  #summary: Summary | null = null;
  #etag: string | null = null;
  #before: Summary | null = null;
  #announced: Summary | null = null;
  #releases: ReleaseEntry[] = [];
  /** Doses and ages with a coverage in the release shown. */
  #bands: string[] = [];
  readonly #baseMap = readBaseMap(document);
  #legendOpen: boolean;
  /** Answers awaited that the map is drawn without. */
  #reading = 0;
  #retry = 0;
  #playing = 0;
  /** Whether a place that was looked for is flagged. */
  #flagged = false;
  /** Whether some of the map could not be loaded. */
  #incomplete = false;
  /** Whether the first view is chosen: until then the map only takes its size. */
  #framed = false;

  constructor(client: Client, base: string, preferences: Preferences, storage: Storage | null) {
    this.#client = client;
    this.#access = new Access(base, browserStorage("session"));
    this.#ground = new Ground(base, client, this.#access);
    this.#base = base;
    this.#storage = storage;
    this.#state = parseState(location.hash, { ...parseState(""), ...preferences });
    this.#words = words(this.#state.language);
    this.#legendOpen = !this.#phone.matches;
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#map = new MapView(part("map"), base, this.#state.camera, {
      moving: (camera) => this.#beside.follow(camera),
      moved: (camera) => {
        if (this.#framed) this.change({ camera }, "replace");
        this.#desk?.moved();
      },
      picked: (selection) => this.change({ selection }),
      failed: (message) => this.#mapFailed(message),
    }, still, (address) => this.#access.headers(address));
    this.#takeAway = new TakeAwayPanel(part("take-away"), base, (message) => this.#say(message));
    const hosts = { stage: part("stage"), map: part("beside"), divider: part("divider"), names: part("sides") };
    this.#beside = new Beside(hosts, client, base, still, {
      moving: (camera) => this.#map.jump(camera),
      picked: (selection) => this.change({ selection }),
      change: (patch) => this.change(patch, "split" in patch ? "replace" : "push"),
      failed: (message) => this.#mapFailed(message),
      room: () => this.#padding(),
    });
    this.#search = new SearchBox(part("find"), this.#words, {
      find: (query, signal) => this.#ground.client(this.#state).search(query, this.#ground.reference(this.#state), signal),
      choose: (result) => this.#goTo(result),
      announce: (message) => this.#say(message),
    });
    this.#card = new CardPanel(part("card"), {
      close: () => this.#closeCard(),
      select: (selection) => this.change({ selection }),
      setRelease: (release) => this.change({ release, draft: null }),
      say: (message) => this.#say(message),
      located: (box) => {
        if (!this.#flagged && !this.#map.contains(box, this.#padding())) this.#map.fit(box, this.#padding());
      },
    });
    this.#listen();
    const below = (): void => part("stage").style.setProperty("--below", `${this.#below}px`);
    new ResizeObserver(below).observe(part("timeline"));
  }

  /** Load the release and keep up with new ones. */
  async start(): Promise<void> {
    this.#drawWords();
    await this.#load();
    this.#deskOffered = await this.#client.hasDesk().catch(() => false);
    this.#drawHeadline();
    if (this.#deskOffered) await this.#lookForDrafts();
    this.#client.follow((digest) => {
      if (digest !== this.#summary?.release.digest) void this.#poll();
    });
    // Where a proxy swallows the stream, asking now and then still finds a new release.
    window.setInterval(() => void this.#poll(), POLL_MS);
  }

  /** Ask once whether there is a newer release. */
  checkForNews(): Promise<void> {
    return this.#poll();
  }

  /** Whether everything that was asked for is drawn. */
  get settled(): boolean {
    return this.#summary !== null && this.#reading === 0 && this.#map.settled && this.#beside.settled && !this.#card.busy && !this.#deskBusy;
  }

  /** How many features of a layer are on the screen. */
  drawn(layer: string): number {
    return this.#map.drawn(layer);
  }

  change(patch: Partial<ViewState>, history: "push" | "replace" = "push"): void {
    const before = this.#state;
    if (this.#flagged && patch.selection !== undefined) {
      this.#flagged = false;
      this.#map.flag(null);
    }
    this.#state = { ...before, ...patch };
    this.#write(before, history);
    this.#draw(before);
  }

  #listen(): void {
    const follow = (): void => {
      const before = this.#state;
      this.#state = parseState(location.hash, { ...before, hidden: [], opacity: 0.8, patterns: false, paint: "level" });
      this.#draw(before);
      const { camera } = this.#state;
      if (camera && formatState({ ...before, camera }) !== formatState(before)) this.#map.jump(camera);
    };
    window.addEventListener("popstate", follow);
    this.#dark.addEventListener("change", () => this.#redraw());
    this.#phone.addEventListener("change", () => {
      this.#legendOpen = !this.#phone.matches;
      this.#redraw();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#state.selection) this.#closeCard();
    });
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) void this.#poll();
    });
  }

  #write(before: ViewState, how: "push" | "replace"): void {
    const hash = formatState(this.#state);
    if (hash === location.hash) return;
    const step =
      how === "push" &&
      (["selection", "release", "draft", "beside"] as const).some((name) => before[name] !== this.#state[name]);
    if (step) history.pushState(null, "", hash);
    else history.replaceState(null, "", hash);
    rememberPreferences(this.#storage, this.#state);
  }

  /** Show what was found: a street is flagged, and the card tells of the commune that it is in. */
  #goTo({ kind, bbox, code }: SearchResult): void {
    this.change({ selection: { kind: "commune", code } });
    const place = kind !== "commune" && bbox !== null;
    this.#flagged = place;
    this.#map.flag(place ? [(bbox[0] + bbox[2]) / 2, (bbox[1] + bbox[3]) / 2] : null);
    if (bbox) this.#map.fit(bbox, this.#padding(), "smoothly", place ? STREET_ZOOM : undefined);
  }

  #closeCard(): void {
    this.change({ selection: null });
    document.querySelector<HTMLElement>("#map canvas")?.focus({ preventScroll: true });
  }

  async #load(): Promise<void> {
    window.clearTimeout(this.#retry);
    try {
      const { summary, etag } = await this.#ground.client(this.#state).summary(this.#ground.reference(this.#state));
      if (!summary) return;
      const first = this.#summary === null;
      this.#summary = summary;
      this.#incomplete = false;
      this.#etag = this.#state.release === null && this.#state.draft === null ? etag : null;
      this.#announced = null;
      this.#before = null;
      part("empty").hidden = true;
      this.#redraw();
      const unframed = first && !this.#state.camera;
      if (unframed) this.#map.fit(summary.bounds, this.#padding(), "at once");
      this.#framed = true;
      await this.#readNeighbours();
      if (this.#summary !== summary) return;
      this.#redraw();
      // The headline has grown by what changed, and left the map less room.
      if (unframed && !this.#map.touched && !this.#state.selection) this.#map.fit(summary.bounds, this.#padding(), "at once");
    } catch (error) {
      await this.#failed(error);
    }
  }

  /**
   * The list of releases, the one before the one shown, the doses and ages with a coverage. They are asked for
   * once the map is on its way, and it does without them if it must.
   */
  async #readNeighbours(): Promise<void> {
    const shown = this.#summary;
    const covered = shown?.layers.some(({ id }) => id === "coverage");
    this.#reading += 1;
    const { draft } = this.#state;
    const [releases, columns] = await Promise.all([
      this.#client.releases().catch(() => []),
      covered && shown ? this.#ground.client(this.#state).columns("coverage", shown.release.digest).catch(() => []) : [],
      draft !== null && !this.#ground.knows(draft) ? this.#ground.look() : null,
    ]);
    this.#releases = releases;
    this.#bands = columns.filter((name) => name.endsWith("_percent")).map((name) => name.replace("_percent", "")).sort();
    const moments = this.#moments;
    const before = moments.slice(0, this.#at(moments)).filter(({ kind }) => kind === "release").pop();
    this.#before = before && (await this.#client.summary(before.digest).catch(() => null))?.summary || null;
    this.#reading -= 1;
  }

  async #failed(error: unknown): Promise<void> {
    const status = error instanceof ServiceError ? error.status : 0;
    if ([401, 403, 404].includes(status) && this.#state.draft !== null) {
      this.#say(this.#words.text.draftMissing);
      this.change({ draft: null }, "replace");
      return;
    }
    if (status === 404 && this.#state.release !== null) {
      this.#say(this.#words.text.releaseMissing);
      this.change({ release: null }, "replace");
      return;
    }
    // A service without a release refuses the summary, but lists its releases: none.
    const none = status !== 0 && (await this.#client.releases().catch(() => null))?.length === 0;
    if (none) renderNothingReleased(part("empty"), this.#words);
    else renderLost(part("empty"), this.#words, error instanceof Error ? error.message : "", () => void this.#load());
    this.#retry = window.setTimeout(() => void this.#load(), RETRY_MS);
  }

  async #poll(): Promise<void> {
    if (!this.#summary || this.#state.release !== null || this.#state.draft !== null || document.hidden) return;
    try {
      const { changed, summary, etag } = await this.#client.summary(null, this.#etag);
      if (!changed || !summary) return;
      this.#etag = etag;
      if (summary.release.digest === this.#summary.release.digest) return;
      this.#announced = summary;
      this.#drawToast();
    } catch {
      // The next poll asks again; what is on the screen stays valid.
    }
  }

  #showNews(): void {
    if (!this.#announced) return;
    this.#summary = this.#announced;
    this.#announced = null;
    void this.#readNeighbours().then(() => this.#redraw());
    this.#drawToast();
    this.#say(this.#words.text.updated);
  }

  /** Draw what a change of state touches. */
  #draw(before: ViewState): void {
    const now = this.#state;
    if (now.language !== before.language) {
      this.#words = words(now.language);
      this.#drawWords();
    }
    if (now.release !== before.release || now.draft !== before.draft) {
      void this.#load();
      return;
    }
    const { camera, split } = before;
    const onlyMoved = formatState({ ...now, camera, split }) === formatState(before);
    if (!onlyMoved) this.#redraw(before);
    else if (now.split !== split) this.#drawBeside();
    if (onlyMoved) this.#drawTakeAway();
  }

  #redraw(before?: ViewState): void {
    document.documentElement.dataset["theme"] = this.#theme;
    const summary = this.#summary;
    this.#drawHeadline();
    if (!summary) return;
    const now = this.#state;
    const selectionOnly =
      before !== undefined &&
      comparedWith(now) === comparedWith(before) &&
      formatState({ ...now, selection: null }) === formatState({ ...before, selection: null });
    if (selectionOnly) this.#map.select(now.selection);
    else this.#map.show({ layers: summary.layers, digest: summary.release.digest, base: this.#ground.base(now) }, now, this.#theme);
    if (!selectionOnly) this.#drawLegend();
    this.#drawButtons();
    const credit = part("attribution");
    credit.textContent = this.#state.base ? (this.#baseMap?.attribution ?? "") : "";
    credit.hidden = credit.textContent === "";
    this.#drawBanner();
    this.#drawTimeline();
    this.#drawBeside();
    this.#drawTakeAway();
    const palette = this.#theme === "dark" ? DARK : LIGHT;
    this.#drawDesk(now.selection?.kind === "desk" ? now.selection : null);
    const selection = now.selection?.kind === "desk" ? null : now.selection;
    const asked = { client: this.#ground.client(now), release: this.#ground.reference(now) };
    this.#card.show(selection, { ...asked, summary, releases: this.#releases, palette }, this.#words);
    document.body.classList.toggle("has-card", now.selection !== null);
    document.body.classList.toggle("has-draft", now.draft !== null);
  }

  get #deskBusy(): boolean {
    if (this.#state.selection?.kind !== "desk") return false;
    return this.#desk === null || this.#desk.busy;
  }

  /** The desk is loaded when it is first asked for: most readers never open it. */
  #drawDesk(selection: DeskSelection | null): void {
    if (!selection) this.#desk?.hide();
    else if (this.#desk) this.#desk.show(selection, this.#words);
    else void this.#loadDesk();
  }

  #toggleDesk(): void {
    if (this.#state.selection?.kind === "desk") this.#closeCard();
    else this.change({ selection: { kind: "desk", tab: "what-if" } });
  }

  async #loadDesk(): Promise<void> {
    const { DeskPanel } = await import("./desk/desk-panel.ts");
    this.#desk ??= new DeskPanel(part("card"), this.#base, this.#access, {
      close: () => this.#closeCard(),
      go: (selection, how) => this.change({ selection }, how),
      say: (message) => this.#say(message),
      changed: () => void this.#lookForDrafts(),
      overlay: (overlay) => this.#map.lay(overlay),
      pin: (pin) => this.#map.pin(pin),
      fit: (box) => this.#map.fit(box, this.#padding()),
      window: () => ({ bbox: this.#map.bounds, zoom: this.#map.camera.zoom }),
    });
    if (this.#state.selection?.kind === "desk") this.#desk.show(this.#state.selection, this.#words);
  }

  #drawBeside(): void {
    if (!this.#summary) return;
    const shared = { state: this.#state, theme: this.#theme, words: this.#words, releases: this.#releases };
    this.#beside.show({ ...shared, shown: this.#summary }, this.#map.camera);
  }

  #drawTakeAway(): void {
    const summary = this.#summary;
    if (summary) this.#takeAway.show({ words: this.#words, state: this.#state, summary, box: this.#map.box });
  }

  #toggleTakeAway(): void {
    const summary = this.#summary;
    if (this.#takeAway.isOpen) this.#takeAway.close();
    else if (summary) this.#takeAway.open({ words: this.#words, state: this.#state, summary, box: this.#map.box });
  }

  #drawWords(): void {
    const { text, language } = this.#words;
    document.documentElement.lang = language;
    document.title = `${text.title} · geozone`;
    part("skip").textContent = text.skip;
    this.#map.describe(text.mapLabel, language);
    this.#search.speak(this.#words);
    this.#drawButtons();
    this.#drawToast();
    this.#drawHeadline();
  }

  /** A draft is not printed by the service: what it prints is what was decided. */
  #drawButtons(): void {
    renderMapButtons(part("map-buttons"), this.#words, {
      zoom: (steps) => this.#map.zoomBy(steps),
      fit: () => this.#summary && this.#map.fit(this.#summary.bounds, this.#padding()),
      takeAway: this.#client.served && this.#state.draft === null ? () => this.#toggleTakeAway() : null,
    });
  }

  #drawHeadline(): void {
    document.documentElement.dataset["theme"] = this.#theme;
    renderHeadline(
      part("headline"),
      {
        words: this.#words,
        theme: this.#state.theme,
        summary: this.#summary,
        before: this.#before,
        past: this.#state.release !== null,
        draft: this.#ground.draft(this.#state, this.#summary?.release.as_of ?? ""),
        desk: this.#deskOffered,
        atDesk: this.#state.selection?.kind === "desk",
      },
      {
        switchLanguage: () => this.change({ language: this.#state.language === "vi" ? "en" : "vi" }, "replace"),
        setTheme: (theme) => this.change({ theme }, "replace"),
        showCurrent: () => this.change({ release: null, draft: null }),
        openDesk: () => this.#toggleDesk(),
      },
    );
  }

  #drawLegend(): void {
    if (!this.#summary) {
      refill(part("tools"));
      return;
    }
    renderLegend(
      part("tools"),
      {
        words: this.#words,
        state: this.#state,
        summary: this.#summary,
        moments: this.#moments,
        shown: this.#shown,
        bands: this.#bands,
        baseMap: this.#baseMap,
        palette: this.#theme === "dark" ? DARK : LIGHT,
        open: this.#legendOpen,
      },
      {
        toggle: (layer) => this.change({ hidden: toggled(this.#state.hidden, layer) }, "replace"),
        setOpacity: (opacity) => this.change({ opacity }, "replace"),
        setPatterns: (patterns) => this.change({ patterns }, "replace"),
        setPaint: (paint) => this.change({ paint }, "replace"),
        setBand: (band) => this.change({ band }, "replace"),
        setCases: (cases) => this.change({ cases }, "replace"),
        setBase: (base) => this.change({ base }, "replace"),
        show: (moment) => this.change(standOn(moment)),
        setOpen: (open) => {
          this.#legendOpen = open;
          this.#drawLegend();
        },
      },
    );
  }

  #drawBanner(): void {
    const approximate = this.#summary?.release.boundary_quality === "approximate";
    renderBanner(part("banner"), this.#words, { approximate, incomplete: this.#incomplete }, () => {
      this.#incomplete = false;
      this.#map.reload();
      this.#drawBanner();
    });
  }

  /** A part that is missing is said: an empty place must never be read as one without cases. */
  #mapFailed(message: string): void {
    console.warn(message);
    if (this.#incomplete) return;
    this.#incomplete = true;
    this.#drawBanner();
  }

  #drawTimeline(): void {
    if (!this.#summary) return;
    renderTimeline(
      part("timeline"),
      { words: this.#words, moments: this.#moments, shown: this.#shown, playing: this.#playing !== 0, since: comparedWith(this.#state), beside: this.#state.beside },
      {
        show: (moment) => {
          this.#play(false);
          this.change(standOn(moment));
        },
        play: (on) => this.#play(on),
        compare: (since) => this.change({ selection: since === null ? null : { kind: "changes", since } }),
        setBeside: (beside) => this.change({ beside }),
      },
    );
    document.body.classList.toggle("has-timeline", !part("timeline").hidden);
  }

  /** Releases and drafts, oldest first. */
  get #moments(): Moment[] {
    return momentsInOrder(this.#releases, this.#ground.drafts);
  }

  /** What the one shown is called among them. */
  get #shown(): string {
    return this.#state.draft ?? this.#summary?.release.digest ?? "";
  }

  /** Which of them is shown; -1 for none. */
  #at(moments: readonly Moment[]): number {
    return moments.findIndex(({ digest }) => digest === this.#shown);
  }

  async #lookForDrafts(): Promise<void> {
    await this.#ground.look();
    this.#drawHeadline();
    this.#drawLegend();
    this.#drawTimeline();
  }

  #play(on: boolean): void {
    window.clearInterval(this.#playing);
    this.#playing = on ? window.setInterval(() => this.#step(), STEP_MS) : 0;
    if (on) this.#step();
    this.#drawTimeline();
  }

  /** Show the moment after the one shown; from the last one it begins again, and stops there. */
  #step(): void {
    if (!this.settled) return;
    const moments = this.#moments;
    const next = moments[(this.#at(moments) + 1) % moments.length];
    if (!next) return;
    this.change(standOn(next), "replace");
    if (next === moments[moments.length - 1]) this.#play(false);
  }

  #drawToast(): void {
    const release = this.#announced?.release;
    renderToast(part("toast"), this.#words, release ? release.decision || release.as_of : null, {
      show: () => this.#showNews(),
      later: () => {
        this.#announced = null;
        this.#drawToast();
      },
    });
  }

  get #theme(): "light" | "dark" {
    if (this.#state.theme === "auto") return this.#dark.matches ? "dark" : "light";
    return this.#state.theme;
  }

  /** Room that the panels take from the map. */
  #padding(): { left: number; right: number; top: number; bottom: number } {
    if (this.#phone.matches) {
      const sheet = this.#state.selection ? part("stage").clientHeight * 0.6 : 110;
      return { left: 16, right: 16, top: 120, bottom: sheet + 16 };
    }
    const style = getComputedStyle(document.documentElement);
    const width = (name: string): number => Number.parseFloat(style.getPropertyValue(name));
    const card = this.#state.selection ? width("--card") : 0;
    return { left: width("--side") + 40, right: card + 40, top: 56, bottom: this.#below };
  }

  /** Height that the timeline takes at the bottom of the map. */
  get #below(): number {
    const timeline = part("timeline");
    return timeline.hidden ? 76 : part("stage").clientHeight - timeline.offsetTop + 12;
  }

  #say(message: string): void {
    part("announcer").textContent = message;
  }
}

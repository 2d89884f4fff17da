/** Two releases side by side: a second map above the first, cut off at a divider, that moves with it. */
import type { Client } from "../api/client.ts";
import type { ReleaseEntry, Summary } from "../api/types.ts";
import type { Words } from "../i18n/index.ts";
import { MapView } from "../map/map-view.ts";
import { el, icon, refill } from "../panels/dom.ts";
import { inOrder, releaseName } from "../releases.ts";
import type { Camera, Selection, ViewState } from "../state.ts";
import { type Limits, divider, placeDivider } from "./divider.ts";

export interface BesideHosts {
  stage: HTMLElement;
  map: HTMLElement;
  divider: HTMLElement;
  names: HTMLElement;
}

export interface BesideActions {
  /** The other map was moved by hand. */
  moving(camera: Camera): void;
  picked(selection: Selection | null): void;
  change(patch: Pick<Partial<ViewState>, "beside" | "split">): void;
  failed(message: string): void;
  /** Pixels that panels cover on either side. */
  room(): { left: number; right: number };
}

export interface BesideModel {
  state: ViewState;
  theme: "light" | "dark";
  words: Words;
  /** The release on the right. */
  shown: Summary;
  releases: readonly ReleaseEntry[];
}

export class Beside {
  readonly #hosts: BesideHosts;
  readonly #client: Client;
  readonly #base: string;
  readonly #still: boolean;
  readonly #actions: BesideActions;
  #view: MapView | null = null;
  #summary: Summary | null = null;
  #wanted: string | null = null;
  #split = 0.5;
  #spoken = "";
  #following = false;

  constructor(hosts: BesideHosts, client: Client, base: string, still: boolean, actions: BesideActions) {
    this.#hosts = hosts;
    this.#client = client;
    this.#base = base;
    this.#still = still;
    this.#actions = actions;
  }

  /** Whether all of it is drawn, or it is not shown at all. */
  get settled(): boolean {
    if (this.#wanted === null) return true;
    return this.#summary?.release.digest === this.#wanted && this.#view !== null && this.#view.settled;
  }

  show(model: BesideModel, camera: Camera): void {
    const { beside } = model.state;
    this.#wanted = beside;
    for (const host of [this.#hosts.map, this.#hosts.divider, this.#hosts.names]) host.hidden = beside === null;
    if (beside === null) {
      this.#summary = null;
      this.#spoken = "";
      return;
    }
    this.#open(camera);
    this.#place(model.state.split);
    this.#name(model);
    if (this.#summary?.release.digest === beside) this.#draw(this.#summary, model);
    else void this.#load(beside, model);
  }

  /** Move with the first map. */
  follow(camera: Camera): void {
    if (this.#wanted === null || !this.#view || this.#following) return;
    this.#following = true;
    this.#view.jump(camera);
    this.#following = false;
  }

  #open(camera: Camera): void {
    if (this.#view) {
      this.#view.resize();
      this.follow(camera);
      return;
    }
    const lead = (where: Camera): void => {
      if (this.#following) return;
      this.#following = true;
      this.#actions.moving(where);
      this.#following = false;
    };
    this.#view = new MapView(this.#hosts.map, this.#base, camera, {
      moving: lead,
      moved: lead,
      // A zone of the other release may be unknown to the one whose cards are shown; a commune never is.
      picked: (selection) => this.#actions.picked(selection?.kind === "zone" ? null : selection),
      failed: this.#actions.failed,
    }, this.#still);
  }

  async #load(digest: string, model: BesideModel): Promise<void> {
    const found = await this.#client.summary(digest).catch(() => null);
    if (this.#wanted !== digest) return;
    if (!found?.summary) {
      this.#actions.change({ beside: null });
      return;
    }
    this.#summary = found.summary;
    this.#draw(found.summary, model);
  }

  #draw(summary: Summary, { state, theme, words }: BesideModel): void {
    const selection = state.selection?.kind === "commune" ? state.selection : null;
    this.#view?.show({ layers: summary.layers, digest: summary.release.digest }, { ...state, selection }, theme);
    this.#view?.describe(words.text.mapBeside(words.format.day(summary.release.as_of)), words.language);
  }

  #limits(): Limits {
    const { left, right } = this.#actions.room();
    const width = Math.max(1, this.#hosts.stage.clientWidth);
    return { least: Math.max(0.05, left / width), most: Math.min(0.95, 1 - right / width) };
  }

  #place(split: number): void {
    this.#split = split;
    placeDivider(this.#hosts.divider, split);
    this.#hosts.map.style.setProperty("clip-path", `inset(0 ${100 * (1 - split)}% 0 0)`);
    this.#hosts.names.style.setProperty("--split", `${100 * split}%`);
  }

  #name({ words, shown, releases, state }: BesideModel): void {
    const said = JSON.stringify([words.language, shown.release.digest, state.beside, releases.length]);
    if (said === this.#spoken) return;
    this.#spoken = said;
    const { text } = words;
    refill(
      this.#hosts.divider,
      ...divider(words, this.#hosts.stage, () => this.#split, {
        move: (split) => this.#actions.change({ split }),
        limits: () => this.#limits(),
      }),
    );
    const others = inOrder(releases).filter((entry) => entry.digest !== shown.release.digest);
    const chosen = el(
      "select",
      { id: "beside-with", "aria-label": text.besideWith, change: () => this.#actions.change({ beside: chosen.value }) },
      ...others.map((entry) => el("option", { value: entry.digest, selected: entry.digest === state.beside }, releaseName(words, entry))),
    );
    refill(
      this.#hosts.names,
      el("div", { class: "side-left" }, chosen),
      el(
        "div",
        { class: "side-right" },
        el("b", {}, `${words.format.day(shown.release.as_of)} · ${shown.release.decision ?? text.noDecision}`),
        el(
          "button",
          { type: "button", id: "beside-close", class: "icon-button", "aria-label": text.besideClose, title: text.besideClose, click: () => this.#actions.change({ beside: null }) },
          icon("close"),
        ),
      ),
    );
  }
}

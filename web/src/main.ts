import "./page.css";

import { type Client, connect } from "./api/client.ts";
import { beginningWith, readFirst } from "./api/first.ts";
import { App } from "./app.ts";
import { browserStorage, readPreferences } from "./preferences.ts";

declare global {
  interface Window {
    /** For the browser tests and for a person at the console. */
    geozone?: App;
  }
}

const base = new URL(".", document.baseURI).href;

/** The service; or the folder of a bundle, whose page names it. */
async function open(): Promise<Client> {
  const folder = document.querySelector<HTMLMetaElement>('meta[name="geozone-folder"]')?.content;
  if (!folder) return beginningWith(readFirst(document), connect(base));
  const [{ openFolder }, { readTilesFrom }] = await Promise.all([
    import("./offline/folder.ts"),
    import("./offline/tiles.ts"),
  ]);
  readTilesFrom(base);
  return openFolder(new URL(folder, base).href, base);
}

function start(client: Client): void {
  const storage = browserStorage();
  const app = new App(client, base, readPreferences(storage), storage);
  window.geozone = app;
  void app.start();
}

// Asked first, so that people can sign in even where nothing can be drawn for them yet.
if (document.querySelector('meta[name="geozone-accounts"]')) {
  void import("./login/start.ts").then(({ startLogin }) => startLogin(base));
}
void open().then(start);

import "./page.css";

import { connect } from "./api/client.ts";
import { App } from "./app.ts";
import { browserStorage, readPreferences } from "./preferences.ts";

declare global {
  interface Window {
    /** For the browser tests and for a person at the console. */
    geozone?: App;
  }
}

const base = new URL(".", document.baseURI).href;
const storage = browserStorage();
const app = new App(connect(base), base, readPreferences(storage), storage);
window.geozone = app;
void app.start();

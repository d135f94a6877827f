// Attaches the page to the live run that serves it, where one does: the folder it lies in bears the run's token then.

import { Live } from "./live.js";
import { live, look, store, track, trouble, version } from "./state.js";

/** What `simkey run --page` writes into the page. */
const MARK = "simkey-live";

/** @returns whether there is a live run */
export function attach(): boolean {
  if (document.querySelector(`meta[name="${MARK}"]`) === null) return false;
  const base = new URL(".", location.href).pathname;
  const it = new Live(base, {
    entry: (entry) => {
      store.add(entry);
      track.hear(entry);
    },
    hello: () => {
      trouble.value = undefined;
      live.value = it;
      version.value++;
      look.value = it.look;
    },
    end: () => {
      trouble.value = "the run has ended, or is out of reach";
      version.value++;
    },
  });
  live.value = it;
  return true;
}

// Attaches the page to the live run that serves it, where one does: the folder it lies in bears the run's token then.

import { batch } from "@preact/signals";
import { Live } from "./live.js";
import { hello, live, store, track, trouble } from "./state.js";

/** What the address of `simkey run --page` ends with. */
const MARK = "live";

/** @returns whether there is a live run */
export function attach(): boolean {
  if (!new URLSearchParams(location.search).has(MARK)) return false;
  live.value = new Live(new URL(".", location.href).pathname, {
    entry: (entry) => {
      store.add(entry);
      track.hear(entry);
    },
    hello: (said) =>
      batch(() => {
        store.clear();
        track.clear();
        trouble.value = undefined;
        hello.value = said;
      }),
    refused: (why) => {
      trouble.value = why;
    },
    end: () => {
      trouble.value = "the run has ended, or is out of reach";
    },
  });
  return true;
}

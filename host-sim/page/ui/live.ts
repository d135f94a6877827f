// A run of `simkey run --page`, attached: its entries come as server-sent events, what is done goes back by POST.

import type { Entry } from "../../desk/entry.js";
import type { Look } from "../world/look.js";
import type { Deed } from "../world/plan.js";

/** What a live run can do. */
export interface LiveHello {
  /** For people: what runs there. */
  title: string;
  /** Deeds that it takes. */
  deeds: readonly Deed["do"][];
  /** Faults of its simulated modem and cloud; none with a real one. */
  faults: readonly { name: string; help: string }[];
}

export class Live {
  readonly #base: string;
  readonly #source: EventSource;
  hello: LiveHello | undefined;
  look: Look | undefined;
  isOpen = false;

  /** @param base the folder of the page, with its token */
  constructor(
    base: string,
    told: { entry: (entry: Entry) => void; hello: (hello: LiveHello) => void; end: () => void },
  ) {
    this.#base = base;
    this.#source = new EventSource(`${base}events`);
    this.#source.addEventListener("hello", (event) => {
      this.isOpen = true;
      this.hello = JSON.parse(event.data) as LiveHello;
      told.hello(this.hello);
    });
    this.#source.addEventListener("entry", (event) => told.entry(JSON.parse(event.data) as Entry));
    this.#source.addEventListener("look", (event) => {
      this.look = JSON.parse(event.data) as Look;
    });
    this.#source.onerror = () => {
      this.isOpen = false;
      told.end();
    };
  }

  act(deed: Deed): void {
    void fetch(`${this.#base}act`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(deed),
    });
  }

  close(): void {
    this.#source.close();
  }
}

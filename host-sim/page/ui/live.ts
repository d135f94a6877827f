// A run of `simkey run --page`, attached: its entries come as server-sent events, what is done goes back by POST.

import type { Entry } from "../../desk/entry.js";
import type { CommandTable } from "../world/commands.js";
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
  /** Of the device and its app, with what each is given. */
  commands: CommandTable;
}

/** Who attaches it. */
export interface LiveListener {
  entry(entry: Entry): void;
  /** It is attached, for the first time or anew: all entries come again. */
  hello(hello: LiveHello): void;
  /** It took no deed, and says why. */
  refused(why: string): void;
  /** It is out of reach. */
  end(): void;
}

export class Live {
  readonly #base: string;
  readonly #listener: LiveListener;
  look: Look | undefined;

  /** @param base the folder of the page, with its token */
  constructor(base: string, listener: LiveListener) {
    this.#base = base;
    this.#listener = listener;
    const source = new EventSource(`${base}events`);
    source.addEventListener("hello", ({ data }) => listener.hello(JSON.parse(data) as LiveHello));
    source.addEventListener("entry", ({ data }) => listener.entry(JSON.parse(data) as Entry));
    source.addEventListener("look", ({ data }) => {
      this.look = JSON.parse(data) as Look;
    });
    source.onerror = () => listener.end();
  }

  async act(deed: Deed): Promise<void> {
    try {
      const method = "POST";
      const answer = await fetch(`${this.#base}act`, { method, body: JSON.stringify(deed) });
      if (!answer.ok) this.#listener.refused(await answer.text());
    } catch {
      this.#listener.end();
    }
  }
}

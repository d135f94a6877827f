// What goes wrong with an app of the device's own, as faults set it: in the place where it goes wrong, and how. It is the app
// behind it that is left out, the contract that is put to the test: what it throws, says, or never says.

import type { AppContext } from "../../firmware/platform/app.js";

/** Where something of an app can go wrong. */
export type AppPlace = "start" | "sample" | "command" | "changed" | "close";

/** How. `slow` and `no-json` have a value. */
export type AppWrong =
  | "throws"
  | "rejects" // a promise that is rejected
  | "hangs" // a promise that settles when this is over
  | "never" // a promise that never settles
  | "slow" // a promise that settles after so many milliseconds
  | "nan"
  | "lies" // numbers, and out of every range
  | "huge" // 10 KB
  | "no-json"; // something else that is no JSON

interface Mishap {
  how: AppWrong;
  value: number | string | undefined;
  /** Ends what hangs. */
  ends: (() => void)[];
}

/** Words of `huge`, so many bytes. */
const HUGE = 10_240;
const MESSAGE = "made on purpose";

/** Values of `no-json`. */
const NO_JSON: Readonly<Record<string, () => unknown>> = {
  function: () => ({ a: 1, f: () => 1 }),
  cycle: () => {
    const round: Record<string, unknown> = { a: 1 };
    round.self = round;
    return round;
  },
  bigint: () => ({ a: 10n }),
  list: () => [1, 2, 3],
  text: () => "21.5",
  getter: () => ({
    a: 1,
    get b() {
      throw new TypeError(MESSAGE);
    },
  }),
  proxy: () =>
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new TypeError(MESSAGE);
        },
      },
    ),
  surrogate: () => ({ a: "\ud800" }),
};
/** Their names. */
export const NO_JSON_NAMES: readonly string[] = Object.keys(NO_JSON);

const WRONG_VALUES: Readonly<Partial<Record<AppWrong, (value: Mishap["value"]) => unknown>>> = {
  nan: () => ({ temperature: Number.NaN, humidity: 45 }),
  lies: () => ({ temperature: 1.7e308, humidity: -1e21 }),
  huge: () => ({ temperature: 21, text: "x".repeat(HUGE) }),
  "no-json": (value) => (NO_JSON[String(value)] ?? NO_JSON.function!)(),
};

export class AppMishaps {
  readonly #now = new Map<AppPlace, Mishap>();
  readonly #isOn: () => boolean;
  #context: AppContext | undefined;

  /** @param isOn whether firmware runs */
  constructor(isOn: () => boolean) {
    this.#isOn = isOn;
  }

  /** What the app that runs is granted; undefined: none does. */
  get context(): AppContext | undefined {
    return this.#isOn() ? this.#context : undefined;
  }

  /** An app starts, or a board does. */
  started(context: AppContext | undefined): void {
    this.#context = context;
  }

  begin(place: AppPlace, how: AppWrong, value?: number | string): void {
    const ends = this.#now.get(place)?.ends ?? [];
    this.#now.set(place, { how, value, ends });
  }

  end(place: AppPlace): void {
    const { ends = [] } = this.#now.get(place) ?? {};
    this.#now.delete(place);
    for (const end of ends) end();
  }

  /**
   * Does what is asked of an app, or what goes wrong instead.
   * @param act what the app does
   */
  play(place: AppPlace, act: () => unknown): unknown {
    const mishap = this.#now.get(place);
    if (mishap === undefined) return act();
    const { how, value, ends } = mishap;
    if (how === "throws") throw new Error(MESSAGE);
    if (how === "rejects") return Promise.reject(new Error(MESSAGE));
    if (how === "never") return new Promise(() => {});
    if (how === "hangs") return new Promise((resolve) => ends.push(() => resolve({ late: true })));
    if (how === "slow") {
      return new Promise((resolve) => {
        this.#context?.timer.set(() => resolve({ late: true }), Number(value));
      });
    }
    return WRONG_VALUES[how]!(value);
  }
}

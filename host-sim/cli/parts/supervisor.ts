// When a run on the desk is over, and how it went. A device in the field goes on for ever; a person at a desk wants to know soon.

import type { Counters } from "../../../firmware/device/telemetry.js";
import type { LogValue } from "../../../firmware/platform/events.js";
import { withHint } from "../output/hints.js";

/** How a run ended. `late`: its time was up; `interrupted`: the user has had enough. */
export type Verdict = { ok: true } | { ok: false; reason: string; late?: true; interrupted?: true };

export interface Goals {
  /** Telemetry messages that must be acknowledged. */
  messages: number;
  /** Commands that must be received and answered. */
  commands: number;
}

/** Failures that waiting does not mend, when they come this often in a row without progress. */
const PATIENCE = 2;
/** The same for a server that is not there: somebody may just be starting it. */
const PATIENCE_REFUSED = 4;

/**
 * Codes of failures that come from what was set up, not from what passes: on a desk there is no use in trying for ever.
 * Everything with the advice `give-up` ends the run at once, whatever its code.
 */
const SETUP_FAILURES: ReadonlySet<string> = new Set([
  "tls-untrusted",
  "tls-chain-length",
  "tls-critical-extension",
  "tls-usage",
  "tls-constraint",
  "tls-name",
  "tls-expired",
  "tls-not-yet-valid",
  "tls-alpn",
  "tls-version",
  "mqtt-refused",
  "mqtt-closed",
  "sim-missing",
  "socket-dns",
]);
/** Failures, or causes of failures, after which nothing on the desk can go on. */
const FINAL: ReadonlySet<string> = new Set(["serial-lost"]);

/** How often a failure in a row is too often. */
function patienceWith(code: string): number {
  if (code === "socket-refused") return PATIENCE_REFUSED;
  return SETUP_FAILURES.has(code) || code.startsWith("onboarding-") ? PATIENCE : Number.POSITIVE_INFINITY;
}

/** Watches a run's log and decides. */
export class Supervisor {
  readonly #goals: Goals;
  #code: string | undefined;
  #times = 0;
  #last: string | undefined;

  constructor(goals: Goals) {
    this.#goals = goals;
  }

  /** Takes note of an event of the log. @returns a verdict if the run is lost */
  note(event: string, fields: Readonly<Record<string, LogValue>>): Verdict | undefined {
    if (event === "acked") this.#times = 0;
    if (event !== "failure") return undefined;
    const code = [fields.cause, fields.code].map(String).find((each) => FINAL.has(each)) ?? String(fields.code);
    const reason = withHint(String(fields.message), code, String(fields.cause));
    this.#last = reason;
    this.#times = code === this.#code ? this.#times + 1 : 1;
    this.#code = code;
    const lost = fields.advice === "give-up" || FINAL.has(code) || this.#times >= patienceWith(code);
    return lost ? { ok: false, reason } : undefined;
  }

  /** @returns a verdict if the goals are reached */
  reached({ acked, answered, reported }: Pick<Counters, "acked" | "answered" | "reported">): Verdict | undefined {
    // Answers and states are acknowledged too, so what remains when all of them are taken off is telemetry.
    const telemetry = acked - answered - reported;
    return telemetry >= this.#goals.messages && answered >= this.#goals.commands ? { ok: true } : undefined;
  }

  /** The verdict when time is up. @param seconds the limit @param awaited what the device waits for */
  late(seconds: number, awaited: string): Verdict {
    const why = this.#last === undefined ? `still waiting for ${awaited}` : `last failure: ${this.#last}`;
    return { ok: false, reason: `not done within ${seconds} s (--timeout); ${why}`, late: true };
  }
}

// Evidence about the ladder of recovery, and about waits that servers ask for: what breaks the promise, and what does not.

import type { Phase } from "../../../firmware/device/agent.js";
import type { LogEvent, LogEvents } from "../../../firmware/platform/events.js";
import type { Advice } from "../../../firmware/platform/failure.js";
import { ENDPOINT_HOST } from "../../../host-sim/cloud/names.js";
import { ONBOARDING_HOST } from "../../../host-sim/cloud/onboarding/onboarding.js";
import { UPDATE_HOST } from "../../../host-sim/cloud/updates/file-server.js";
import type { Evidence, Logged } from "../../../host-sim/storm/evidence.js";
import { connection, HOUR, MINUTE, quietTrial } from "./evidence.js";

const SECOND = 1_000;
type Table = Record<string, { broken: Partial<Evidence>[]; kept: Partial<Evidence>[] }>;

const logged = <E extends LogEvent>(at: number, event: E, fields: Partial<LogEvents[E]>) =>
  ({ at, level: "info", event, fields }) as Logged<E>;
const phase = (at: number, name: Phase, failures: number) => logged(at, "phase", { phase: name, failures });
const start = (at: number, reset: string) => logged(at, "start", { reset });

/** A failure in a trial: what it is numbered, the rung that is taken, and what goes to the modem for it. */
interface Step {
  at?: number;
  count: number;
  rung: string;
  advice?: Advice;
  commands?: readonly string[];
  /** How long it takes. */
  ms?: number;
  /** The rung itself fails. */
  fails?: boolean;
  /** Why the chip starts behind it. */
  reset?: string;
  /** The device halts, and announces nothing. */
  halts?: boolean;
}

/** A run of such failures, a minute from each other. */
function climbed(steps: readonly Step[], change: Partial<Evidence> = {}): Partial<Evidence> {
  const climbs: { at: number; commands: string[]; until?: number }[] = [];
  const boots = [0];
  const log = steps.flatMap((step, i): Logged[] => {
    const {
      at = (i + 1) * MINUTE,
      count,
      rung,
      advice = "back-off",
      commands = [],
      ms = 100,
      fails,
      reset,
      halts,
    } = step;
    const waits = halts
      ? [phase(at, "halted", count), logged(at, "halted", { ms: SECOND })]
      : [phase(at, "backing-off", count), logged(at, "backing-off", { ms: SECOND, failures: count, rung })];
    const then = at + SECOND;
    const begins = [logged(at, "failure", { advice }), ...waits];
    if (rung === "reconnect") return [...begins, phase(then, "linking", count)];
    climbs.push({ at: then, commands: [...commands], ...(reset === undefined && { until: then + ms }) });
    const climbing = [phase(then, "climbing", count), logged(then, "climbing", { rung })];
    if (reset !== undefined) boots.push(then + ms);
    const end = reset === undefined ? [phase(then + ms, "linking", count)] : [start(then + ms, reset)];
    return [...begins, ...climbing, ...(fails ? [logged(then + ms, "failure", { advice })] : []), ...end];
  });
  return { log, climbs, boots, proofs: [], ...change };
}

const reconnects = (count: number) => ({ count, rung: "reconnect" });
const pdp = (count: number) => ({ count, rung: "renew-pdp", commands: ["AT+CNACT=0,0"] });
const radio = (count: number) => ({ count, rung: "radio-cycle", commands: ["AT+CFUN=0", "AT+CFUN=1"] });
const modem = (count: number) => ({ count, rung: "modem-restart", commands: ["AT+CFUN=1,1"] });
const power = (count: number) => ({ count, rung: "power-cycle", commands: ["AT+CPOWD=1"] });
const chip = (count: number, reset = "ladder") => ({ count, rung: "chip-restart", reset });
const WHOLE = [
  ...[1, 2, 3].map(reconnects),
  ...[pdp(4), pdp(5), radio(6), radio(7), modem(8), modem(9), power(10), power(11), chip(12)],
  ...[13, 14, 15].map(reconnects),
  pdp(16),
];
const without = (index: number, step?: Partial<Step>) =>
  WHOLE.flatMap((each, i) => (i !== index ? [each] : step ? [{ ...each, ...step }] : []));
const { setup } = quietTrial();
const keyless = { trial: quietTrial({ setup: { ...setup, powerKey: false } }) };
const steady = { trial: quietTrial({ setup: { ...setup, steady: true } }) };
const onTrial: Pick<Evidence, "updates"> = {
  updates: {
    ...{ released: [], confirmed: [], reports: [], sent: [], asked: [], windows: [], isBrick: false },
    starts: [{ at: 0, seq: 2, board: "b", digest: "d", isTrial: true }],
  },
};

export const RUNGS_TABLE: Table = {
  "rungs-in-order": {
    broken: [
      // A failure that is not counted, one that is counted twice, one that counts anew.
      climbed(without(1)),
      climbed([reconnects(1), reconnects(1)]),
      climbed([reconnects(1), { ...reconnects(1), at: HOUR }], { boots: [0, 10 * MINUTE] }),
      climbed([reconnects(2)]),
      // One that was forgotten is counted on.
      climbed([reconnects(1), { ...reconnects(2), at: HOUR }], { proofs: [2 * MINUTE] }),
      // Another rung than the table has, a skipped one, none at all.
      climbed(without(3, reconnects(4))),
      climbed(without(5, modem(6))),
      climbed(without(0, pdp(1))),
      climbed(without(9, modem(10))),
      climbed([{ ...reconnects(1), advice: "reset-modem" }]),
      climbed([pdp(1)].map((step) => ({ ...step, halts: true }))),
      climbed([...WHOLE.slice(0, 11), power(12)]),
      climbed(WHOLE, keyless),
      climbed(WHOLE, steady),
      // A rung that is told, and not carried out.
      climbed(without(3, { commands: [] })),
      climbed(without(3, { commands: ["AT"] })),
      climbed(without(5, { commands: ["AT+CNACT=0,0"], fails: true })),
      climbed(without(7, { commands: ["AT+CSQ"] })),
      climbed(without(9, { commands: ["AT"] })),
      climbed(without(11, chip(12, "engine:climbing"))),
      climbed([...WHOLE.slice(0, 11), { count: 12, rung: "chip-restart" }]),
      // A restart that no rung is.
      { log: [start(MINUTE, "ladder")], boots: [0, MINUTE] },
    ],
    kept: [
      climbed(WHOLE),
      climbed(WHOLE.slice(3, 4).map((step) => ({ ...step, count: 1, advice: "reset-modem" }))),
      climbed([{ ...reconnects(1), halts: true }]),
      // Forgotten, or perhaps so.
      climbed([reconnects(1), { ...reconnects(1), at: HOUR }], { proofs: [2 * MINUTE] }),
      climbed([reconnects(1), { ...reconnects(2), at: 2 * MINUTE + 10 * SECOND }], { proofs: [2 * MINUTE] }),
      climbed([reconnects(1), { ...reconnects(2), at: HOUR }], { proofs: [2 * MINUTE], boots: [0, 10 * MINUTE] }),
      // What the board lacks is replaced by the milder one.
      climbed([...WHOLE.slice(0, 9), modem(10), modem(11), ...WHOLE.slice(11)], keyless),
      climbed([...WHOLE.slice(0, 11), power(12), ...WHOLE.slice(12)], steady),
      climbed([...WHOLE.slice(0, 11), power(12)], onTrial),
      // A modem that is too dead to be told, but for its key.
      climbed(without(3, { commands: ["AT", "AT"], fails: true })),
      climbed(without(3, { commands: [], fails: true })),
      climbed(without(9, { commands: ["AT", "AT", "AT"], ms: 2 * SECOND })),
      climbed(without(11, chip(12, "engine:climbing")), {
        trial: quietTrial({ faults: [{ at: 0, fault: "chip-engine-ends", value: 9, duration: HOUR }] }),
      }),
      // The life ends in a rung.
      climbed(without(7, { commands: [], reset: "power" })),
    ],
  },
};

const asked = (host: string, ms: number, at = MINUTE) => ({ at, host, status: 503, ms });
const seenBy = (...times: readonly number[]): Pick<Evidence, "updates"> => ({
  updates: { ...onTrial.updates!, asked: times.map((at) => ({ at, path: "/2" })) },
});
const onboarded = (at: number, isClone = false) => ({ at, status: 200, ...(isClone && { isClone: true as const }) });

export const ASKED_WAIT_TABLE: Table = {
  "asked-wait-kept": {
    broken: [
      {
        askedWaits: [asked(ONBOARDING_HOST, 60_000)],
        onboardings: [onboarded(MINUTE - 90), onboarded(MINUTE + 59_000)],
      },
      { askedWaits: [asked(ONBOARDING_HOST, 3 * HOUR)], onboardings: [onboarded(HOUR)] },
      { askedWaits: [asked(UPDATE_HOST, 120_000)], ...seenBy(MINUTE - 1, 2 * MINUTE) },
      { askedWaits: [asked(ENDPOINT_HOST, 60_000)], connections: [connection({ at: MINUTE + SECOND })] },
    ],
    kept: [
      { askedWaits: [asked(ONBOARDING_HOST, 60_000)], onboardings: [onboarded(MINUTE - 90), onboarded(2 * MINUTE)] },
      // An hour at most.
      { askedWaits: [asked(ONBOARDING_HOST, 3 * HOUR)], onboardings: [onboarded(HOUR + MINUTE)] },
      // Another server, the clone, another life.
      { askedWaits: [asked(ONBOARDING_HOST, 60_000)], ...seenBy(MINUTE + 1) },
      { askedWaits: [asked(ONBOARDING_HOST, 60_000)], onboardings: [onboarded(MINUTE + 1, true)] },
      { askedWaits: [asked(ONBOARDING_HOST, 60_000)], onboardings: [onboarded(MINUTE + 9)], boots: [0, MINUTE + 5] },
    ],
  },
};

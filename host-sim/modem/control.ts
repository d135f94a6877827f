// What can be done to a simulated modem while it runs: one table of verbs for the control port, for scenarios and for tests.
// Faults are set and cleared by the names of their own table (faults.ts). A core: it only asks the modem's core.

import type { ModemAction } from "../world/core.js";
import { FaultError, parseFault } from "./faults.js";
import type { Network, Rat } from "./network.js";
import type { ModemSnapshot, Sim7080 } from "./sim7080.js";
import { NUMBER } from "./tpdu.js";

/** A wish that cannot be understood. `message` is one line for people. */
export class ControlError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ControlError";
  }
}

/** What came of a wish: actions for the carrier, and the state where it was asked for. */
export interface ControlResult {
  actions: ModemAction[];
  state?: ModemSnapshot;
}

type Fields = Readonly<Record<string, unknown>>;

interface Verb {
  help: string;
  run: (core: Sim7080, fields: Fields, now: number) => ModemAction[] | ControlResult;
}

const RATS: readonly Rat[] = ["LTE-M", "NB-IoT", "GSM"];
const ACCESS: readonly Network["access"][] = ["home", "roaming", "denied", "none"];
const MISHAPS = ["restart", "freeze", "zombie", "under-voltage"] as const;

/** Whether a fault's name is one of the things that strike by a wish. */
export const isMishap = (name: string): boolean => (MISHAPS as readonly string[]).includes(name);

/** Cell values that go with a signal in dBm: what RSRP and RSRQ are where RSSI is that. */
export function signalOf(rssi: number): Pick<Network, "rssi" | "rsrp" | "rsrq"> {
  return { rssi, rsrp: rssi - 29, rsrq: rssi < -100 ? -19 : rssi < -85 ? -16 : -11 };
}

const VERBS = {
  signal: {
    help: '{"do":"signal","dbm":-95}: RSSI; RSRP and RSRQ follow',
    run: (core, f, now) => core.setNetwork(signalOf(number(f, "dbm", -140, -40)), now),
  },
  network: {
    help: '{"do":"network","access":"none","rats":["NB-IoT"],"cellId":7,"tac":1}: what the cell is; any of these',
    run: (core, f, now) => core.setNetwork(networkOf(f), now),
  },
  sim: {
    help: '{"do":"sim","in":false}: pulls the SIM, or puts it back',
    run: (core, f, now) => {
      if (flag(f, "in")) core.clearFault("no-sim");
      else core.setFault("no-sim");
      return core.mishap("sim-lost", now);
    },
  },
  power: {
    help: '{"do":"power","on":false}: cuts the supply; true brings it back and switches on',
    run: (core, f, now) => {
      if (!flag(f, "on")) return core.supply(0, now);
      return [...core.supply(1, now), ...core.switchOn(now)];
    },
  },
  drop: {
    help: '{"do":"drop"}: the network takes the PDP contexts away',
    run: (core, _, now) => core.mishap("pdp-drop", now),
  },
  mishap: {
    help: `{"do":"mishap","name":"restart"}: ${MISHAPS.join(", ")}`,
    run: (core, f, now) => core.mishap(oneOf(f, "name", MISHAPS), now),
  },
  sms: {
    help: '{"do":"sms","from":"+4915112345678","text":"hello"}: a message arrives',
    run: (core, f, now) => {
      const from = text(f, "from", 21);
      if (!NUMBER.test(from)) throw new ControlError("from must be a telephone number");
      return core.message(from, text(f, "text", 160), now);
    },
  },
  urc: {
    help: '{"do":"urc","text":"+CADATAIND: 0"}: prints a line',
    run: (core, f, now) => core.print(text(f, "text", 500), now),
  },
  position: {
    help: '{"do":"position","latitude":52.5,"longitude":13.4,"speedKmh":50,"course":90}: where it is, and how it moves',
    run: (core, f, now) =>
      core.setNetwork(
        {
          position: {
            latitude: number(f, "latitude", -90, 90),
            longitude: number(f, "longitude", -180, 180),
            altitude: numberOr(f, "altitude", -500, 10_000, 0),
            speedKmh: numberOr(f, "speedKmh", 0, 1000, 0),
            course: numberOr(f, "course", 0, 360, 0),
          },
        },
        now,
      ),
  },
  sky: {
    help: '{"do":"sky","open":false}: no satellites in sight, or all again',
    run: (core, f, now) => core.setNetwork({ sky: flag(f, "open") ? "open" : "none" }, now),
  },
  fault: {
    help: '{"do":"fault","fault":"caopen-result=27*2"}: sets a fault, as --fault does',
    run: (core, f) => {
      const { name, value, times } = faultOf(text(f, "fault", 80));
      core.setFault(name, value, times);
      return [];
    },
  },
  clear: {
    help: '{"do":"clear","fault":"no-coverage"}: takes a fault away',
    run: (core, f) => {
      core.clearFault(faultOf(text(f, "fault", 80)).name);
      return [];
    },
  },
  state: {
    help: '{"do":"state"}: answers how the modem is',
    run: (core) => ({ actions: [], state: core.snapshot() }),
  },
} as const satisfies Record<string, Verb>;

/** A line each, for help texts. */
export const CONTROL_HELP: readonly string[] = Object.values<Verb>(VERBS).map(({ help }) => help);

/**
 * Does what a wish says.
 * @param wish an object with `do` and the fields of that verb, as parsed from JSON
 * @param now milliseconds since 1970
 * @throws ControlError for what cannot be understood
 */
export function control(core: Sim7080, wish: unknown, now: number): ControlResult {
  if (typeof wish !== "object" || wish === null) throw new ControlError('an object is wanted, such as {"do":"state"}');
  const fields = wish as Fields;
  const name = fields.do;
  if (typeof name !== "string" || !Object.hasOwn(VERBS, name)) {
    throw new ControlError(`"do" must be one of ${Object.keys(VERBS).join(", ")}`);
  }
  const verb: Verb = VERBS[name as keyof typeof VERBS];
  const result = verb.run(core, fields, now);
  // A fault and the radio: coverage, denial and the like are looked at again.
  return Array.isArray(result) ? { actions: [...result, ...core.setNetwork({}, now)] } : result;
}

function networkOf(f: Fields): Partial<Network> {
  const change: Partial<Network> = {};
  if (f.access !== undefined) change.access = oneOf(f, "access", ACCESS);
  if (f.cellId !== undefined) change.cellId = number(f, "cellId", 0, 0xfffffff);
  if (f.tac !== undefined) change.tac = number(f, "tac", 0, 0xffff);
  if (f.rats !== undefined) {
    const rats = f.rats;
    if (!Array.isArray(rats) || !rats.every((rat): rat is Rat => RATS.includes(rat))) {
      throw new ControlError(`rats must be a list of ${RATS.join(", ")}`);
    }
    change.rats = rats;
  }
  return change;
}

function faultOf(spec: string): ReturnType<typeof parseFault> {
  try {
    return parseFault(spec);
  } catch (error) {
    if (error instanceof FaultError) throw new ControlError(error.message);
    throw error;
  }
}

function number(f: Fields, name: string, least: number, most: number): number {
  const value = f[name];
  if (typeof value !== "number" || !(value >= least && value <= most)) {
    throw new ControlError(`${name} must be a number from ${least} to ${most}`);
  }
  return value;
}

function numberOr(f: Fields, name: string, least: number, most: number, otherwise: number): number {
  return f[name] === undefined ? otherwise : number(f, name, least, most);
}

function text(f: Fields, name: string, most: number): string {
  const value = f[name];
  if (typeof value !== "string" || value.length > most)
    throw new ControlError(`${name} must be a text of at most ${most}`);
  return value;
}

function flag(f: Fields, name: string): boolean {
  const value = f[name];
  if (typeof value !== "boolean") throw new ControlError(`${name} must be true or false`);
  return value;
}

function oneOf<T extends string>(f: Fields, name: string, values: readonly T[]): T {
  const value = f[name];
  if (!values.includes(value as T)) throw new ControlError(`${name} must be one of ${values.join(", ")}`);
  return value as T;
}

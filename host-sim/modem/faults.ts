// Every way the simulated modem can go wrong, as one table: name, value, how often, and a sentence. A fault is named on
// the command line (`--fault NAME[=VALUE][*TIMES]`), in an option, or set and cleared while the modem runs.

import type { FaultInfo } from "../world/faults.js";

/** Kinds of value: a whole number in a range, or digits kept as text. */
type FaultValue =
  | { unit: string; least: number; most: number; fallback: number }
  | { unit: string; digits: true; fallback: string };

interface FaultKind {
  help: string;
  value?: FaultValue;
  /** How many times it strikes unless `*TIMES` says otherwise; left out: it is a state, which lasts while it is set. */
  times?: number;
}

const seconds = (fallback: number): FaultValue => ({ unit: "SECONDS", least: 0, most: 1_000_000, fallback });
const milliseconds = (fallback: number): FaultValue => ({ unit: "MS", least: 0, most: 1_000_000, fallback });
const count = (unit: string, fallback: number, least = 1, most = 1_000_000): FaultValue => ({
  unit,
  least,
  most,
  fallback,
});

const TABLE = {
  "no-sim": { help: "There is no SIM card: CPIN answers CME error 10." },
  "sim-busy": { help: "The SIM stays busy (CME error 14) for a while after boot.", value: seconds(5) },
  "sim-failure": { help: "The SIM card cannot be read: CME error 13." },
  "sim-pin": {
    help: "The SIM asks for this PIN; three wrong ones lock it (PUK).",
    value: { unit: "PIN", digits: true, fallback: "1234" },
  },
  "sim-puk": { help: "The SIM is locked and asks for its PUK." },
  "iccid-f": { help: "AT+CCID ends the ICCID with a filler F." },
  "iccid-prefix": { help: "AT+CCID puts `+CCID: ` before the digits." },
  "identity-odd": { help: "CGMM tells the model with `-HP-S` behind, and CGMR the firmware without `Revision:`." },
  unreadable: { help: "What only informs cannot be read: identity, signal, saved settings, clock, PDP contexts." },
  "no-blank": { help: "Lines have no blank after their colon: `+CARECV:63,` for `+CARECV: 63,`." },
  "registration-denied": { help: "The network denies registration: CEREG status 3." },
  "registration-slow": { help: "Registration takes this long.", value: seconds(60) },
  "no-coverage": { help: "No cell is heard: CEREG stays 2, CSQ 99." },
  "pdp-refused": { help: "CNACT is answered OK, then +APP PDP: 0,DEACTIVE.", times: 1 },
  "pdp-silent": { help: "CNACT is answered OK and no +APP PDP follows.", times: 1 },
  "pdp-drop": {
    help: "The PDP context is lost once this many payload bytes have passed: +APP PDP: 0,DEACTIVE.",
    value: count("BYTES", 2000, 0),
    times: 1,
  },
  "caopen-result": { help: "CAOPEN ends with this result code.", value: count("CODE", 27, 1, 27), times: 1 },
  "caopen-stall": {
    help: "CAOPEN takes 75 s and then ends with this result code (2: no data credit).",
    value: count("CODE", 2, 1, 27),
    times: 1,
  },
  "caopen-freeze": { help: "The modem stops answering while CAOPEN is pending, as with freeze.", times: 1 },
  "caopen-close": { help: "CAOPEN succeeds and +CASTATE: x,0 follows at once.", times: 1 },
  "casend-error": { help: "CASEND takes its bytes and answers ERROR.", times: 1 },
  "casend-refused": { help: "CASEND is refused before its prompt, with CME error 765.", times: 1 },
  "casend-room": { help: "CASEND's query never tells more room than this.", value: count("BYTES", 512, 0, 1460) },
  unacked: { help: "Nothing sent is ever acknowledged: CASEND fails at 8760 bytes (6 x 1460)." },
  "peer-close": {
    help: "The peer's end arrives after this many received bytes, while they are still unread.",
    value: count("BYTES", 1, 1),
    times: 1,
  },
  "lost-cadataind": { help: "This share of all +CADATAIND is lost.", value: count("PERCENT", 50, 1, 100) },
  "lost-urc": {
    help: "This share of all unsolicited lines about sockets and PDP contexts is lost.",
    value: count("PERCENT", 50, 1, 100),
  },
  "carecv-max": { help: "CARECV gives at most this many bytes a call.", value: count("BYTES", 1459, 1, 1460) },
  "carecv-empty-ok": { help: "CARECV with nothing to read answers a bare OK instead of +CARECV: 0." },
  "carecv-two-crlf": { help: "CARECV ends its bytes with CR LF before the framed OK." },
  "buffer-small": {
    help: 'The receive buffer holds this many bytes, so that +CAURC: "buffer full" comes soon.',
    value: count("BYTES", 1460, 64, 10240),
  },
  "cdnsgip-first": { help: "+CDNSGIP comes before its OK." },
  "dns-fails": { help: "CDNSGIP ends with error 3 and CAOPEN with result 20.", times: 1 },
  "no-network-time": { help: "The network sends no time: AT+CCLK? tells 1980." },
  "ntp-fails": { help: "AT+CNTP ends with this code (61 network, 65 timeout).", value: count("CODE", 65, 61, 65) },
  "urc-storm": { help: "Time URCs stand between each command and its answer, and between > and OK." },
  late: { help: "Each answer comes this much later.", value: milliseconds(3000) },
  error: { help: "A command is not carried out: it ends with ERROR.", times: 1 },
  silence: { help: "Commands get no answer at all.", times: 1 },
  "first-at-lost": { help: "The first commands after boot or sleep are lost.", value: count("COMMANDS", 1) },
  echo: { help: "ATE0 is answered OK, and the echo stays on." },
  garble: { help: "Every Nth byte towards the host has a bit turned over.", value: count("N", 1000), times: 1 },
  drop: { help: "Every Nth byte towards the host is lost.", value: count("N", 1000), times: 1 },
  "garble-input": { help: "Every Nth byte from the host has a bit turned over.", value: count("N", 1000), times: 1 },
  "data-mode": { help: "The modem begins in PPP data mode (powered on): only a guarded +++ leaves it.", times: 1 },
  "boot-slow": { help: "Boot takes this long.", value: seconds(15) },
  restart: { help: "The modem restarts by itself this long after boot.", value: seconds(60), times: 1 },
  freeze: {
    help: "The modem stops answering this long after boot, until PWRKEY switches it off and on.",
    value: seconds(60),
    times: 1,
  },
  zombie: {
    help: "As freeze, and PWRKEY helps only after 12 s; so does a loss of supply.",
    value: seconds(60),
    times: 1,
  },
  "under-voltage": { help: "UNDER-VOLTAGE POWER DOWN this long after boot.", value: seconds(60), times: 1 },
  "no-power-down-text": { help: "AT+CPOWD=1 switches off without NORMAL POWER DOWN." },
  "sms-fails": { help: "A message cannot be sent: +CMS ERROR 500.", times: 1 },
  "gnss-no-fix": { help: "GNSS finds no fix, however long it searches." },
  "gnss-slow": { help: "GNSS takes this long to its first fix.", value: seconds(100) },
  "gnss-refused": { help: "GNSS cannot be switched on: CME error 4." },
  "gnss-radio": { help: "GNSS cannot be switched on while the radio is: CME error 3 with CFUN 1." },
  "gnss-garbled": { help: "This share of all +CGNSINF cannot be.", value: count("PERCENT", 50, 1, 100) },
  "gnss-restart": { help: "The module restarts this long after GNSS is switched on.", value: seconds(5), times: 1 },
  "psm-refused": { help: "The network grants no PSM: T3324 is 0." },
} as const satisfies Record<string, FaultKind>;

export type FaultName = keyof typeof TABLE;

/** The table, for help texts. */
export const FAULTS: readonly FaultInfo[] = Object.entries<FaultKind>(TABLE).map(([name, { help, value, times }]) => ({
  name,
  ...(value && { value: value.unit }),
  help: `${help}${value ? ` Default ${value.fallback}.` : ""}${times === 1 ? " Once." : ""}`,
}));

/** One fault to set. `times` left out: as often as its kind says. */
export interface FaultSpec {
  name: FaultName;
  value?: number | string | undefined;
  times?: number | undefined;
}

/** A fault that cannot be understood. `message` is one line for people and lists what there is. */
export class FaultError extends Error {
  readonly code: "fault-unknown" | "fault-value";
  constructor(code: "fault-unknown" | "fault-value", message: string) {
    super(message);
    this.name = "FaultError";
    this.code = code;
  }
}

/** A CHV (3GPP TS 31.101 §9.4). */
const PIN = /^\d{4,8}$/;
const SPEC = /^([a-z0-9-]{1,40})(?:=([^*]{0,20}))?(?:\*(\d{1,6}))?$/;

/**
 * Reads `NAME[=VALUE][*TIMES]`.
 * @throws FaultError for an unknown name (the message lists all), or a value that does not fit
 */
export function parseFault(text: string): FaultSpec {
  const match = SPEC.exec(text);
  const name = match?.[1];
  if (!name || !Object.hasOwn(TABLE, name)) {
    throw new FaultError(
      "fault-unknown",
      `unknown fault "${text.slice(0, 40)}"; known: ${Object.keys(TABLE).join(", ")}`,
    );
  }
  const kind: FaultKind = TABLE[name as FaultName];
  const spec: FaultSpec = { name: name as FaultName };
  if (match[2] !== undefined) spec.value = faultValue(name, kind, match[2]);
  if (match[3] !== undefined) {
    if (kind.times === undefined) throw new FaultError("fault-value", `fault ${name} lasts while it is set: no *TIMES`);
    spec.times = Number(match[3]);
    if (spec.times === 0) throw new FaultError("fault-value", `fault ${name}: *TIMES must be 1 to 999999`);
  }
  return spec;
}

function faultValue(name: string, kind: FaultKind, text: string): number | string {
  const value = kind.value;
  if (!value) throw new FaultError("fault-value", `fault ${name} takes no value`);
  if ("digits" in value) {
    if (PIN.test(text)) return text;
    throw new FaultError("fault-value", `fault ${name}: ${value.unit} must be 4 to 8 digits, not "${text}"`);
  }
  const number = /^\d{1,8}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= value.least && number <= value.most) return number;
  throw new FaultError(
    "fault-value",
    `fault ${name}: ${value.unit} must be ${value.least} to ${value.most}, not "${text}"`,
  );
}

interface Active {
  value: number | string | undefined;
  left: number;
}

/** The faults that are set now. One object belongs to one modem; it may be changed at any time. */
export class Faults {
  #active = new Map<FaultName, Active>();

  constructor(specs: Iterable<FaultSpec | string> = []) {
    for (const spec of specs) {
      const { name, value, times } = typeof spec === "string" ? parseFault(spec) : spec;
      this.set(name, value, times);
    }
  }

  /** Sets a fault. `value` and `times` left out: the table's. */
  set(name: FaultName, value?: number | string, times?: number): void {
    const kind: FaultKind = TABLE[name];
    this.#active.set(name, {
      value: value ?? kind.value?.fallback,
      left: times ?? kind.times ?? Number.POSITIVE_INFINITY,
    });
  }

  clear(name: FaultName): void {
    this.#active.delete(name);
  }

  has(name: FaultName): boolean {
    return this.#active.size > 0 && this.#active.has(name);
  }

  /** Value of a numeric fault that is set, without using it up. */
  number(name: FaultName): number | undefined {
    const active = this.#active.size > 0 ? this.#active.get(name) : undefined;
    return active && Number(active.value);
  }

  text(name: FaultName): string | undefined {
    const active = this.#active.get(name);
    return active && String(active.value);
  }

  /** True when the fault strikes now; counts it off. */
  strikes(name: FaultName): boolean {
    const active = this.#active.size > 0 ? this.#active.get(name) : undefined;
    if (!active || active.left <= 0) return false;
    active.left--;
    if (active.left <= 0) this.#active.delete(name);
    return true;
  }
}

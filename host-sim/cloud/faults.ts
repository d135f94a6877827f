// Every way the simulated cloud can go wrong, as one table. A fault is named on the command line, in an option, or while
// the cloud runs: `NAME`, `NAME=VALUE`, each with `*TIMES` behind it to let it strike only so often.

import type { FaultInfo } from "../world/faults.js";

/** A fault and what its value may be. */
export interface CloudFault extends FaultInfo {
  /** The value when none is named. */
  fallback?: string;
  /** What a value must look like. */
  pattern?: RegExp;
  /** The same in words, where `value` does not say it. */
  range?: string;
}

const HOST = { value: "broker|onboarding", fallback: "broker", pattern: /^(broker|onboarding)$/ };
const SECONDS = { value: "SECONDS", pattern: /^\d{1,6}$/, range: "0 to 999999" };
const FROM_ONE = { pattern: /^[1-9]\d{0,5}$/, range: "1 to 999999" };

const TABLE = {
  "wrong-ca": { ...HOST, help: "The server's certificate comes from a CA that the device does not know." },
  "wrong-name": { ...HOST, help: "The server's certificate is for another host name." },
  "expired-certificate": { ...HOST, help: "The server's certificate has expired." },
  "early-certificate": { ...HOST, help: "The server's certificate is not valid yet." },
  "wrong-alpn": {
    value: "alert|none",
    fallback: "alert",
    pattern: /^(alert|none)$/,
    help: "The broker's TLS refuses the ALPN protocol with an alert, or takes the connection and selects none.",
  },
  "onboarding-status": {
    value: "STATUS[,SECONDS]",
    fallback: "503",
    pattern: /^(400|404|500|(429|503)(,\d{1,6})?)$/,
    range: "400, 404, 500, 429[,SECONDS] or 503[,SECONDS]",
    help: "Onboarding answers with this HTTP status: 400, 404, 429, 500 or 503; 429 and 503 with a Retry-After of SECONDS.",
  },
  "onboarding-cut": {
    ...FROM_ONE,
    value: "BYTES",
    fallback: "700",
    help: "Onboarding ends the connection after this many bytes of its answer.",
  },
  "onboarding-garbage": { help: "Onboarding answers 200 with bytes that are no CSV." },
  "onboarding-slow": {
    ...FROM_ONE,
    value: "MS",
    fallback: "200",
    help: "Onboarding's answer comes in pieces of 16 bytes, this many milliseconds apart.",
  },
  "onboarding-silent": { help: "Onboarding takes the request and never answers." },
  "expired-token": { help: "The token that onboarding gives out has expired." },
  "token-life": { ...SECONDS, fallback: "3600", help: "The token that onboarding gives out lives this long." },
  "broker-refuses": {
    value: "CODE|close",
    fallback: "5",
    pattern: /^([1-9]\d?|1\d\d|2[0-4]\d|25[0-5]|close)$/,
    range: "1 to 255, or close",
    help: "The broker refuses CONNECT with this return code, or closes without a CONNACK.",
  },
  "broker-silent": { help: "The broker takes CONNECT and never answers." },
  "close-after-connack": { help: "The broker ends the connection right after CONNACK." },
  "broker-drops": { ...SECONDS, fallback: "30", help: "The broker ends a connection this long after CONNACK." },
  "no-puback": { help: "The broker takes QoS 1 messages and does not acknowledge them." },
  "no-suback": { help: "The broker does not answer SUBSCRIBE." },
  "late-suback": { ...SECONDS, fallback: "20", help: "The broker answers SUBSCRIBE this much later." },
  "suback-failure": { help: "The broker answers SUBSCRIBE with the return code 128." },
  "delivers-twice": {
    help: "A message for a client comes twice, the second time under another packet id and without DUP.",
  },
  "broker-busy": {
    value: "STATUS,SECONDS",
    fallback: "503,60",
    pattern: /^(429|503),\d{1,6}$/,
    range: "429,SECONDS or 503,SECONDS",
    help: "The broker answers requests by HTTPS, for a WebSocket too, with 429 or 503 and a Retry-After of SECONDS.",
  },
  "no-pingresp": { help: "The broker does not answer PINGREQ." },
} as const satisfies Record<string, Omit<CloudFault, "name">>;

export type CloudFaultName = keyof typeof TABLE;

/** The table, for help texts. */
export const FAULTS: readonly CloudFault[] = Object.entries<Omit<CloudFault, "name">>(TABLE).map(([name, fault]) => ({
  name,
  ...fault,
  help: `${fault.help}${fault.fallback === undefined ? "" : ` Default ${fault.fallback}.`}`,
}));

/** A fault that cannot be understood. `message` is one line for people. */
export class CloudFaultError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "CloudFaultError";
  }
}

interface Active {
  value: string;
  left: number;
}

const SPEC = /^([a-z-]{1,40})(?:=([^*]{0,40}))?(?:\*(\d{1,6}))?$/;

/** The faults that are set now. One object belongs to one cloud; it may be changed at any time. */
export class CloudFaults {
  readonly #active = new Map<CloudFaultName, Active>();

  /**
   * @param specs faults as the command line names them
   * @throws CloudFaultError
   */
  constructor(specs: Iterable<string> = []) {
    for (const spec of specs) this.set(spec);
  }

  /**
   * Sets a fault: `NAME[=VALUE][*TIMES]`.
   * @throws CloudFaultError for an unknown name, or a value that does not fit
   */
  set(spec: string): void {
    const [, name, value, times] = SPEC.exec(spec) ?? [];
    if (name === undefined || !isFaultName(name)) {
      const known = FAULTS.map((fault) => fault.name).join(", ");
      throw new CloudFaultError(`unknown fault "${spec.slice(0, 40)}"; known: ${known}`);
    }
    const kind: Omit<CloudFault, "name"> = TABLE[name];
    if (value !== undefined && !kind.pattern?.test(value)) {
      const takes = kind.value && [kind.value, kind.range].filter(Boolean).join(", ");
      throw new CloudFaultError(`fault ${name} takes ${takes ? `${takes}, not "${value}"` : "no value"}`);
    }
    if (times !== undefined && Number(times) === 0) {
      throw new CloudFaultError(`fault ${name}: *TIMES must be 1 to 999999`);
    }
    this.#active.set(name, {
      value: value ?? kind.fallback ?? "",
      left: times === undefined ? Number.POSITIVE_INFINITY : Number(times),
    });
  }

  clear(name: CloudFaultName): void {
    this.#active.delete(name);
  }

  /** The fault's value if it strikes now (empty for one without a value), else undefined. Counts it off. */
  strike(name: CloudFaultName): string | undefined {
    const active = this.#active.get(name);
    if (active === undefined || active.left <= 0) return undefined;
    active.left--;
    return active.value;
  }

  /** As `strike`, for a fault of one of two hosts: it counts only where it is meant. */
  strikeAt(name: CloudFaultName, host: "broker" | "onboarding"): boolean {
    return this.#active.get(name)?.value === host && this.strike(name) !== undefined;
  }
}

/** Whether `name` is one of the simulated cloud's faults. */
export function isFaultName(name: string): name is CloudFaultName {
  return Object.hasOwn(TABLE, name);
}

// The status line of a run: what its entries come to, in one line.

import type { Entry } from "./entry.js";

/** What it shows. */
export interface Status {
  phase: string;
  network: string;
  recorded: number;
  acked: number;
  failures: number;
}

export const NO_STATUS: Status = { phase: "off", network: "", recorded: 0, acked: 0, failures: 0 };

/** What an entry changes of it. */
const CHANGES: Readonly<Record<string, (status: Status, entry: Entry) => Partial<Status>>> = {
  phase: (_, { phase }) => ({ phase: String(phase) }),
  online: (_, { rat, rssi }) => ({ network: `${rat ?? "?"} ${rssi ?? "?"} dBm` }),
  "link-lost": () => ({ network: "" }),
  recorded: ({ recorded }) => ({ recorded: recorded + 1 }),
  acked: ({ acked }) => ({ acked: acked + 1 }),
  failure: ({ failures }) => ({ failures: failures + 1 }),
};

export const changed = (status: Status, entry: Entry): Status => ({
  ...status,
  ...CHANGES[entry.event]?.(status, entry),
});

/** @param seconds since power-on @param columns that it may take; what does not fit is left out, from the end */
export function statusLine(status: Status, seconds: number, columns: number): string {
  const { phase, network, recorded, acked, failures } = status;
  const parts = [
    phase,
    network,
    `${acked} of ${recorded} acknowledged`,
    `${Math.floor(seconds)} s`,
    failures === 0 ? "" : `${failures} ${failures === 1 ? "failure" : "failures"}`,
    "help tells what can be typed",
  ].filter((part) => part !== "");
  while (parts.length > 1 && parts.join(" · ").length > columns) parts.pop();
  return parts.join(" · ").slice(0, columns);
}

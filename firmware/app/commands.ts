// The commands that every device obeys.
//
//   {"id":"7","cmd":"ping"}                       → {"id":"7","ok":true,"uptime":12}
//   {"id":"8","cmd":"status"}                     → {"id":"8","ok":true, …signal and counters}
//   {"id":"9","cmd":"interval","seconds":30}      → {"id":"9","ok":true,"seconds":30}
//   {"id":"10","cmd":"restart"}                   → {"id":"10","ok":true}, then the device restarts

import type { AppArgs, AppCommand, SystemContext } from "../platform/app.js";

type Command<A = AppArgs> = AppCommand<A, SystemContext, undefined>;

/** That of the setting `telemetryIntervalS`. */
const INTERVAL = { seconds: { range: [1, 86_400] } } as const;

const interval: Command<typeof INTERVAL> = {
  help: `sets the telemetry interval; "seconds": ${INTERVAL.seconds.range.join(" to ")}`,
  args: INTERVAL,
  run: ({ seconds }, ctx) => {
    ctx.setInterval(seconds);
    return { seconds };
  },
};

export const commands = {
  ping: { help: "answers with the uptime", run: (_, { uptimeS }) => ({ uptime: uptimeS }) },
  status: { help: "answers with signal, counters and uptime", run: (_, ctx) => ctx.status() },
  interval,
  restart: { help: "answers, then restarts the device; at most once in 10 minutes", run: (_, ctx) => ctx.restart() },
} as const satisfies Readonly<Record<string, Command>>;

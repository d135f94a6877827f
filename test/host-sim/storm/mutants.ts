// Breakages of the firmware, each a small change of its source that is made as it is bundled: what a storm must notice.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Plugin } from "esbuild";

interface Change {
  /** Path from the root of the project. */
  file: string;
  /** Text that stands there once. */
  find: string;
  replace: string;
}

export interface Mutant {
  /** What is broken. */
  name: string;
  /** Virtual hours that it takes to see it; left out: as many as all others run. */
  hours?: number;
  changes: readonly Change[];
  /** The verdicts of which at least one must notice. */
  noticedBy: readonly string[];
}

const OUTBOX = "firmware/store/outbox.ts";
const CHANNEL = "firmware/modem/at/channel.ts";
const AGENT = "firmware/device/agent.ts";
const OUTBOUND = "firmware/mqtt/outbound.ts";

export const MUTANTS: readonly Mutant[] = [
  {
    name: "a record is taken for safe before it is in flash",
    changes: [
      {
        file: OUTBOX,
        find: "this.put(RECORD, qos | (retain ? RETAIN : 0), this.#at.next, body);",
        replace: "(this.late ??= []).push([qos | (retain ? RETAIN : 0), this.#at.next, body]);",
      },
      {
        file: OUTBOX,
        find: "    const at = this.#at;\n",
        replace:
          "    const at = this.#at;\n    for (const [flags, number, body] of (this.late ?? []).splice(0)) this.put(RECORD, flags, number, body);\n",
      },
    ],
    noticedBy: ["nothing-lost"],
  },
  {
    name: "a record leaves the outbox when it is sent, not when it is acknowledged",
    changes: [
      {
        file: OUTBOUND,
        find: "    flight.sentAt = now;\n",
        replace:
          "    flight.sentAt = now;\n    if (flight.sequence > 0) this.#parts.journal.delivered(flight.sequence);\n",
      },
    ],
    noticedBy: ["nothing-lost"],
  },
  {
    name: "a packet id is used again while it waits",
    changes: [
      {
        file: "firmware/mqtt/state.ts",
        find: "do this.#lastId = (this.#lastId % 65_535) + 1;\n    while (this.flights.has(this.#lastId));",
        replace: "this.#lastId = (this.#lastId % 3) + 1;",
      },
    ],
    noticedBy: ["packet-ids", "nothing-lost"],
  },
  {
    name: "DUP is set on records of a session that is over",
    changes: [
      {
        file: OUTBOUND,
        find: "sequence, dup: false, tries: 0",
        replace: "sequence, dup: state.connectedBefore === true, tries: 0",
      },
      {
        file: "firmware/mqtt/state.ts",
        find: "    this.offered = 0;\n  }\n",
        replace: "    this.offered = 0;\n    this.connectedBefore = true;\n  }\n",
      },
    ],
    noticedBy: ["dup-in-session"],
  },
  {
    name: "a CONNACK resets the back-off",
    changes: [
      {
        file: AGENT,
        find: 'connecting: { proof: proven, timer: lasted, done: (s) => to(s, "online"), failed: fail },',
        replace:
          'connecting: { proof: proven, timer: lasted, failed: fail, done: (s) => to({ ...s, failures: 0 }, "online", { do: "remember", failures: 0 }) },',
      },
    ],
    noticedBy: ["ladder-holds"],
  },
  {
    name: "the back-off falls with each PUBACK",
    changes: [{ file: AGENT, find: 'event.type === "proof" && event.whole', replace: 'event.type === "proof"' }],
    noticedBy: ["ladder-holds", "no-fighting"],
  },
  {
    name: "the count of failures does not outlive a restart",
    changes: [
      {
        file: "firmware/device/memory.ts",
        find: "Uint8Array.of(Math.min(failures, MOST))",
        replace: "Uint8Array.of(failures * 0)",
      },
    ],
    noticedBy: ["ladder-holds"],
  },
  {
    name: "starts that lead to nothing are not counted",
    changes: [
      {
        file: "firmware/device/boot-record.ts",
        find: "isMeant(end) ? starts : counted(starts, cause)",
        replace: "isMeant(end) ? starts : counted(starts, cause) * 0 + 1",
      },
    ],
    noticedBy: ["no-restart-loop"],
  },
  {
    name: "the back-off has no jitter",
    changes: [
      {
        file: "firmware/device/ladder.ts",
        find: "Math.floor(random * ceiling)",
        replace: "Math.floor((random * 0 + 1) * ceiling)",
      },
    ],
    noticedBy: ["back-off-spreads"],
  },
  {
    name: "the first attempt anew comes at once, and two CONNECTs may be less than a second apart",
    changes: [
      {
        file: "firmware/device/ladder.ts",
        find: "return Math.floor(random * ceiling)",
        replace: "return failures === 1 ? 0 : Math.floor(random * ceiling)",
      },
      { file: "firmware/cloud/limits.ts", find: "connectIntervalMs: 1000,", replace: "connectIntervalMs: 0," },
    ],
    noticedBy: ["connect-rate"],
    hours: 48,
  },
  {
    name: "a token is not renewed before it is over",
    changes: [
      {
        file: "firmware/device/device.ts",
        find: "    this.planRenewal(plan);\n    this.#recorder",
        replace: "    this.#recorder",
      },
    ],
    noticedBy: ["valid-token"],
  },
  {
    name: "what a full outbox drops is not counted",
    changes: [{ file: OUTBOX, find: "      this.#at.dropped++;\n", replace: "" }],
    noticedBy: ["nothing-lost", "drops-counted"],
  },
  {
    name: "the outbox writes on after a torn record without looking",
    changes: [
      {
        file: "firmware/store/ring-log.ts",
        find: "if (!free) this.#offset",
        replace: "if (free && !free) this.#offset",
      },
    ],
    noticedBy: ["flash-clean", "nothing-lost"],
  },
  {
    name: "the newest record is sent first",
    changes: [
      {
        file: OUTBOUND,
        find: "const record = journal.next(state.offered);\n",
        replace:
          "let record = journal.next(state.offered);\n      for (let i = 0; i < 3 && record; i++) record = journal.next(record.sequence) ?? record;\n",
      },
    ],
    noticedBy: ["in-order", "drained"],
  },
  {
    name: "a device that only a person can help does not try again",
    changes: [{ file: AGENT, find: "  halted: { timer: climb },\n", replace: "  halted: {},\n" }],
    noticedBy: ["recovers", "no-standstill"],
  },
  {
    name: "an HTTP request waits for days",
    changes: [
      {
        file: "firmware/http/client.ts",
        find: "{ connectMs: 90_000, idleMs: 30_000, totalMs: 180_000 }",
        replace: "{ connectMs: 9e8, idleMs: 9e8, totalMs: 9e8 }",
      },
    ],
    noticedBy: ["no-standstill", "recovers"],
  },
  {
    name: "who waited for an unsolicited line is never forgotten",
    changes: [
      { file: CHANNEL, find: "        this.#waiters.delete(waiter);\n", replace: "" },
      { file: CHANNEL, find: " || this.#waiters.size >= MAX_WAITERS", replace: "" },
    ],
    noticedBy: ["bounded", "flat"],
  },
  {
    name: "something small is kept for each day that the device runs",
    hours: 96,
    changes: [
      {
        file: "firmware/device/recorder.ts",
        find: "    timer.clear(this.#timer);\n    this.#dueAt",
        replace:
          "    timer.clear(this.#timer);\n    (this.days ??= new Set()).add(Math.floor(this.uptimeS() / 86_400));\n    this.#dueAt",
      },
    ],
    noticedBy: ["flat"],
  },
  {
    name: "the token is in the log",
    changes: [
      {
        file: "firmware/cloud/1nce-aws/profile.ts",
        find: 'log("info", "onboarded", { clientId,',
        replace: 'log("info", "onboarded", { username, clientId,',
      },
    ],
    noticedBy: ["secrets-kept"],
  },
];

/** Makes a mutant's changes as esbuild loads the files. */
export function mutating({ name, changes }: Mutant): Plugin {
  const byFile = new Map<string, Change[]>();
  for (const change of changes) {
    const file = resolve(change.file);
    byFile.set(file, [...(byFile.get(file) ?? []), change]);
  }
  return {
    name: "mutant",
    setup: (build) => {
      build.onLoad({ filter: /\/firmware\/.*\.ts$/ }, ({ path }) => {
        const wanted = byFile.get(path);
        if (wanted === undefined) return undefined;
        let text = readFileSync(path, "utf8");
        for (const { find, replace } of wanted) {
          if (text.split(find).length !== 2)
            throw new Error(`the mutant "${name}" does not fit ${path} any more: ${find}`);
          text = text.replace(find, () => replace);
        }
        return { contents: text, loader: "ts" };
      });
    },
  };
}

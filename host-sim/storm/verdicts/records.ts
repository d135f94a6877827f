// Promises about records: none lost, all in order, none repeated without need, none changed.

import { type Evidence, numbersIn, type Sent } from "../evidence.js";
import type { RecordLife } from "../ledger.js";
import type { Verdict } from "./verdict.js";

/** Records that may wait at the end of a run: those of the last minutes. */
const WAITING_MAX = 40;

export const NOTHING_LOST: Verdict = {
  name: "nothing-lost",
  promise: "A record that the outbox took is at the broker, waits, or was dropped by the full outbox.",
  seen: ({ records }) => records.size,
  check: ({ records, vanished, end }) => {
    const waiting = new Set(end.waiting);
    const isMissing = ({ keptAt, arrivals, droppedAt }: RecordLife) =>
      keptAt !== undefined && arrivals === 0 && droppedAt === undefined;
    return [...[...records.values()].filter(({ sequence }) => !waiting.has(sequence)), ...vanished]
      .filter(isMissing)
      .map(({ sequence, topic, keptAt, ackedAt }) => {
        const acknowledged = ackedAt === undefined ? "is nowhere" : "was taken for delivered";
        return {
          at: ackedAt ?? keptAt!,
          what: `record ${sequence} on ${topic} never reached the broker and ${acknowledged}`,
        };
      });
  },
};

export const DROPS_COUNTED: Verdict = {
  name: "drops-counted",
  promise: "Every record that the full outbox dropped is in its count.",
  seen: ({ records }) => [...records.values()].filter(({ droppedAt }) => droppedAt !== undefined).length,
  check: ({ records, end, trial }) => {
    const dropped = [...records.values()].filter(
      ({ droppedAt, arrivals }) => droppedAt !== undefined && arrivals === 0,
    );
    if (dropped.length <= end.dropped) return [];
    const what = `${dropped.length} records were dropped and never sent, ${end.dropped} are counted`;
    return [{ at: trial.hours * 3_600_000, what }];
  },
};

export const DRAINED: Verdict = {
  name: "drained",
  promise: "When all has been well for a while, nothing old waits any more.",
  // One look, at the end of a run.
  seen: ({ records }) => (records.size > 0 ? 1 : 0),
  check: ({ end, trial }) =>
    end.size <= WAITING_MAX ? [] : [{ at: trial.hours * 3_600_000, what: `${end.size} records wait at the end` }],
};

export const IN_ORDER: Verdict = {
  name: "in-order",
  promise: "On each topic, records come first in the order in which they were written.",
  seen: ({ arrived }) => arrived.length,
  check: ({ arrived, records, vanished }) => {
    // Of records with the same content it is not known which one came: one of them that came twice looks like another.
    const alike = new Map<string, number>();
    const contentOf = ({ topic, text }: RecordLife) => `${topic}\n${text}`;
    for (const record of [...records.values(), ...vanished]) {
      alike.set(contentOf(record), (alike.get(contentOf(record)) ?? 0) + 1);
    }
    const isOne = (sequence: number) => {
      const record = records.get(sequence);
      return record === undefined || alike.get(contentOf(record)) === 1;
    };
    const latest = new Map<string, number>();
    const seen = new Set<number>();
    return arrived.flatMap(({ at, topic, sequence }) => {
      if (sequence === undefined || seen.has(sequence) || !isOne(sequence)) return [];
      seen.add(sequence);
      const before = latest.get(topic) ?? 0;
      latest.set(topic, Math.max(before, sequence));
      return sequence > before
        ? []
        : [{ at, what: `record ${sequence} came first after record ${before} on ${topic}` }];
    });
  },
};

export const NO_STRAYS: Verdict = {
  name: "no-strays",
  promise: "What arrives is a record as it was written, to the byte and on its own topic.",
  seen: ({ arrived }) => arrived.length,
  check: ({ arrived }) =>
    arrived
      .filter(({ sequence }) => sequence === undefined)
      .map(({ at, topic }) => ({ at, what: `something on ${topic} that nobody wrote` })),
};

export const DUP_IN_SESSION: Verdict = {
  name: "dup-in-session",
  promise: "DUP is set if and only if the same record was sent under the same packet id in this session before.",
  seen: ({ sent }) => sent.filter(({ dup, resumed }) => dup && !resumed).length,
  check: ({ sent }) => {
    const before = new Map<string, string>();
    return sent.flatMap((message) => {
      const { at, session, resumed, packetId, sequence, dup } = message;
      const key = `${session}/${packetId}`;
      // The same to the byte: of a group, all of its records and no other.
      const numbers = numbersIn(message).join();
      const repeats = before.get(key) === numbers;
      before.set(key, numbers);
      // What was about to be sent when the chip restarted counts as sent.
      if (dup === repeats || (dup && resumed)) return [];
      return [{ at, what: `record ${sequence} went out with DUP=${dup ? 1 : 0} as packet ${packetId}` }];
    });
  },
};

export const NO_NEEDLESS_REPEAT: Verdict = {
  name: "no-needless-repeat",
  promise: "No record is sent again once it was acknowledged.",
  seen: ({ sent, posted }) => sent.length + posted.length,
  check: ({ sent, posted, records }) =>
    [...sent.flatMap((one) => numbersIn(one).map((sequence) => ({ at: one.at, sequence }))), ...posted].flatMap(
      ({ at, sequence }) => {
        const record = sequence === undefined ? undefined : records.get(sequence);
        if (record?.ackedAt === undefined || at <= record.ackedAt) return [];
        return [{ at, what: `record ${sequence} was sent again after it was acknowledged` }];
      },
    ),
};

export const PACKET_IDS: Verdict = {
  name: "packet-ids",
  promise: "A packet id that waits for its acknowledgement is not used for another record.",
  seen: ({ sent }) => sent.length,
  check: ({ sent }) => {
    // It waits on where its record was dropped, or came by another way: only a PUBACK frees it.
    const held = new Map<string, Sent>();
    return sent.flatMap((message) => {
      const { at, session, packetId, sequence } = message;
      if (sequence === undefined || packetId === undefined) return [];
      const key = `${session}/${packetId}`;
      const holder = held.get(key);
      held.set(key, message);
      if (holder === undefined || holder.sequence === sequence) return [];
      if (holder.answeredAt !== undefined && holder.answeredAt <= at) return [];
      const what = `packet id ${packetId} went to record ${sequence} while record ${holder.sequence} waits under it`;
      return [{ at, what }];
    });
  },
};

export const ONE_PACKET_ID: Verdict = {
  name: "one-packet-id",
  promise: "In one session, resumed or not, a record goes out under one packet id.",
  seen: ({ sent }) => sent.filter(({ resumed, dup }) => resumed && dup).length,
  check: (evidence) => {
    const alike = manyAlike(evidence);
    const ids = new Map<string, number | undefined>();
    const each = evidence.sent.flatMap((one) => numbersIn(one).map((sequence) => ({ ...one, sequence })));
    return each.flatMap(({ at, session, packetId, sequence }) => {
      if (sequence === undefined || alike.has(sequence)) return [];
      const key = `${session}/${sequence}`;
      const before = ids.get(key);
      if (before === undefined || before === packetId) {
        ids.set(key, packetId);
        return [];
      }
      return [{ at, what: `record ${sequence} went out as packet ${packetId}, and as ${before} before` }];
    });
  },
};

/** Records of which several say the same: answers to a command that came twice in a second. One cannot be told from another. */
function manyAlike({ records, vanished }: Evidence): Set<number> {
  const first = new Map<string, number>();
  const alike = new Set<number>();
  for (const { topic, text, sequence } of [...records.values(), ...vanished]) {
    const same = first.get(`${topic}\n${text}`);
    if (same === undefined) first.set(`${topic}\n${text}`, sequence);
    else alike.add(same).add(sequence);
  }
  return alike;
}

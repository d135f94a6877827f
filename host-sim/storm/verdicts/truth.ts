// The promise that what a record tells of the device is so: held against what was counted around the firmware, at the modem, at
// the broker's wire and at the outbox, from the same start on. What nobody outside can know is not judged: the signal, `resumed`,
// the most that `monthKb` may be, and what a sleep adds to `radioOn` and `monthKb`.

import { endOf } from "../../desk/fault.js";
import { DEFAULT_START_MS } from "../../world/virtual-world.js";
import { type Evidence, type KEPT_EVENTS, type Logged, linesOf } from "../evidence.js";
import type { Truth } from "../ledger.js";
import { byLife, livesOf } from "../lives.js";
import type { Trial } from "../trial.js";
import type { Connection } from "../wire.js";
import { answersOf, commandsHeard } from "./answers.js";
import { type Told, told } from "./fields.js";
import type { Verdict } from "./verdict.js";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
/** An exchange with the modem has failed, and nobody knows what it has moved. */
const FAILING = [
  ...(["failure", "link-lost", "renewal-postponed"] as const),
  ...(["root-not-fetched", "second-way", "update-retry"] as const),
];

/** What a field must be, or the least and the most that it may be. */
type Bounds = readonly [least: number, most: number];

/** One record, and what is known at its time. */
interface Moment {
  at: number;
  fields: Told["fields"];
  truth: Truth;
  /** It is the first that its life tells, as far as is known. */
  isFirst: boolean;
}

/** @returns what is wrong; undefined: nothing, or nobody can know */
type Check = (moment: Moment) => string | undefined;
/** A field: made once a life. */
type Field = (seen: Seen) => Check;

/** What was seen of one life; times are in their order. */
interface Seen {
  trial: Trial;
  from: number;
  start: Logged<"start">["fields"] | undefined;
  rejected: readonly number[];
  unkept: readonly number[];
  /** Failures, and links that were lost. */
  failed: readonly number[];
  clocks: readonly number[];
  phases: readonly Logged<"phase">[];
  connections: readonly Connection[];
  /** Commands that came, but for those that the broker kept; those that were acknowledged; and answers that were kept. */
  came: readonly number[];
  acknowledged: readonly number[];
  answered: readonly number[];
}

/** What was seen of each life. */
function livesSeen(evidence: Evidence): Seen[] {
  const { log, connections, trial } = evidence;
  const lives = livesOf(evidence);
  const times = (items: readonly { at: number }[]) =>
    byLife(
      items.map(({ at }) => at).sort((a, b) => a - b),
      (at) => at,
      lives,
    );
  const lines = <E extends (typeof KEPT_EVENTS)[number]>(event: E) =>
    byLife(linesOf(log, event), ({ at }) => at, lives);
  const [starts, phases] = [lines("start"), lines("phase")];
  const dialled = byLife(connections, ({ at }) => at, lives);
  const rejected = times(linesOf(log, "rejected"));
  const unkept = times(linesOf(log, "not-recorded"));
  const failed = times(FAILING.flatMap((event) => linesOf(log, event)));
  const clocks = times(linesOf(log, "clock"));
  const commands = commandsHeard(evidence).filter(({ retained }) => !retained);
  const came = times(commands);
  const acknowledged = times(commands.flatMap(({ ackedAt }) => (ackedAt === undefined ? [] : [{ at: ackedAt }])));
  const answers = answersOf(evidence).filter(({ record }) => !record.found);
  const answered = times(answers.map(({ record }) => ({ at: record.keptAt! })));
  return lives.map(({ from }, i) => ({
    ...{ trial, from, start: starts[i]!.find(({ at }) => at === from)?.fields, phases: phases[i]! },
    ...{ rejected: rejected[i]!, unkept: unkept[i]!, failed: failed[i]!, clocks: clocks[i]! },
    ...{ connections: dialled[i]!, came: came[i]!, acknowledged: acknowledged[i]!, answered: answered[i]! },
  }));
}

export const TRUE_FIELDS: Verdict = {
  name: "true-fields",
  promise:
    "What a record tells was so: acknowledged, lost and refused, reconnects, bytes over the air, time with the radio on, the time, and why the device has started.",
  seen: (evidence) => judged(evidence).length,
  check: (evidence) => {
    const lives = livesSeen(evidence);
    return byLife(judged(evidence), ({ record }) => record.keptAt!, livesOf(evidence)).flatMap((records, i) => {
      const seen = lives[i]!;
      const checks = FIELDS.map((field) => field(seen));
      return records.flatMap(({ record, fields }, n) => {
        const at = record.keptAt!;
        const moment = { at, fields, truth: record.truth!, isFirst: n === 0 && seen.unkept.length === 0 };
        return checks.flatMap((check) => {
          const what = check(moment);
          return what === undefined ? [] : [{ at, what: `record ${record.sequence}: ${what}` }];
        });
      });
    });
  },
};

/** A record that is found after a restart was offered in another life. */
const judged = (evidence: Evidence) =>
  told(evidence).filter(({ record }) => !record.found && record.truth !== undefined);

/** A number that is told in each record; left out it is 0. */
const numbered =
  (name: string, bounds: (moment: Moment) => Bounds | undefined): Check =>
  (moment) => {
    const [least, most] = bounds(moment) ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    const value = Number(moment.fields[name] ?? 0);
    if (value >= least && value <= most) return undefined;
    return `${name} ${value}, it was ${least === most ? least : `${least.toFixed(0)} to ${most.toFixed(0)}`}`;
  };

/** How many of `times`, which are in their order, come before each of ever later times, and how many by then. */
function counter(times: readonly number[]): (at: number) => Bounds {
  let before = 0;
  let by = 0;
  return (at) => {
    while (before < times.length && times[before]! < at) before++;
    while (by < times.length && times[by]! <= at) by++;
    return [before, by];
  };
}

const ACKED: Field = ({ rejected }) => {
  const unsendable = counter(rejected);
  return numbered("acked", ({ at, truth: { delivered } }) => {
    const [least, most] = unsendable(at);
    return [delivered - most, delivered - least];
  });
};

const LOST: Field = ({ rejected, unkept }) => {
  const [unsendable, unwritten] = [counter(rejected), counter(unkept)];
  return numbered("lost", ({ at, truth: { dropped, droppedBefore } }) => {
    const [[least, most], [fewest, more]] = [unsendable(at), unwritten(at)];
    return [droppedBefore + least + fewest, dropped + most + more];
  });
};

/** A connection that ends so soon behind its SUBACK may not have come to be counted, in milliseconds. */
const COUNTED = 100;

const RECONNECTS: Field = ({ connections, trial }) => {
  const { transport, fallback } = trial.setup.config;
  const sure = connections.flatMap(({ grantedAt, endedAt = Number.POSITIVE_INFINITY }) =>
    grantedAt !== undefined && endedAt > grantedAt + COUNTED ? [grantedAt] : [],
  );
  // One whose session goes on asks for nothing.
  const admitted = connections.flatMap(({ connack }) => (connack?.returnCode === 0 ? [connack.at] : []));
  const [least, most] = [counter(sure), counter(admitted)];
  return numbered("reconnects", ({ at }) =>
    // By HTTPS it is connected before anything goes over the air.
    transport === "https" || fallback === "https"
      ? undefined
      : [Math.max(0, least(at)[0] - 1), Math.max(0, most(at)[1] - 1)],
  );
};

/** How long a command of an app's may go unanswered, in milliseconds. */
const ANSWERS_WITHIN = 10.1 * SECOND;

const REFUSED: Field = ({ came, acknowledged, answered, trial }) => {
  // One that is not acknowledged may have been read as its connection ended: it comes again.
  const pending = trial.setup.app === "none" ? 0 : ANSWERS_WITHIN;
  const [sure, all, answers] = [counter(acknowledged), counter(came), counter(answered)];
  return numbered("refused", ({ at }) => {
    const [fewest, most] = answers(at);
    return [Math.max(0, sure(at - pending)[0] - most), all(at)[1] - fewest];
  });
};

/** The most that one exchange moves: bytes that are under way, or whose exchange failed and ended its connection. */
const EXCHANGE = 1_460;

const air =
  (name: string, ofModem: "sent" | "taken"): Field =>
  ({ failed, trial, from }) => {
    const hurt = counter(failed);
    // A command that came as another one is confirmed all the same: the modem has taken fewer bytes than were handed to it.
    const garbled = trial.faults.filter((fault) => fault.fault === "at-garble-input" && endOf(fault) >= from);
    return numbered(name, ({ at, truth }) => {
      const unsure = EXCHANGE * (1 + hurt(at)[1]);
      const more = garbled.some((fault) => fault.at <= at) ? unsure : 0;
      return [truth[ofModem] - unsure, truth[ofModem] + more];
    });
  };

/** Where the chip sleeps deeply, what the lives before have counted is added. */
const isAlone = ({ trial }: Seen) => !trial.setup.deepSleep;

const RADIO_ON: Field = (seen) => {
  const phases = [...seen.phases, { at: Number.POSITIVE_INFINITY, fields: { phase: "off" } }];
  let [online, asleep, i] = [0, 0, 0];
  return numbered("radioOn", ({ at }) => {
    if (!isAlone(seen)) return undefined;
    const spent = (n: number) => Math.min(at, phases[n + 1]!.at) - phases[n]!.at;
    for (; i < phases.length - 1 && phases[i + 1]!.at <= at; i++) {
      if (phases[i]!.fields.phase === "online") online += spent(i);
      if (phases[i]!.fields.phase === "asleep") asleep += spent(i);
    }
    const now = phases[i]!;
    const since = now.at <= at && i < phases.length - 1 ? spent(i) : 0;
    const least = online + (now.fields.phase === "online" ? since : 0);
    const most = at - seen.from - asleep - (now.fields.phase === "asleep" ? since : 0);
    const off = SECOND + (at - seen.from) * 1e-4;
    return [(least - off) / SECOND, (most + off) / SECOND];
  });
};

/** From here on a month is told. */
const MONTH_FROM_S = (6 * HOUR) / SECOND;
const MONTH_S = 30 * 86_400;

const MONTH: Field = (seen) =>
  numbered("monthKb", ({ fields: { uptime, airTx, airRx } }) => {
    if (!isAlone(seen)) return undefined;
    if (uptime < MONTH_FROM_S) return [0, 0];
    const bytes = (Number(airTx) + Number(airRx)) * (MONTH_S / (uptime + 1));
    return [bytes / 1_000 - 1, Number.POSITIVE_INFINITY];
  });

/** A clock that was read so long ago is known to records. */
const CLOCK_KNOWN = SECOND;
/** The network tells whole seconds, and a record does too; how far off that leaves it, and the quartz. */
const TIME_OFF = (ms: number) => 2_500 + ms * 1e-4;

const TIME: Field = ({ clocks, trial }) => {
  const read = counter(clocks);
  const wrongFrom = Math.min(...trial.faults.flatMap(({ fault, at }) => (fault === "clock-wrong" ? [at] : [])));
  const jumps = trial.faults.filter(({ fault }) => fault === "clock-jump");
  return ({ at, fields: { time } }) => {
    const last = clocks[read(at)[0] - 1];
    if (last === undefined || at - last < CLOCK_KNOWN) return undefined;
    if (time === undefined) return `no time, ${((at - last) / SECOND).toFixed(0)} s after the clock was set`;
    // Who was told a wrong time once may go by it for long: by its own clock it is right, see SANE_FIELDS.
    if (at >= wrongFrom || jumps.some((jump) => jump.at >= last && jump.at <= at)) return undefined;
    const off = time * SECOND - (DEFAULT_START_MS + at);
    return Math.abs(off) <= TIME_OFF(at - last) ? undefined : `time ${time}, ${(off / SECOND).toFixed(1)} s off`;
  };
};

const START: Field = ({ start }) => {
  // A wake is what a device that sleeps does all day.
  const expected = start?.reset === "sleep" ? undefined : start?.reset;
  return ({ fields: { reset, safe }, isFirst }) => {
    if (start === undefined) return undefined;
    if (safe !== start.safe) return `safe ${String(safe)}, it started with ${String(start.safe)}`;
    if (reset === expected && isFirst) return undefined;
    if (isFirst || (reset !== undefined && reset !== expected))
      return `reset ${String(reset)}, it started by ${String(start.reset)}`;
    return undefined;
  };
};

const FIELDS: readonly Field[] = [
  ...[ACKED, LOST, RECONNECTS, REFUSED, air("airTx", "sent"), air("airRx", "taken")],
  ...[RADIO_ON, MONTH, TIME, START],
];

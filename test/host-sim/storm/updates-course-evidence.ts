// Evidence of updates made by hand, of what is said of each from its manifest to its last word: for the promises that each comes
// to an end, and that what must not be obeyed is refused.

import type { Evidence, Logged } from "../../../host-sim/storm/evidence.js";
import type { UpdatesSeen } from "../../../host-sim/storm/updates.js";
import { pathOf } from "../../../host-sim/storm/updates-wrong.js";
import type { Heard } from "../../../host-sim/storm/wire.js";
import { DEFAULT_SIM, iccidOf } from "../../../host-sim/world/sims.js";
import { HOUR, MINUTE, quietTrial, record } from "./evidence.js";
import { phase } from "./news-evidence.js";

const TOPIC = `${iccidOf(DEFAULT_SIM)}/update`;
const SECOND = 1_000;

type Said = readonly [at: number, state: string, more?: object];
type Sent = UpdatesSeen["sent"][number];

const line = (at: number, event: string, fields: object) => ({ at, level: "info", event, fields }) as Logged;
/** Release 2. */
const GOOD: Sent = { at: 0, text: "good", seq: 2, version: "1.2.0" };
const start = (at: number, seq: number, isTrial = false) => ({ at, seq, board: "b", digest: `d${seq}`, isTrial });

/** Reports at once acknowledged, and behind them others: when each was kept, and acknowledged. */
function records(said: readonly Said[], ...others: readonly [keptAt: number, ackedAt: number | undefined][]) {
  const texts = said.map(([at, state, more]) => ({ at, text: { update: 2, version: "1.2.0", state, ...more } }));
  return new Map([
    ...texts.map(({ at, text }, i) =>
      record(i + 1, { topic: `${TOPIC}/state`, keptAt: at, ackedAt: at, text: JSON.stringify(text) }),
    ),
    ...others.map(([keptAt, ackedAt], i) => record(said.length + i + 1, { keptAt, ackedAt })),
  ]);
}

function evidence(said: readonly Said[], log: readonly Logged[], seen: Partial<UpdatesSeen> = {}): Partial<Evidence> {
  const nothing = { released: [], confirmed: [], asked: [], reports: [], windows: [], isBrick: false };
  return {
    records: records(said),
    log,
    updates: { ...nothing, starts: [start(0, 1)], sent: [GOOD], ...seen },
  };
}

// ------------------------------------------------------------ that it ends

const ACCEPTED: Said = [10 * MINUTE, "accepted"];
const ONLINE = phase(9 * MINUTE, "online");
const window = (at: number, from: number, done: number, length = 60_000) => [
  line(at, "update-window", { from, length }),
  phase(at, "updating"),
  line(at + MINUTE, "update-window-over", { done, ms: MINUTE, airBytes: 0, code: "x" }),
  phase(at + MINUTE + SECOND, "online"),
];
/** So many windows that bring so much each, five minutes apart. */
const windows = (count: number, brought: number, length?: number) =>
  Array.from({ length: count }, (_, i) => window((11 + 5 * i) * MINUTE, 0, brought, length)).flat();
const ended = (at: number): Said => [at, "refused", { reason: "update-tries" }];
const retry = (at: number, ms: number) => line(at, "update-retry", { ms });
const resting = (change: object = {}) => {
  const { setup } = quietTrial();
  return quietTrial({ ...change, setup: { ...setup, config: { ...setup.config, power: "psm" } } });
};
const rests = (...minutes: number[]) =>
  minutes.flatMap((at) => [phase(at * MINUTE, "online"), phase((at + 1) * MINUTE, "asleep")]);
const later = { ...GOOD, later: { afterMs: 30 * MINUTE, spreadS: 3_600 } };
const wrongClock = [{ at: MINUTE, fault: "clock-jump", value: 5, duration: 0 }];

const ENDS = {
  broken: [
    // Nothing follows, and the run goes on.
    evidence([ACCEPTED], [ONLINE]),
    evidence([ACCEPTED], [ONLINE, ...window(11 * MINUTE, 0, 4_096)]),
    // It is over, and only after a standstill.
    evidence([ACCEPTED, ended(HOUR)], [ONLINE]),
    // Another one's last word is not its own.
    evidence([ACCEPTED, [11 * MINUTE, "refused", { version: "wrong-1", reason: "update-board" }]], [ONLINE]),
    evidence([ACCEPTED, [11 * MINUTE, "refused", { update: 3, version: "1.3.0", reason: "update-board" }]], [ONLINE]),
    evidence([ACCEPTED, [11 * MINUTE, "refused"]], [ONLINE]),
    evidence([ACCEPTED, [11 * MINUTE, "rolled-back", { version: undefined }]], [ONLINE]),
    // A wait that is too long, and one behind which nothing comes.
    evidence([ACCEPTED], [ONLINE, ...window(11 * MINUTE, 0, 0), retry(12 * MINUTE + SECOND, 2 * HOUR)]),
    evidence([ACCEPTED], [ONLINE, ...window(11 * MINUTE, 0, 0), retry(12 * MINUTE + SECOND, 30 * MINUTE)]),
    evidence([ACCEPTED, ended(90 * MINUTE)], [ONLINE, ...windows(12, 0)]),
    evidence([ACCEPTED, ended(70 * MINUTE)], [ONLINE, ...windows(7, 4_096, 4_096)]),
    { ...evidence([ACCEPTED], rests(11, 21, 31, 41)), trial: resting() },
    // A record that waits for a moment keeps no window away.
    { ...evidence([ACCEPTED], [ONLINE]), records: records([ACCEPTED], [20 * MINUTE, 20 * MINUTE + 15 * SECOND]) },
    // The second way was long ago.
    evidence([ACCEPTED], [line(7 * MINUTE, "second-way", {}), phase(8 * MINUTE, "connecting"), ONLINE]),
    // Its time has come.
    { ...evidence([ACCEPTED], [ONLINE], { sent: [later] }), trial: quietTrial({ hours: 3 }) },
    // A wrong clock is no reason where no time is named.
    { ...evidence([ACCEPTED], [ONLINE]), trial: quietTrial({ faults: wrongClock }) },
  ].map((each) => ({ trial: quietTrial({ hours: 3 }), ...each })),
  kept: [
    evidence([ACCEPTED, [11 * MINUTE, "confirmed"]], [ONLINE]),
    evidence([ACCEPTED, [11 * MINUTE, "rolled-back", { version: undefined, reason: "update-late" }]], [ONLINE]),
    evidence([ACCEPTED, ended(15 * MINUTE)], [ONLINE, ...window(11 * MINUTE, 0, 4_096)]),
    // A newer one has taken its place, and has ended.
    evidence([ACCEPTED, [12 * MINUTE, "accepted", { update: 3 }], [13 * MINUTE, "confirmed", { update: 3 }]], [ONLINE]),
    // Nobody was there to do anything.
    evidence([ACCEPTED], [ONLINE, phase(12 * MINUTE, "backing-off")]),
    evidence([ACCEPTED], [ONLINE, phase(12 * MINUTE, "linking"), line(15 * MINUTE, "start", { reset: "power" })]),
    evidence([ACCEPTED, ended(HOUR)], [ONLINE, ...window(11 * MINUTE, 0, 0), retry(13 * MINUTE, 40 * MINUTE)]),
    evidence([ACCEPTED, ended(65 * MINUTE)], [ONLINE, ...windows(11, 0)]),
    evidence([ACCEPTED, ended(45 * MINUTE)], [ONLINE, ...windows(6, 4_096, 4_096)]),
    { ...evidence([ACCEPTED], rests(11, 31, 51)), trial: resting({ hours: 1 }) },
    // A chip that woke for samples alone.
    {
      ...evidence([ACCEPTED], [...rests(11), ...[21, 31, 41, 51].map((at) => phase(at * MINUTE, "asleep"))]),
      trial: resting({ hours: 1 }),
    },
    // What waited to be acknowledged has kept windows away.
    { ...evidence([ACCEPTED], [ONLINE]), records: records([ACCEPTED], [15 * MINUTE, undefined]) },
    // The day's volume is spent.
    evidence([ACCEPTED], [ONLINE, line(11 * MINUTE, "data-budget", { status: "near" })]),
    evidence([ACCEPTED, [80 * MINUTE, "confirmed"]], [ONLINE], { sent: [later] }),
    { ...evidence([ACCEPTED], [ONLINE], { sent: [later] }), trial: quietTrial({ hours: 3, faults: wrongClock }) },
    evidence([ACCEPTED], [phase(8 * MINUTE, "connecting"), line(9 * MINUTE, "second-way", {}), ONLINE]),
    {},
  ].map((each) => ({ trial: quietTrial({ hours: 2 }), ...each })),
};

// ------------------------------------------------------------ that it is refused

const heard = (at: number, text: string, change: Partial<Heard> = {}): Heard => ({
  ...{ at, life: 1, topic: TOPIC, text, retained: false, ackedAt: at, refused: 0 },
  ...change,
});
const CHIP: Sent = { at: 0, text: "chip", seq: 3, version: "wrong-0", refusal: "update-chip" };
const KEY: Sent = { at: 0, text: "key", seq: 3, version: "wrong-1", refusal: "update-key" };
const OLDER: Sent = { at: 0, text: "older", seq: 1, version: "1.1.7" };
const sent = [GOOD, CHIP, KEY, OLDER, { ...CHIP, text: "base", version: "wrong-2", refusal: "update-base" as const }];
const AT = 20 * MINUTE;
const ofChip = { update: 3, version: "wrong-0", reason: "update-chip" };
const ofKey = { update: undefined, version: undefined, reason: "update-key" };
const came = (messages: readonly Heard[], said: readonly Said[] = [], change: Partial<UpdatesSeen> = {}) => ({
  ...evidence(said, [ONLINE], { sent, ...change }),
  heard: messages,
});
/** Release 2 runs and was confirmed. */
const updated = { starts: [start(0, 1), start(MINUTE, 2, true)], confirmed: [{ at: 2 * MINUTE, seq: 2 }] };
const onTrial = { starts: [start(0, 1), start(MINUTE, 2, true)] };

const REFUSED = {
  broken: [
    came([heard(AT, "chip")]),
    came([heard(AT, "key")]),
    came([heard(AT, "chip")], [[AT, "refused", { ...ofChip, reason: "update-seq" }]]),
    came([heard(AT, "key")], [[AT, "refused", { ...ofKey, reason: "update-malformed" }]]),
    came([heard(AT, "chip")], [[AT + HOUR, "refused", ofChip]]),
    // Said of another, or once of two.
    came([heard(AT, "chip")], [[AT, "refused", { ...ofChip, version: "1.3.0" }]]),
    came([heard(AT, "key"), heard(AT + 11 * MINUTE, "another key")], [[AT, "refused", ofKey]], {
      sent: [...sent, { ...KEY, text: "another key", version: "wrong-9" }],
    }),
    // Again, though nothing else was said.
    came(
      [heard(AT, "chip"), heard(2 * AT, "chip", { retained: true })],
      [AT, 2 * AT].map((at) => [at, "refused", ofChip] as const),
    ),
    // What is under way is below it.
    came([heard(AT - MINUTE, "good"), heard(AT, "chip")], [[AT - MINUTE, "accepted"]]),
    // It is obeyed.
    ...["accepted", "downloading", "trial", "confirmed"].map((state) =>
      came([], [[AT, state, { version: "wrong-0" }]]),
    ),
    came([], [], { asked: [{ at: AT, path: pathOf("wrong-1") }] }),
    came([heard(AT, "older")], [[AT, "accepted", { update: 1, version: "1.1.7" }]], updated),
    came([heard(AT, "older")], [], updated),
    // It waits until the device is connected, or the trial over.
    { ...came([heard(AT, "chip")]), log: [phase(AT - SECOND, "connecting"), phase(AT + SECOND, "online")] },
    came([heard(1.5 * MINUTE, "chip")], [], updated),
  ],
  kept: [
    came([heard(AT, "chip")], [[AT, "refused", ofChip]]),
    came([heard(AT, "key")], [[AT, "refused", ofKey]]),
    came([heard(AT, "older")], [[AT, "refused", { update: 1, version: "1.1.7", reason: "update-seq" }]], updated),
    // Of another meanwhile; or the power went as it was said.
    came(
      [],
      [
        [AT, "refused", ofChip],
        [AT + 1, "accepted"],
        [2 * AT, "refused", ofChip],
      ],
    ),
    {
      ...came(
        [],
        [
          [AT, "refused", ofChip],
          [AT + SECOND, "refused", ofChip],
        ],
      ),
      boots: [0, AT + SECOND],
    },
    // Once told is told.
    came([heard(AT, "chip"), heard(2 * AT, "chip", { retained: true })], [[AT, "refused", ofChip]]),
    came([heard(AT, "key"), heard(2 * AT, "key", { retained: true })], [[AT, "refused", ofKey]]),
    // Within ten minutes of another that cannot be read.
    came([heard(AT, "key"), heard(AT + 9 * MINUTE, "another key")], [[AT, "refused", ofKey]], {
      sent: [...sent, { ...KEY, text: "another key", version: "wrong-9" }],
    }),
    // One that is not below it is under way; what is good is not refused.
    came([heard(AT - MINUTE, "newer"), heard(AT, "chip")], [], { sent: [...sent, { ...GOOD, text: "newer", seq: 3 }] }),
    // So it is though another was refused meanwhile.
    came(
      [heard(AT - MINUTE, "newer"), heard(AT - SECOND, "board"), heard(AT, "chip")],
      [[AT - SECOND, "refused", { update: 4, version: "wrong-8", reason: "update-board" }]],
      {
        sent: [
          ...sent,
          { ...GOOD, text: "newer", seq: 3 },
          { ...CHIP, text: "board", seq: 4, version: "wrong-8", refusal: "update-board" },
        ],
      },
    ),
    came([heard(AT, "good")]),
    came([heard(AT, "good")], [], updated),
    // The number comes first.
    came([heard(AT, "newer"), heard(AT, "base")], [], { sent: [...sent, { ...GOOD, text: "newer", seq: 3 }] }),
    // Both in the moment in which it is connected: the second may have taken the first one's place.
    { ...came([heard(AT, "chip"), heard(AT, "good")]), log: [phase(AT, "online")] },
    // It came before the connection, or in a trial: another took its place, or the life ended.
    {
      ...came([heard(AT, "chip"), heard(AT, "good")]),
      log: [phase(AT - SECOND, "connecting"), phase(2 * AT, "online")],
    },
    {
      ...came([heard(AT, "chip")]),
      log: [phase(AT - SECOND, "connecting"), phase(2 * AT, "online")],
      boots: [0, AT + MINUTE],
    },
    came([heard(AT, "chip")], [], onTrial),
    came([heard(AT, "chip", { ackedAt: undefined })]),
    // There was no room.
    { ...came([heard(AT, "chip")]), cramped: [AT] },
    came([], [[AT, "accepted"]]),
    {},
  ],
};

export const COURSE_TABLE: Record<string, { broken: Partial<Evidence>[]; kept: Partial<Evidence>[] }> = {
  "update-ends": ENDS,
  "update-refused": REFUSED,
};

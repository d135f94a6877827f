// Ten thousand generated schedules of drops, delays, silences, late and shuffled acknowledgements, forgotten sessions,
// restarts, power cuts, full outboxes and packet ids that run out. After each: no record that was safe is lost, but those that
// a full outbox counted as dropped; order holds per topic, DUP and ids are right, and nothing is repeated that was acknowledged.
// A failing one says its number: it fails again alone.

import { describe, expect, test } from "@jest/globals";
import { Prng } from "../../../../host-sim/world/prng.js";
import { Agenda } from "./agenda.js";
import { ModelBroker } from "./broker.js";
import { Device } from "./device.js";
import { recordOf } from "./observer.js";

/** Fewer for the mutation check. */
const SCHEDULES = Number(process.env.SIMKEY_SCHEDULES ?? 10_000);
const TOPICS = ["up/a", "up/b", "up/c"];
/** A schedule goes on this long, then all faults end and the device has as long again to deliver. */
const ACTIVE_MS = 120_000;
const CALM_MS = 600_000;

interface Outcome {
  appended: number;
  repeated: number;
  restarts: number;
  received: number;
  dropped: number;
  spent: number;
}

/** An `expect` that costs nothing while it holds. */
function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`it is not so that ${what}`);
}

function run(seed: number): Outcome {
  const random = new Prng(seed);
  const agenda = new Agenda();
  const faults = {
    mute: random.chance(0.3) ? 0.1 : 0,
    late: random.chance(0.3) ? 0.2 : 0,
    amnesia: random.chance(0.3) ? 0.3 : 0,
    slowTakeover: false,
  };
  // Where answers come in order, order holds for QoS 2 on its own topics also if the broker takes over on PUBREL only.
  faults.slowTakeover = faults.mute + faults.late === 0 && random.chance(0.5);
  const broker = new ModelBroker(agenda, random.split("broker"), faults);
  const clean = random.chance(0.4);
  const pushed = new Map<string, 1 | 2>();
  const full = random.chance(0.2);
  const device = new Device(agenda, random.split("device"), broker, {
    clean,
    delayMs: [0, 50, 3000][random.below(3)]!,
    silent: random.chance(0.3) ? 0.5 : 0,
    blocks: full ? 3 : 8,
    notes: seed % 4 > 0,
    stride: seed % 5 > 0 ? 1 : 4_096,
  });
  let calm = false;
  const sometimes = (meanMs: number, what: () => void) => {
    const again = () =>
      agenda.in(1 + random.below(2 * meanMs), () => {
        if (calm) return;
        what();
        again();
      });
    again();
  };
  const powerFails = random.chance(0.5);
  sometimes(full ? 2_000 : 10_000, () => {
    const topic = random.below(3);
    const qos = faults.slowTakeover ? topic > 0 : random.chance(0.4);
    device.append(TOPICS[topic]!, qos ? 2 : 1);
  });
  sometimes(20_000, () => {
    const qos = random.chance(0.5) ? 1 : 2;
    pushed.set(`down ${pushed.size}`, qos);
    broker.push(`down ${pushed.size - 1}`, qos);
  });
  sometimes(30_000, () => device.break());
  sometimes(60_000, () => device.disconnect());
  if (powerFails) {
    sometimes(60_000, () => device.flash.cutAfter(random.below(300)));
    sometimes(100_000, () => device.restart());
  }
  const keepConnecting = () => {
    device.connect();
    agenda.in(calm ? 1000 : 1 + random.below(10_000), keepConnecting);
  };
  keepConnecting();
  while (agenda.step(ACTIVE_MS)) {}
  calm = true;
  device.flash.powerOn();
  broker.faults = { ...faults, mute: 0, late: 0, amnesia: 0 };
  while (device.journal.size > 0 && agenda.step(ACTIVE_MS + CALM_MS)) {}
  // And longer than a broken connection can stay unnoticed, for what the broker has for the device.
  const end = agenda.now + 200_000;
  while (agenda.step(end)) {}

  const { size, dropped } = device.journal;
  must(size === 0 && (full || dropped === 0), "the journal is empty, and nothing was dropped for want of room");
  const firsts = new Map<string, number>();
  const seen = new Set<number>();
  for (const { topic, payload } of broker.arrivals) {
    const record = recordOf(payload);
    // One that was being appended when the power went may be there or not.
    const known = device.appended.get(record);
    if (known) must(topic === known.topic && payload === known.payload, `record ${record} is what was appended`);
    if (seen.has(record)) continue;
    seen.add(record);
    must(record > (firsts.get(topic) ?? 0), `record ${record} comes in order on ${topic}`);
    firsts.set(topic, record);
  }
  const missing = [...device.appended.keys()].filter((record) => !seen.has(record));
  must(missing.length <= dropped, `records ${missing} arrived, or were counted as dropped`);
  // What the broker sends survives where the session does: QoS 1 at least once, QoS 2 once.
  if (!broker.forgot) {
    for (const [payload, qos] of pushed) {
      const times = device.received.filter((text) => text === payload).length;
      must(times > 0, `message ${payload} was received`);
      must(qos === 1 || times <= 1 + device.cuts, `QoS 2 message ${payload} was handed on ${times} times`);
    }
  }
  return {
    appended: device.appended.size,
    repeated: broker.arrivals.length - seen.size,
    restarts: device.restarts,
    received: device.received.length,
    dropped,
    spent: device.spent,
  };
}

describe("generated schedules", () => {
  test(`${SCHEDULES} of them keep the rules`, () => {
    const total: Outcome = { appended: 0, repeated: 0, restarts: 0, received: 0, dropped: 0, spent: 0 };
    for (let seed = 1; seed <= SCHEDULES; seed++) {
      try {
        const outcome = run(seed);
        for (const name of Object.keys(total) as (keyof Outcome)[]) total[name] += outcome[name];
      } catch (error) {
        throw new Error(`schedule ${seed}`, { cause: error });
      }
    }
    // The schedules are as bad as they are meant to be.
    expect(total.appended).toBeGreaterThan(5 * SCHEDULES);
    expect(total.repeated).toBeGreaterThan(SCHEDULES / 2);
    expect(total.restarts).toBeGreaterThan(SCHEDULES / 2);
    expect(total.received).toBeGreaterThan(SCHEDULES);
    expect(total.dropped).toBeGreaterThan(SCHEDULES);
    expect(total.spent).toBeGreaterThan(SCHEDULES / 50);
  }, 120_000);
});

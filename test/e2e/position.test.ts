// A device that looks for its position: through modem, clouds and sleeps, in virtual time.

import { describe, expect, test } from "@jest/globals";
import { Desk, type DeskOptions } from "../../host-sim/desk/desk.js";
import { Faults } from "../../host-sim/modem/faults.js";
import { moved } from "../../host-sim/modem/motion.js";

const MINUTE = 60_000;
const START = { latitude: 50.1, longitude: 8.7, altitude: 100, speedKmh: 36, course: 90 };

interface Record {
  seq: number;
  /** Seconds since 1970. */
  time: number;
  lat?: number;
  lon?: number;
  fixAge?: number;
}

/** A desk whose modem moves east at ten metres a second, and what it has said. */
function moving(settings: object, options: Partial<DeskOptions> & { faults?: string[] } = {}) {
  const { faults = [], ...rest } = options;
  const records: Record[] = [];
  const told: string[] = [];
  const phases: string[] = [];
  const desk = new Desk({
    seed: 5,
    settings: { telemetryIntervalS: 60, positionS: 600, ...settings },
    modem: { faults: new Faults(faults) },
    ...rest,
    watcher: {
      log: (_, event, fields) => {
        if (event === "phase") phases.push((fields as { phase: string }).phase);
        if (event === "located" || event === "no-position") told.push(event);
      },
      cloud: (event) => {
        if (event.type !== "publish" || !event.topic.endsWith("/telemetry")) return;
        records.push(JSON.parse(Buffer.from(event.payload).toString()));
      },
    },
  });
  const position = { ...START, since: desk.world.now };
  desk.unit.board.push(desk.unit.modem.setNetwork({ position }, desk.world.now));
  /** How far a record's place is from where the modem was then, in metres. */
  const off = ({ time, lat, lon, fixAge }: Record) => {
    const was = moved(position, (time - fixAge!) * 1_000);
    return Math.hypot((lat! - was.latitude) * 111_320, (lon! - was.longitude) * 71_400);
  };
  desk.start();
  return { desk, records, told, phases, off };
}

describe("always online", () => {
  test("the first record has a place; the next fix is a reconnect later, and nothing is lost", async () => {
    const { desk, records, told, phases, off } = moving({});
    await desk.run(60 * MINUTE);
    expect(records.length).toBeGreaterThan(55);
    for (const record of records) expect(off(record)).toBeLessThan(60);
    expect(told.length).toBeGreaterThanOrEqual(5);
    expect(new Set(told)).toEqual(new Set(["located"]));
    expect(Math.max(...records.map(({ fixAge }) => fixAge!))).toBeLessThan(600 + 60);
    expect(phases.filter((phase) => phase === "yielding").length).toBe(told.length - 1);
    expect(records.map(({ seq }) => seq)).toEqual(records.map((_, i) => records[0]!.seq + i));
    expect(desk.snapshot().counters).toMatchObject({ lost: 0, reconnects: told.length - 1 });
  });

  test("without satellites it is online all the same, and tells the last place with its age", async () => {
    const { desk, records, told } = moving({ positionWaitS: 60 });
    await desk.run(5 * MINUTE);
    desk.unit.modem.setFault("gnss-no-fix");
    await desk.run(60 * MINUTE);
    expect(told.filter((event) => event === "no-position").length).toBeGreaterThan(3);
    expect(records.length).toBeGreaterThan(50);
    expect(records.at(-1)!.fixAge).toBeGreaterThan(50 * 60);
  });

  test("a command that comes while it looks is answered afterwards, where the broker keeps it", async () => {
    const { desk, phases } = moving({ session: "persistent" });
    await desk.run(() => phases.includes("yielding"), 30 * MINUTE);
    await desk.run(() => phases.at(-1) === "locating", MINUTE);
    desk.command({ id: "7", cmd: "ping" });
    expect(await desk.run(() => desk.snapshot().counters?.answered === 1, 10 * MINUTE)).toBe(true);
  });

  test("a stop while it looks ends soon", async () => {
    const { desk, phases } = moving({ positionWaitS: 600 }, { faults: ["gnss-no-fix"] });
    await desk.run(() => phases.includes("locating"), MINUTE);
    await desk.run(5_000);
    let ended = false;
    void desk.unit.device!.ended.then(() => {
      ended = true;
    });
    desk.unit.device!.stop();
    expect(await desk.run(() => ended, 20_000)).toBe(true);
  });

  test.each(["gnss-refused", "gnss-garbled=100", "gnss-restart=5*1000", "gnss-slow=500"])(
    "with %s it is online all the same",
    async (fault) => {
      const { desk, records, told } = moving({ positionWaitS: 60 }, { faults: [fault] });
      await desk.run(40 * MINUTE);
      expect(new Set(told)).toEqual(new Set(["no-position"]));
      expect(records.length).toBeGreaterThan(25);
      expect(records.every(({ lat }) => lat === undefined)).toBe(true);
      expect(desk.snapshot().agent).toMatchObject({ phase: "online" });
    },
  );
});

describe("with power saving", () => {
  const psm = { power: "psm", telemetryIntervalS: 900, positionS: 900, listenS: 1 };

  test("a device that sleeps deeply has a fresh place in each record, found before the radio is on", async () => {
    const { desk, records, phases, off } = moving(psm, { board: { deepSleep: true } });
    await desk.run(6 * 60 * MINUTE);
    expect(records.length).toBeGreaterThan(20);
    for (const record of records) {
      expect(off(record)).toBeLessThan(60);
      expect(record.fixAge).toBeLessThan(60);
    }
    expect(phases).not.toContain("yielding");
  });

  test("it looks no oftener than is set, and a place outlives the sleeps", async () => {
    const { desk, records, told } = moving({ ...psm, positionS: 3_600 }, { board: { deepSleep: true } });
    await desk.run(6 * 60 * MINUTE);
    expect(told.length).toBeGreaterThanOrEqual(5);
    expect(told.length).toBeLessThanOrEqual(7);
    const ages = records.map(({ fixAge }) => fixAge!);
    expect(Math.max(...ages)).toBeGreaterThan(1_800);
    expect(Math.max(...ages)).toBeLessThan(3_600 + 900 + 60);
  });

  test("looks that fail are not made at each wake", async () => {
    const { desk, told, records } = moving(
      { ...psm, positionS: 3_600 },
      { board: { deepSleep: true }, faults: ["gnss-no-fix"] },
    );
    await desk.run(6 * 60 * MINUTE);
    expect(records.length).toBeGreaterThan(20);
    expect(told.length).toBeLessThanOrEqual(7);
  });

  test("one whose chip stays awake tells it with the next record", async () => {
    const { desk, records, off } = moving(psm);
    await desk.run(6 * 60 * MINUTE);
    expect(records.length).toBeGreaterThan(20);
    for (const record of records.slice(1)) expect(off(record)).toBeLessThan(60);
    expect(Math.max(...records.map(({ fixAge }) => fixAge!))).toBeLessThan(1_000);
  });
});

test("after a restart without power the last place is still known", async () => {
  const { desk, records } = moving({ positionS: 86_400 });
  await desk.online();
  desk.unit.modem.setFault("gnss-no-fix");
  desk.stage.powerDip(3_000);
  await desk.run(20 * MINUTE);
  expect(records.at(-1)!.fixAge).toBeGreaterThan(15 * 60);
});

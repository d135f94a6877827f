// The volume that one update may take, held against what the modem has carried, whether the device has read it or not, and
// against what its driver has counted, headers included.

import { describe, expect, test } from "@jest/globals";
import { readRecord } from "../../../firmware/update/memory.js";
import { Prng } from "../../../host-sim/world/prng.js";
import { HOUR, updating } from "../../support/updating.js";

const SLOW = { latencyMs: 900, jitterMs: 100, bytesPerSecond: 5_000, loss: 0, recoveryMs: 0 };

/** A device that is sent a release of so many bytes, and what the modem has carried in each window. */
async function sent(
  budgetKb: number,
  bytes: number,
  before?: (made: ReturnType<typeof updating>) => void,
  { link = SLOW, modemBaud = 115_200 } = {},
) {
  const windows: number[] = [];
  let began: number | undefined;
  const ends = () => {
    if (began !== undefined) windows.push(made.desk.unit.modem.carriedBytes - began);
    began = undefined;
  };
  const made = updating({
    settings: { updateBudgetKb: budgetKb, modemBaud },
    board: { up: link, down: link },
    updates: { blocks: 64, onEvent: (event) => made.served.push(event), onStart: ends },
    watcher: {
      log: (_level, event) => {
        if (event === "update-window") began = made.desk.unit.modem.carriedBytes;
        if (event === "update-window-over") ends();
      },
    },
  });
  const { desk, send, release } = made;
  desk.start();
  await desk.online();
  before?.(made);
  send(release(2, "good", {}, undefined, bytes), true);
  const record = () => readRecord(desk.unit.board.keyValue)!;
  const total = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  const counted = () => total(made.lines.map((line) => Number(/"airBytes":(\d+)/.exec(line)?.[1] ?? 0)));
  return { ...made, windows, ends, record, sum: () => total(windows), counted };
}

describe("the volume of an update", () => {
  test("is not spent on a window that cannot bring what is missing", async () => {
    const { desk, over, told, served, sum } = await sent(52, 40_000, ({ desk }) =>
      desk.updates!.files.fail("status", 404, 1),
    );
    await over();
    expect(told.at(-1)).toBe("2 refused update-budget");
    expect(served.map(({ status }) => status)).toEqual([404]);
    expect(sum()).toBeLessThan(8_000);
    // Nor told again with each connection, where the broker keeps it.
    desk.unit.dip(1_000);
    await desk.run(2 * HOUR);
    expect(told).toEqual(["2 accepted", "2 refused update-budget"]);
  });

  // By a TLS record of 16 KB at a time, of which the device sees nothing before the last byte.
  test.each([
    ["longer", 3_000, 44],
    ["longer", 3_000, 56],
    ["packed", 0, 44],
    ["cut", 30_000, 60],
    ["slow", 30, 50],
    ["slow", 30, 54],
    ["flipped", 39_000, 70],
  ] as const)("is kept to whatever the server does: %s (%d), %d KB", async (fault, value, budgetKb) => {
    const { over, told, sum, counted, record } = await sent(budgetKb, 40_000, ({ desk }) => {
      desk.updates!.files.fail(fault, value);
    });
    await over(1, 24 * HOUR);
    expect(told.at(-1)).toMatch(/2 (refused|confirmed)/);
    expect(Math.max(sum(), counted())).toBeLessThanOrEqual(budgetKb * 1_000);
    expect(record().usedBytes).toBeGreaterThanOrEqual(sum());
  });

  test("is kept to where a file is small, and what comes in its place fills the modem before a byte is read", async () => {
    const link = { latencyMs: 60, jitterMs: 30, bytesPerSecond: 37_000, loss: 0, recoveryMs: 0 };
    const over: string[] = [];
    for (let budgetKb = 20; budgetKb <= 60; budgetKb += 2) {
      const made = await sent(budgetKb, 1_100, ({ desk }) => desk.updates!.files.fail("longer", 60_000), {
        link,
        modemBaud: 19_200,
      });
      await made.over(1, HOUR);
      if (made.sum() > budgetKb * 1_000) over.push(`${budgetKb} KB: ${made.windows.join(" + ")}`);
    }
    expect(over).toEqual([]);
  });

  test("is kept before it is taken: no power cut makes it less", async () => {
    const random = new Prng("cuts");
    const wrong: string[] = [];
    for (let i = 0; i < 16; i++) {
      const { desk, sum, ends, record, windows, served } = await sent(4_000, 100_000, (made) => {
        // A resume is answered with the whole file: what comes first brings nothing.
        if (i % 2 === 0) made.desk.updates!.files.fail("cut", 60_000 + random.below(30_000), 1);
        made.desk.updates!.files.fail("whole");
      });
      await desk.run(() => served.length > (i + 1) % 2, HOUR);
      await desk.run(random.below(20_000));
      if (desk.unit.agent.phase === "updating") desk.unit.dip(500);
      ends();
      if (record().usedBytes < sum()) wrong.push(`cut ${i}: ${record().usedBytes} kept, ${windows.join(" + ")} taken`);
    }
    expect(wrong).toEqual([]);
  });
});

// When an update's turn comes, by a clock that may be wrong for a while.

import { expect, test } from "@jest/globals";
import { HOUR, MINUTE, updating } from "../../support/updating.js";

test("an update that was accepted by a clock which was hours ahead does not wait for that time", async () => {
  const { desk, release, send, told, over } = updating();
  desk.start();
  await desk.online();
  desk.unit.moveClock(24 * HOUR);
  send(release(2));
  await desk.run(() => told.includes("2 accepted"), MINUTE);
  desk.unit.moveClock(-24 * HOUR);
  expect(await over(1, HOUR)).toBe(true);
  expect(told.at(-1)).toBe("2 confirmed");
});

test("nor does its share of a fleet's time begin that much later", async () => {
  const { desk, release, send, told, over } = updating();
  desk.start();
  await desk.online();
  desk.unit.moveClock(24 * HOUR);
  send(release(2, "good", { spreadS: 3_600 }));
  await desk.run(() => told.includes("2 accepted"), MINUTE);
  desk.unit.moveClock(-24 * HOUR);
  expect(await over(1, 2 * HOUR)).toBe(true);
  expect(told.at(-1)).toBe("2 confirmed");
});

import { expect, test } from "@jest/globals";
import type { Phase } from "../../../firmware/device/agent.js";
import type { Logged } from "../../../host-sim/desk/chronicle.js";
import { Climbs } from "../../../host-sim/storm/climbs.js";

const climbing = (at: number) => ({ at, level: "info", event: "climbing", fields: { rung: "renew-pdp" } }) as Logged;
const phase = (at: number, name: Phase) =>
  ({ at, level: "debug", event: "phase", fields: { phase: name, failures: 1 } }) as Logged;

test("a rung is what goes to the modem until the device goes on", () => {
  const climbs = new Climbs();
  climbs.log(climbing(1));
  climbs.line("tx", "AT+CNACT=0,0");
  climbs.line("rx", "OK");
  climbs.log(phase(5, "linking"));
  climbs.line("tx", "AT+CREG?");
  expect(climbs.all).toEqual([{ at: 1, commands: ["AT+CNACT=0,0"], until: 5 }]);
});

test.each<[string, (climbs: Climbs) => void]>([
  ["a restart that was planned", (climbs) => climbs.log(phase(5, "stopped"))],
  ["an end of its life", (climbs) => climbs.booted()],
])("a rung that is cut off by %s has no end", (_, cut) => {
  const climbs = new Climbs();
  climbs.log(climbing(1));
  cut(climbs);
  climbs.line("tx", "AT");
  climbs.log(phase(9, "linking"));
  expect(climbs.all).toEqual([{ at: 1, commands: [] }]);
});

// What is said at the desk of an app whose tables are wrong: what it is, and what it may be.

import { expect, test } from "@jest/globals";
import { checkApp } from "../../../host-sim/testing/app-check.js";
import { startDesk } from "../../../host-sim/testing/app-desk.js";

const SETTING = { default: 5, range: [1, 9], unit: "steps", help: "how far" };
const run = () => ({});

test.each<[setting: unknown, why: string]>([
  [{ ...SETTING, range: undefined }, "must have a range of two numbers, as [0, 100]"],
  [{ default: 5, unit: "steps", help: "" }, 'must have a range, as [0, 100], or choices, as ["low", "high"]'],
  [{ ...SETTING, range: [1] }, "must have a range of two numbers, as [0, 100]"],
  [{ ...SETTING, unit: undefined }, 'must have a unit, as "seconds" or "°C"'],
  [{ ...SETTING, help: undefined }, "must have a help, one line that says what it is"],
  [{ ...SETTING, default: 30 }, "has the default 30, and must be a whole number from 1 to 9 (steps)"],
  [{ ...SETTING, default: 1.5 }, "has the default 1.5, and must be a whole number from 1 to 9 (steps)"],
  [{ ...SETTING, range: [9, 1] }, "has no value in its range"],
  [{ default: "x", choices: ["y", "z"], help: "" }, 'has the default "x", and must be one of y, z'],
  [{ default: "x", choices: "x", help: "" }, 'must have choices that are words, as ["low", "high"]'],
  [null, "must be an object"],
])("the setting %j", (setting, why) => {
  expect(() => checkApp({ settings: { far: setting } as never })).toThrow(`the app's setting "far" ${why}`);
});

test.each<[arg: unknown, why: string]>([
  [{ range: [3600, 1] }, "has no value in its range"],
  [{ range: 5 }, "must have a range of two numbers, as [0, 100]"],
  [{}, "must be one of range:"],
  [{ boolean: true, text: 5 }, "must be one of range:"],
])("the argument %j", (arg, why) => {
  const commands = { go: { help: "goes", args: { steps: arg }, run } } as never;
  expect(() => checkApp({ commands })).toThrow(`the app's command "go": its argument "steps" ${why}`);
});

test("a command without help or run", () => {
  expect(() => checkApp({ commands: { go: { run } } as never })).toThrow('the app\'s command "go" must have a help');
  expect(() => checkApp({ commands: { go: { help: "" } } as never })).toThrow('"go" must have a run');
});

test("a desk says it too, and takes what is right", () => {
  const start = () => ({ sample: run });
  expect(() => startDesk({ app: { start, settings: { far: { ...SETTING, default: 30 } } } as never })).toThrow(
    /default 30/,
  );
  const args = { a: { range: [1, 1] }, b: { choices: ["x"], optional: true }, c: { boolean: true }, d: { text: 5 } };
  checkApp({
    settings: { far: SETTING, gain: { ...SETTING, fractions: true } },
    commands: { go: { help: "", args, run } },
  } as never);
});

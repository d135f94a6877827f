// The chip's console as a log: what a line shows, and that nobody outside can write lines of his own into it.

import { beforeEach, describe, expect, test } from "@jest/globals";
import type { Clock } from "../../../../../firmware/platform/clock.js";
import type { Log, LogLevel } from "../../../../../firmware/platform/events.js";

let written = "";
Object.assign(globalThis, {
  native: () => (text: string) => {
    written += text;
  },
});
// By a name that the compiler does not follow: the module belongs to a project that knows the SDK, and the tests do not.
const path: string = "../../../../../firmware/platform/moddable/esp32/console.js";
const { consoleLog } = (await import(path)) as {
  consoleLog(clock: Clock, typing?: { typed: string }, form?: { least?: LogLevel; mark?: string }): Log;
};

const clock: Clock = { monotonic: () => 12_345, wall: () => undefined, setWall: () => {} };

beforeEach(() => {
  written = "";
});

describe("a line of the log", () => {
  test("has the time, the level, the event and its fields", () => {
    consoleLog(clock)("info", "online", { iccid: "898", rssi: -74, plmn: undefined });
    expect(written).toBe("12.35 info online iccid=898 rssi=-74\n");
  });

  test("below the level that is wanted is none", () => {
    consoleLog(clock)("debug", "tls", { version: "TLSv1.3", suite: "s", resumed: false });
    expect(written).toBe("");
  });

  test("is one line, whatever a broker calls its topic: no line ends, no control sequences of a terminal", () => {
    const topic = "c/commands/x\r\n0.00 info halted\u001b[2J\u009b2J\u2028é";
    consoleLog(clock)("info", "command", { topic, cmd: "ping", bytes: 9 });
    expect(written).toBe("12.35 info command topic=c/commands/x..0.00 info halted.[2J.2J.. cmd=ping bytes=9\n");
  });

  test("begins below a line that is being typed, and shows it again", () => {
    const typing = { typed: "" };
    const log = consoleLog(clock, typing);
    typing.typed = "set pin **";
    log("info", "sim-changed", {});
    expect(written).toBe("\n12.35 info sim-changed\nset pin **");
  });

  test("of a desk's image says so before all else", () => {
    consoleLog(clock, { typed: "" }, { mark: "desk" })("info", "acked", { seq: 3 });
    expect(written).toBe("desk 12.35 info acked seq=3\n");
  });

  test("has an end", () => {
    consoleLog(clock)("error", "fault", { message: "x".repeat(100_000) });
    expect(written.length).toBeLessThan(2_000);
  });
});

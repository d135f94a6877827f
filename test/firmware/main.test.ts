// The composition root for the chip, over stand-ins for all that is the SDK's: what it hears on the console, what not, and what
// it says when it cannot run.

import { randomFillSync } from "node:crypto";
import { beforeEach, describe, expect, jest, test } from "@jest/globals";
import { MemoryKeyValue } from "../../host-sim/world/key-value.js";

type Typed = (text: string) => void;

const seen = {
  written: "",
  restarts: 0,
  typed: undefined as Typed | undefined,
  logged: [] as string[],
  watchdogMs: undefined as (() => number) | undefined,
  typing: undefined as { typed: string } | undefined,
};
const build: { simkey: Record<string, unknown>; builtOn: string } = { simkey: {}, builtOn: "2026-11-22" };
let keyValue = new MemoryKeyValue();
const nothing = () => undefined;

const PLATFORM = "../../firmware/platform/moddable";
const stand = (name: string, exports: object) => jest.unstable_mockModule(`${PLATFORM}/${name}.js`, () => exports);
jest.unstable_mockModule("mc/config", () => ({ default: build }), { virtual: true });
stand("clock", {
  xsClock: () => ({ monotonic: () => 0, wall: nothing, setWall: nothing }),
  xsTimer: () => ({ set: nothing, clear: nothing }),
});
stand("random", { nativeRandom: () => (into: Uint8Array) => void randomFillSync(into) });
stand("tls-session", { Session: class {} });
stand("esp32/console", {
  consoleLog: (_clock: unknown, typing: { typed: string }) => {
    seen.typing = typing;
    return (level: string, event: string, fields: object) =>
      void seen.logged.push([level, event, ...Object.values(fields)].join(" "));
  },
  writeConsole: (text: string) => {
    seen.written += text;
  },
  readConsole: (_timer: unknown, receive: (bytes: Uint8Array) => void) => {
    seen.typed = (text) => receive(Buffer.from(text));
  },
});
stand("esp32/pins", { outputPin: () => ({ write: nothing }), registerDevice: nothing });
stand("esp32/storage", { nvsKeyValue: () => keyValue, flashPartition: nothing });
stand("esp32/system", {
  restart: () => {
    seen.restarts++;
  },
  sleep: nothing,
  watchdog: (ms: () => number) => {
    seen.watchdogMs = ms;
    return { feed: nothing };
  },
});
stand("esp32/uart-port", {
  Port: class {
    readable = 0;
    writable = 0;
    read = nothing;
    write = nothing;
    setBaud = nothing;
    close = nothing;
  },
});
// By a name that the compiler does not follow: the module belongs to a project that knows the SDK, and the tests do not.
const root: string = "../../firmware/main.js";
const { default: main } = (await import(root)) as { default: () => Promise<void> };

beforeEach(() => {
  Object.assign(seen, { written: "", restarts: 0, typed: undefined, logged: [], watchdogMs: undefined });
  keyValue = new MemoryKeyValue();
});

/** Builds the device and types lines at its console. @returns what it answered, or undefined where nobody listens */
async function typing(simkey: Record<string, unknown>, ...lines: string[]): Promise<string | undefined> {
  build.simkey = { board: "esp32-breakout", ...simkey };
  await main();
  for (const line of lines) seen.typed?.(`${line}\r`);
  return seen.typed && seen.written;
}

describe("the console of the chip", () => {
  test("answers whoever provisions the device, and restarts it", async () => {
    expect(await typing({}, "get apn", "restart")).toBe('get apn\napn "iot.1nce.net"\nok\nrestart\nok\n');
    expect(seen.restarts).toBe(1);
  });

  test("shows what is built in, but no secret of it", async () => {
    expect(await typing({ settings: { pin: "4711" } }, "get")).not.toContain("4711");
  });

  test("makes the key of a device that signs its own tokens", async () => {
    const jwt = { host: "broker.example", port: 8883, clientId: "d", roots: "" };
    expect(await typing({ jwt }, "key generate")).toMatch(/^key generate\n-----BEGIN PUBLIC KEY-----[\s\S]*ok\n$/);
  });

  test("sends each line's end as LF, of which ESP-IDF's stdio makes CR LF", async () => {
    expect(await typing({}, "help", "get", "status", "nonsense", "restart")).not.toContain("\r");
  });

  test("tells the log what is being typed", async () => {
    await typing({}, "get");
    seen.typed?.("set pin 12");
    expect(seen.typing?.typed).toBe("set pin **");
  });

  test("hears nothing where the build says so: the device runs all the same", async () => {
    expect(await typing({ console: false }, "restart")).toBeUndefined();
    expect(seen.restarts).toBe(0);
  });
});

describe("the start of the chip", () => {
  test("says which setting of the build is not allowed, and restarts", async () => {
    await typing({ settings: { telemetryIntervalS: 0 } });
    expect(seen.logged).toEqual([expect.stringMatching(/^error fault ConfigError: .*telemetryIntervalS/)]);
    expect(seen.restarts).toBe(1);
  });

  test("says that records wait in RAM when the partition table has no outbox", async () => {
    await typing({});
    expect(seen.logged).toContain('error no-outbox no partition "outbox": records wait in RAM');
  });

  test("gives the watchdog three telemetry intervals and two hours", async () => {
    await typing({ settings: { telemetryIntervalS: 600 } });
    expect(seen.watchdogMs?.()).toBe((3 * 600 + 7200) * 1000);
  });
});

// The composition root for the chip, over stand-ins for all that is the SDK's: what it hears on the console, what not, and what
// it says when it cannot run.

import { randomFillSync } from "node:crypto";
import { beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { DeviceApp } from "../../firmware/compose.js";
import { SETTINGS_KEY } from "../../firmware/device/stored-settings.js";
import { DEVICE_KEY } from "../../firmware/jwt/device-key.js";
import type { Log } from "../../firmware/platform/events.js";
import type { ResetCause } from "../../firmware/platform/system.js";
import { MemoryKeyValue } from "../../host-sim/world/key-value.js";
import { rsaPair } from "./jwt/samples.js";

type Typed = (text: string) => void;

const BROKEN_PEM = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";

const seen = {
  written: "",
  restarts: 0,
  typed: undefined as Typed | undefined,
  logged: [] as string[],
  watchdogMs: undefined as (() => number) | undefined,
  device: undefined as object | undefined,
  typing: undefined as { typed: string } | undefined,
  timers: [] as { callback: () => void; ms: number }[],
  /** What main promised, and what to do when it says that it waits. */
  running: undefined as Promise<void> | undefined,
  onPause: nothing as () => void,
  /** What the board's pins make of being opened. */
  pins: nothing as () => void,
};
function nothing(): undefined {}
const build: { simkey: Record<string, unknown>; builtOn: string } = { simkey: {}, builtOn: "2026-11-22" };
let keyValue = new MemoryKeyValue();
let word: number | undefined;
let cause: ResetCause = "power";

const PLATFORM = "../../firmware/platform/moddable";
const stand = (name: string, exports: object) => jest.unstable_mockModule(`${PLATFORM}/${name}.js`, () => exports);
jest.unstable_mockModule("mc/config", () => ({ default: build }), { virtual: true });
stand("clock", {
  xsClock: () => ({ monotonic: () => 0, wall: nothing, setWall: nothing }),
  xsTimer: () => ({ set: (callback: () => void, ms: number) => seen.timers.push({ callback, ms }), clear: nothing }),
});
stand("random", { nativeRandom: () => (into: Uint8Array) => void randomFillSync(into) });
stand("tls-session", { NativeTlsSession: class {} });
stand("esp32/console", {
  consoleLog: (_clock: unknown, typing: { typed: string }) => {
    seen.typing = typing;
    return (level: string, event: string, fields: object) => {
      seen.logged.push([level, event, ...Object.values(fields)].join(" "));
      if (event === "pausing") seen.onPause();
    };
  },
  writeConsole: (text: string) => {
    seen.written += text;
  },
  readConsole: (_timer: unknown, receive: (bytes: Uint8Array) => void) => {
    seen.typed = (text) => receive(Buffer.from(text));
  },
});
stand("esp32/device", {
  outputPin: () => {
    seen.pins();
    return { write: nothing };
  },
  ioProvider: () => ({ io: {}, I2C: {} }),
});
stand("esp32/storage", { nvsKeyValue: () => keyValue, flashPartition: nothing });
stand("esp32/system", {
  resetMemory: {
    get cause() {
      return cause;
    },
    read: () => (cause === "power" ? undefined : word),
    write: (given: number) => {
      word = given;
    },
  },
  keptSlots: { count: 2, size: 2_048, read: nothing, write: nothing },
  storeIsEncrypted: () => false,
  restart: () => {
    seen.restarts++;
  },
  sleep: nothing,
  watchdog: (ms: () => number) => {
    seen.watchdogMs = ms;
    return { feed: nothing };
  },
});
stand("esp32/update-native", {
  nativeUpdate: { areTwo: () => true, chip: () => "esp32", state: () => imageState },
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
/** What the boot loader holds of the image. */
let imageState = "valid";
/** The app of the image, as its module `app` is. */
let app: DeviceApp | (() => never);
jest.unstable_mockModule("app", () => ({}), { virtual: true });
/** A setting that passes every check and does not compose all the same, as one that nobody has thought of. */
const FATAL = "fatal.example";
const compose = await import("../../firmware/compose.js");
const { composeDevice, usableApp } = compose;
jest.unstable_mockModule("../../firmware/compose.js", () => ({
  ...compose,
  usableApp: (load: () => Promise<DeviceApp>, log: Log) =>
    usableApp(async () => {
      await load();
      return typeof app === "function" ? app() : app;
    }, log),
  composeDevice: (platform: never, composition: Parameters<typeof composeDevice>[1]) => {
    if (composition.config.apn === FATAL) throw new RangeError("out of everything");
    const composed = composeDevice(platform, composition);
    seen.device = composed.device;
    return composed;
  },
}));
// By a name that the compiler does not follow: the module belongs to a project that knows the SDK, and the tests do not.
const root: string = "../../firmware/main.js";
const { default: main } = (await import(root)) as { default: () => Promise<void> };

/** Runs the timers that wait as long as this. */
function wait(ms: number): void {
  const due = seen.timers.filter((timer) => timer.ms === ms);
  seen.timers = seen.timers.filter((timer) => timer.ms !== ms);
  for (const { callback } of due) callback();
}

beforeEach(() => {
  const state = { written: "", restarts: 0, typed: undefined, logged: [], watchdogMs: undefined };
  Object.assign(seen, state, { timers: [], pins: nothing });
  keyValue = new MemoryKeyValue();
  word = undefined;
  cause = "power";
});

/** Builds the device and types lines at its console. @returns what it answered, or undefined where nobody listens */
async function typing(simkey: Record<string, unknown>, ...lines: string[]): Promise<string | undefined> {
  build.simkey = { board: "esp32-breakout", ...simkey };
  const paused = new Promise<void>((resolve) => {
    seen.onPause = resolve;
  });
  seen.running = main();
  await Promise.race([seen.running, paused]);
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
    const cloud = { name: "jwt", host: "broker.example", port: 8883, clientId: "d", roots: "" };
    expect(await typing({ cloud }, "key generate")).toMatch(/^key generate\n-----BEGIN PUBLIC KEY-----[\s\S]*ok\n$/);
  });

  test("shows the public half of an RSA key that was put into NVS, and makes none", async () => {
    const cloud = { name: "jwt", host: "broker.example", port: 8883, clientId: "d", roots: "", alg: "RS256" };
    const { privateKey, publicKey } = rsaPair(2048);
    keyValue.write(DEVICE_KEY, new Uint8Array(privateKey.export({ type: "pkcs8", format: "der" })));
    const answer = await typing({ cloud }, "key public", "key public jwk", "key generate replace");
    const { e, kty, n } = publicKey.export({ format: "jwk" });
    expect(answer).toContain(`\n${JSON.stringify({ e, kty, n })}\n`);
    expect(answer).toContain((publicKey.export({ type: "spki", format: "pem" }) as string).trim());
    expect(answer).toContain("error: a key of this kind is made on a desk");
  });

  test.each([
    [{}, "time.google.com"],
    [{ ntpHost: "ntp.example" }, "ntp.example"],
  ])(
    "shows the settings that go with the build's cloud where the build says nothing else: %j",
    async (settings, host) => {
      const cloud = { name: "google", project: "p", location: "r", registry: "g", device: "device-1", roots: "" };
      expect(await typing({ cloud, settings }, "get ntpHost")).toContain(`ntpHost "${host}"`);
    },
  );

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
  test("says how it came about", async () => {
    await typing({});
    expect(seen.logged[0]).toBe("info start power 1");
  });

  test("says that records wait in RAM when the partition table has no outbox", async () => {
    await typing({});
    expect(seen.logged).toContain('error no-outbox no partition "outbox": records wait in RAM');
  });

  test("gives the watchdog three telemetry intervals and two hours", async () => {
    await typing({ settings: { telemetryIntervalS: 600 } });
    expect(seen.watchdogMs?.()).toBe((3 * 600 + 7200) * 1000);
  });

  test("gives the watchdog as long as the device says nothing by itself, and two hours", async () => {
    await typing({ settings: { telemetryIntervalS: 600, dataBudgetKbPerDay: 140 } });
    Object.defineProperty(seen.device, "dueInMs", { value: 20 * 3_600_000 });
    expect(seen.watchdogMs?.()).toBe(22 * 3_600_000);
  });
});

describe("what does not compose", () => {
  const STUCK_MS = 60_000;
  const stored = (settings: object) => keyValue.write(SETTINGS_KEY, Buffer.from(JSON.stringify(settings)));

  test("of what is stored is left out, and said to be; the device starts with what is built in", async () => {
    stored({ apn: FATAL });
    const answer = await typing({ settings: { listenS: 7 } }, "get apn", "status");
    expect(seen.logged).toContainEqual(
      expect.stringMatching(
        /^error settings-left-out RangeError: out of everything; the stored settings are left out: /,
      ),
    );
    expect(answer).toContain(`apn "iot.1nce.net", then "${FATAL}"`);
    expect(answer).toContain('"phase":"linking"');
    expect(seen.restarts).toBe(0);
  });

  test("can be mended at the console", async () => {
    stored({ apn: FATAL });
    expect(await typing({}, "unset apn", "get apn")).toMatch(/ok\n[\s\S]*apn "iot.1nce.net"\nok\n$/);
  });

  test.each([
    ["a setting of the build", { settings: { telemetryIntervalS: 0 } }, /^error stuck config: .*telemetryIntervalS/],
    ["a board that there is not", { board: "toaster" }, /^error stuck TypeError/],
    [
      "roots that are none",
      { cloud: { name: "jwt", host: "a", port: 1, clientId: "d", roots: BROKEN_PEM } },
      /^error stuck RangeError/,
    ],
    [
      "keys for updates that are none",
      { update: { keys: [{ kid: "release-1", x: "", y: "" }] } },
      /^error stuck config: .*update\.keys: of release-1, x and y must be those of a JWK/,
    ],
    ["a cloud that there is not", { cloud: { name: "azure" } }, /^error stuck .*no such cloud; known: 1nce, google/],
    ["a cloud that is told too little", { cloud: { name: "google" } }, /^error stuck .*google must be told: project, /],
    [
      "a transport that its cloud does not know",
      { cloud: { name: "jwt", host: "a", port: 1, clientId: "d", roots: "" }, settings: { transport: "ws" } },
      /^error stuck .*the cloud jwt knows mqtt, not ws/,
    ],
  ])(
    "of what is built in (%s) keeps the console alive for a minute, and then restarts",
    async (_what, simkey, said) => {
      const answer = await typing(simkey, "get apn", "set apn a.b", "status");
      expect(seen.logged).toContainEqual(expect.stringMatching(said));
      expect(answer).toMatch(/^get apn\n[\s\S]*ok\n[\s\S]*ok\nstatus\n{"phase":"off","reset":"power"/);
      expect(seen.restarts).toBe(0);
      wait(STUCK_MS);
      expect(seen.restarts).toBe(1);
      expect(seen.logged.at(-1)).toMatch(/^error fault /);
    },
  );

  test("of the board keeps the console alive too", async () => {
    seen.pins = () => {
      throw new Error("no such pin");
    };
    expect(await typing({ board: "lilygo-t-sim7080g-s3" }, "get apn")).toContain("ok");
    expect(seen.logged).toContainEqual(expect.stringMatching(/^error stuck Error: no such pin/));
  });
});

describe("starts that lead to nothing", () => {
  async function crashes(times: number, simkey: Record<string, unknown>, ...lines: string[]) {
    cause = "software";
    for (let i = 1; i < times; i++) await typing(simkey);
    Object.assign(seen, { written: "", timers: [], logged: [] });
    return typing(simkey, ...lines);
  }

  test("make the chip wait before it composes anything; its console is heard meanwhile", async () => {
    const answer = await crashes(3, {}, "status", "get listenS");
    expect(seen.logged).toEqual(["warn start engine:off 3", expect.stringMatching(/^warn pausing \d+ 3$/)]);
    expect(answer).toContain('{"phase":"off","reset":"engine:off","starts":3,"safe":false}');
    expect(seen.timers).toEqual([{ callback: expect.any(Function), ms: expect.any(Number) }]);
    expect(seen.timers[0]!.ms).toBeLessThan(2_000);
    wait(seen.timers[0]!.ms);
    await seen.running;
    seen.typed!("status\r");
    expect(seen.written).toContain('"phase":"linking"');
  });

  test("make the fifth a safe one: without the settings that are stored, and with a clean session", async () => {
    keyValue.write(SETTINGS_KEY, Buffer.from('{"apn":"a.b"}'));
    const answer = await crashes(5, { settings: { session: "persistent", listenS: 7 } });
    expect(answer).toBe("");
    expect(seen.logged[0]).toBe("error start engine:off 5 true");
    wait(seen.timers[0]!.ms);
    await seen.running;
    seen.typed!("get\r");
    for (const line of ['apn "iot.1nce.net", then "a.b"', "listenS 7", 'session "clean"'])
      expect(seen.written).toContain(line);
  });

  test("are not those that somebody at the console wants", async () => {
    await typing({}, "restart");
    cause = "software";
    await typing({});
    expect(seen.logged.at(-1)).not.toContain("engine");
    expect(seen.logged).toContain("info start console 1");
  });
});

describe("an image whose app stands still as it loads", () => {
  const patienceWhileLoading = async (state: string) => {
    imageState = state;
    let patience: number | undefined;
    app = () => {
      patience = seen.watchdogMs?.();
      throw new Error("over");
    };
    await typing({ app: true });
    imageState = "valid";
    return patience;
  };

  test("has a watchdog by then, which waits as for a device that says nothing", async () => {
    expect(await patienceWhileLoading("valid")).toBe((3 * 60 + 7200) * 1000);
  });

  test("is undone soon where it is on trial", async () => {
    expect(await patienceWhileLoading("pending")).toBe(660_000);
  });
});

describe("an app in the image", () => {
  const THRESHOLD = { default: 30, range: [-40, 85], unit: "°C", help: "above it an alarm is sent" };
  const built = { app: true, settings: { threshold: 31 } };
  const starts: { settings: object; device: object }[] = [];
  const own = {
    settings: { threshold: THRESHOLD },
    start: (ctx: { settings: object; device: object }) => {
      starts.push(ctx);
      return { sample: () => undefined };
    },
  };

  beforeEach(() => {
    starts.length = 0;
    app = own as unknown as DeviceApp;
  });

  test("has its settings at the console, as built or as stored there, and the board's ports", async () => {
    expect(await typing(built, "get threshold", "set threshold 99", "set threshold 12")).toBe(
      'get threshold\nthreshold 31\nok\nset threshold 99\nerror: setting "threshold" must be a whole number ' +
        "from -40 to 85 (°C)\nset threshold 12\nok\n",
    );
    expect(starts.map(({ settings }) => settings)).toEqual([{ threshold: 31 }]);
    expect(starts[0]!.device).toMatchObject({ io: {}, I2C: {} });
    await typing(built);
    wait(seen.timers.at(-1)!.ms);
    await seen.running;
    expect(starts.at(-1)!.settings).toEqual({ threshold: 12 });
  });

  test("is left out of a safe start, and keeps its settings", async () => {
    cause = "software";
    for (let i = 1; i < 5; i++) await typing(built);
    starts.length = 0;
    Object.assign(seen, { written: "", timers: [], logged: [] });
    await typing(built);
    wait(seen.timers[0]!.ms);
    await seen.running;
    seen.typed!("get threshold\r");
    expect(seen.logged[0]).toMatch(/^error start engine:off \d true$/);
    expect(seen.written).toContain("threshold 31\nok");
    expect(starts).toEqual([]);
  });

  test.each<[what: string, broken: typeof app, said: RegExp]>([
    [
      "that does not load",
      () => {
        throw new Error("no such module");
      },
      /^error app-fault load app-threw Error: no such module$/,
    ],
    [
      "that names a setting of the device's",
      { settings: { apn: THRESHOLD }, start: own.start } as unknown as DeviceApp,
      /^error app-fault load app-threw config: the app's setting "apn" exists already/,
    ],
  ])("%s is told of and left out; the device starts", async (_what, broken, said) => {
    app = broken;
    const answer = await typing(built, "get apn", "status");
    expect(seen.logged).toContainEqual(expect.stringMatching(said));
    expect(answer).toContain('"phase":"linking"');
    expect(starts).toEqual([]);
  });
});

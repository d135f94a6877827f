// `npm run start:qemu` over stand-ins for the SDK, ESP-IDF and QEMU: the chip that the stand-in emulates reads the flash as
// its ROM would, and runs the firmware in Node against the very modem and cloud that the script starts.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const HOST = process.platform === "darwin" ? "mac" : "lin";
let home: string;
let env: Record<string, string | undefined>;

const asProgram = (path: string) => `#!/bin/sh\nexec "${process.execPath}" "${join(repository, path)}" "$@"\n`;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "simkey-qemu-test-"));
  const tools = join(home, "sdk/build/bin", HOST, "release");
  for (const folder of ["sdk/xs", "idf/components/mbedtls/mbedtls/include", "bin"])
    mkdirSync(join(home, folder), { recursive: true });
  mkdirSync(tools, { recursive: true });
  const put = (path: string, text: string) => writeFileSync(path, text, { mode: 0o755 });
  put(join(tools, "mcconfig"), asProgram("test/support/fake-sdk/mcconfig.js"));
  put(join(home, "bin/qemu-system-riscv32"), asProgram("test/support/fake-qemu/qemu.js"));
  for (const name of ["idf.py", "python", "cmake", "git", "make", "riscv32-esp-elf-gcc"])
    put(join(home, "bin", name), "#!/bin/sh\n");
  symlinkSync("/bin/sh", join(home, "bin/sh"));
  const { MODDABLE: _, IDF_PATH: __, ...rest } = process.env;
  env = {
    ...rest,
    MODDABLE: join(home, "sdk"),
    IDF_PATH: join(home, "idf"),
    PATH: [join(home, "bin"), dirname(process.execPath)].join(delimiter),
    SIMKEY_QEMU_BUILD: join(home, "build"),
  };
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Ended {
  code: number | null;
  lines: Record<string, unknown>[];
  said: string;
  stderr: string;
}

function begin(args: string[], more: Record<string, string | undefined> = {}): [ChildProcess, Promise<Ended>] {
  const child = spawn(process.execPath, [join(repository, "scripts/start-qemu.js"), ...args], {
    env: { ...env, ...more } as NodeJS.ProcessEnv,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  let stderr = "";
  child.stdout!.on("data", (bytes) => {
    said += bytes;
  });
  child.stderr!.on("data", (bytes) => {
    stderr += bytes;
  });
  const ended = new Promise<Ended>((done) =>
    child.on("close", (code) => {
      const lines = said.split("\n").filter((line) => line.startsWith("{"));
      done({ code, said, stderr, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) });
    }),
  );
  return [child, ended];
}
const run = (args: string[], more?: Record<string, string | undefined>) => begin(args, more)[1];
/** The same in a folder of its own, so that several go on at once: they wait most of the time. */
const apart = (name: string, args: string[], more?: Record<string, string>) =>
  run(args, { ...more, SIMKEY_QEMU_BUILD: join(home, name) });
/** States of the update that the cloud was told of. */
const toldOf = ({ lines }: Ended) => lines.filter(({ event }) => event === "told").map(({ state }) => state);
const eventsOf = ({ lines }: Ended) => lines.map(({ event }) => event);

describe("start:qemu", () => {
  const journeys: Promise<Ended>[] = [];
  beforeAll(() => {
    const state = ["--state", join(home, "flash.bin")];
    const first = apart("first", ["--json", "--messages", "2", "--type", "get apn", ...state]);
    const attack = ["--json", "--messages", "1", "--attack", "escape"];
    journeys.push(
      first,
      first.then(() => apart("first", ["--json", "--messages", "1", ...state])),
      apart("jwt", ["--profile", "jwt", "--messages", "1"]),
      apart("well", attack),
      apart("weak", attack, { FAKE_QEMU: "weak" }),
      apart("until", ["--json", "--until", "online"]),
      apart("bad", ["--json", "--update", "bad"]),
      apart("cut", ["--json", "--update", "cut"]),
    );
  });

  test("builds, flashes and runs the journey, then knows its token again from the flash that was kept", async () => {
    const first = await journeys[0]!;
    expect(first.stderr).toMatch(/^\[1\/3\] starting a modem and a cloud/);
    expect(first.lines.at(-1)).toMatchObject({ event: "summary", ok: true, starts: 1, answered: 1, onboardings: 1 });
    expect(first.code).toBe(0);
    expect(eventsOf(first)).toEqual(expect.arrayContaining(["start", "online", "onboarded", "connected", "command"]));
    expect(first.lines).toContainEqual(
      expect.objectContaining({ event: "console", text: 'get apn\napn "iot.1nce.net"' }),
    );
    expect(statSync(join(home, "flash.bin")).size).toBe(4 * 1024 * 1024);
    const manifest = JSON.parse(readFileSync(join(home, "first/1nce/manifest.json"), "utf8")) as object;
    expect(manifest).toMatchObject({ config: { simkey: { cloud: { name: "1nce" } } } });

    const second = await journeys[1]!;
    expect(second.lines.at(-1)).toMatchObject({ ok: true, onboardings: 0 });
    expect(eventsOf(second)).toContain("token-kept");
  }, 120_000);

  test("ends well at an event that is asked for", async () => {
    const ended = await journeys[5]!;
    expect(ended.lines.at(-1)).toMatchObject({ ok: true, acked: 0 });
    expect(eventsOf(ended)).toContain("online");
    expect(ended.code).toBe(0);
  });

  test("types for a device with a key of its own, and registers what it makes", async () => {
    const ended = await journeys[2]!;
    expect(ended.said).toContain("-----BEGIN PUBLIC KEY-----");
    expect(ended.said).toMatch(/Done after/);
    expect(ended.code).toBe(0);
  }, 120_000);

  test("tells a device that withstands an attack from one that it restarts", async () => {
    const [well, weak] = await Promise.all([journeys[3]!, journeys[4]!]);
    expect(well.lines.at(-1)).toMatchObject({ ok: true, starts: 1 });
    expect(weak.lines.at(-1)).toMatchObject({ ok: false, reason: "it restarted by itself: panic:online" });
    expect(weak.code).toBe(1);
  }, 120_000);

  test("sends an update that crashes, and sees the boot loader bring the old image back", async () => {
    const ended = await journeys[6]!;
    expect(ended.lines.at(-1)).toMatchObject({ event: "summary", ok: true, starts: 2 });
    expect(toldOf(ended)).toEqual(["accepted", "downloading", "rolled-back"]);
    expect(ended.lines).toContainEqual(expect.objectContaining({ event: "told", reason: "update-reset" }));
    expect(ended.code).toBe(0);
  }, 120_000);

  test("takes the power away while an update comes, and sees it go on where it was", async () => {
    const ended = await journeys[7]!;
    expect(ended.lines.at(-1)).toMatchObject({ event: "summary", ok: true });
    expect(toldOf(ended)).toEqual(expect.arrayContaining(["accepted", "downloading", "trial", "confirmed"]));
    const served = ended.lines.filter(({ event }) => event === "served");
    expect(served).toMatchObject([
      { from: 0, status: 200 },
      { from: expect.any(Number), status: 206 },
    ]);
    expect(served[1]!.from).toBeGreaterThan(0);
    expect(Number(served[1]!.from) % 4096).toBe(0);
    expect(ended.code).toBe(0);
  }, 120_000);

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)(
    "ends with the code of %s when it is interrupted",
    async (signal, code) => {
      const [child, ended] = begin(["--json"], { FAKE_QEMU: "silent" });
      await new Promise<void>((running) =>
        child.stdout!.on("data", (bytes) => String(bytes).includes("modem-ready") && running()),
      );
      child.kill(signal);
      expect((await ended).code).toBe(code);
    },
    30_000,
  );

  test("says so when the emulator ends by itself, and when nothing comes in time", async () => {
    const [crashed, silent] = await Promise.all([
      run(["--json"], { FAKE_QEMU: "crash" }),
      apart("silent", ["--json", "--timeout", "1"], { FAKE_QEMU: "silent" }),
    ]);
    expect(crashed.lines.at(-1)).toMatchObject({
      ok: false,
      reason: "qemu-system-riscv32 ended with code 1: qemu-system-riscv32: could not lock the flash",
    });
    expect(silent.lines.at(-1)).toMatchObject({ ok: false, reason: "not done within 1 s" });
    expect([crashed.code, silent.code]).toEqual([1, 1]);
  }, 30_000);

  test.each([
    ["MODDABLE", { MODDABLE: undefined }, /^simkey: MODDABLE is not set: install the Moddable SDK/],
    ["ESP-IDF", { IDF_PATH: undefined }, /^simkey: IDF_PATH is not set: install ESP-IDF v6\.0/],
    [
      "a QEMU",
      { PATH: dirname(process.execPath) },
      /^simkey: qemu-system-riscv32 is not on PATH: .*idf_tools\.py install/,
    ],
    ["Espressif's QEMU", { FAKE_QEMU: "old" }, /^simkey: the qemu-system-riscv32 on PATH has no machine esp32c3/],
  ])("says what to do for want of %s, in one line", async (_, without, message) => {
    const { code, stderr } = await run([], without);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(code).toBe(1);
  });

  test("takes no mistake in the options", async () => {
    const cases: [string[], RegExp][] = [
      [["--messages", "many"], /--messages takes a whole number/],
      [["--attack", "none"], /--attack none is none; known: deep/],
      [["--update", "none"], /--update is one of good, bad, hang, sick, cut, not "none"/],
      [["--update", "good", "--transport", "https"], /by https no message comes: no --update/],
      [["--update", "good", "--state", "chip.bin"], /--update has a new chip and a journey of its own: no --state/],
      [["--set", "apn"], /--set takes NAME=VALUE/],
      [["--fault", "none"], /fault "none"/],
      [["--fault", "no-sim@60s"], /goes with simkey run/],
    ];
    const ended = await Promise.all(cases.map(([args]) => run(args)));
    for (const [i, { code, stderr }] of ended.entries()) {
      expect(stderr).toMatch(cases[i]![1]);
      expect(code).toBe(2);
    }
  });

  test("has help", async () => {
    const { code, said } = await run(["--help"]);
    expect(said).toMatch(/^Usage: npm run start:qemu/);
    expect(code).toBe(0);
  });
});

interface Updates {
  releaseKey(keep: object): string;
  releaseImage(images: object, made: object, format: string, folder: string): object;
}
type Scenes = Record<"good" | "bad" | "sick" | "cut", object>;
type Watch = new (
  scene: object,
) => {
  readonly cutsAt: number | undefined;
  report(told: object): boolean;
  entry(entry: object): void;
  request(request: object): void;
  cut(): void;
  fault(running: number): string | undefined;
};

describe("test:qemu", () => {
  const START = "scripts/test-qemu.js";
  const journeys = (more: Record<string, string | undefined>) =>
    spawnSync(process.execPath, [join(repository, START)], {
      env: { ...env, ...more } as NodeJS.ProcessEnv,
      encoding: "utf8",
    });

  test("names each journey that was not run for want of a tool, which is a failure where tools are required", () => {
    const without = journeys({ MODDABLE: undefined, SIMKEY_REQUIRE_PEERS: undefined });
    expect(without.stdout).toMatch(/^not run {2}1nce-mqtt: 1NCE by MQTT/);
    expect(without.stdout).toMatch(
      /Nobody has seen these here: MODDABLE is not set[^\n]*\n0 passed, 0 failed, \d+ skipped\n$/,
    );
    expect(without.status).toBe(0);
    expect(journeys({ MODDABLE: undefined, SIMKEY_REQUIRE_PEERS: "1" }).status).toBe(1);
  });

  test("says of an update that went another way than its scene what was otherwise", async () => {
    const { SCENES } = (await import(join(repository, "scripts/qemu/updates.js"))) as { SCENES: Scenes };
    const { UpdateWatch } = (await import(join(repository, "scripts/qemu/update-watch.js"))) as { UpdateWatch: Watch };
    const watched = (scene: keyof Scenes, ...told: object[]) => {
      const watch = new UpdateWatch(SCENES[scene]);
      for (const each of told) watch.report(each);
      return watch;
    };
    const confirmed = { state: "confirmed" };
    const undone = { state: "rolled-back", reason: "update-reset" };
    expect(watched("good").fault(1)).toBe("the update came to nothing");
    expect(watched("good", undone).fault(1)).toBe("the update came to rolled-back update-reset");
    expect(watched("good", confirmed).fault(1)).toBe("release 1 runs, and not 2");
    expect(watched("good", confirmed).fault(2)).toBeUndefined();
    expect(watched("bad", confirmed).fault(2)).toBe("the update came to confirmed");
    expect(watched("bad", undone).fault(1)).toBeUndefined();
    const cut = watched("cut", confirmed);
    expect(cut.cutsAt).toBeUndefined();
    cut.entry({ event: "update-window", from: 0 });
    expect(cut.cutsAt).toBeGreaterThan(0);
    expect(cut.fault(2)).toBe("the power did not go while the file came");
    cut.cut();
    expect(cut.cutsAt).toBeUndefined();
    cut.entry({ event: "update-window", from: 0 });
    expect(cut.fault(2)).toBe("after the power cut the file began anew");
    cut.entry({ event: "update-window", from: 4096 });
    expect(cut.fault(2)).toBe("nobody asked for the rest");
    cut.request({ from: 4096, status: 206 });
    expect(cut.fault(2)).toBeUndefined();
  });

  test("keeps the key that releases are signed by, and says in the words of simkey release what no image is", async () => {
    const { releaseKey, releaseImage } = (await import(join(repository, "scripts/qemu/updates.js"))) as Updates;
    const kept = new Map<string, string>();
    const keep = {
      read: (name: string) => kept.get(name),
      write: (name: string, text: string) => kept.set(name, text),
    };
    const keyPem = releaseKey(keep);
    expect(keyPem).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(releaseKey(keep)).toBe(keyPem);
    const made = { image: Buffer.from("no image"), base: Buffer.from("none either") };
    const release = () => releaseImage({ keyPem, put: () => {} }, made, "delta", join(home, "release"));
    expect(release).toThrow(/^simkey release: .*IMAGE: no image of an ESP32/);
  });

  test("finds the peaks of a run in its reports of memory", async () => {
    const { peaksOf } = (await import(join(repository, "scripts/qemu/journeys.js"))) as {
      peaksOf(lines: object[]): object | undefined;
    };
    const report = {
      event: "memory",
      heapLeast: 160,
      heapLargest: 110,
      untouched: 13,
      chunksPeak: 24,
      slotsPeak: 19,
      stackPeak: 5,
    };
    const lines = [
      { ...report, tasks: "IDLE:620,main:10354,main:3196" },
      { ...report, tasks: "IDLE:630,main:10354" },
      { event: "acked", seq: 1 },
      { ...report, heapLeast: 150, slotsPeak: 21, tasks: "IDLE:640,main:9000" },
    ];
    expect(peaksOf(lines)).toEqual({
      ...{ heapLeast: 150, heapLargest: 110, untouched: 13, chunksPeak: 24, slotsPeak: 21, stackPeak: 5 },
      tasks: { IDLE: 620, main: 9000 },
    });
    expect(peaksOf([{ event: "acked" }])).toBeUndefined();
  });
});

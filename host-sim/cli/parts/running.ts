// A run on the desk from its first boot to its end: the device over all its restarts, what it says, and when that is enough.

import type { LoadedCloud } from "../../../firmware/clouds.js";
import { composeDevice, type DeviceApp, openJournal } from "../../../firmware/compose.js";
import type { Phase } from "../../../firmware/device/agent.js";
import { BootRecord } from "../../../firmware/device/boot-record.js";
import type { Device } from "../../../firmware/device/device.js";
import type { Counters } from "../../../firmware/device/telemetry.js";
import type { Log } from "../../../firmware/platform/events.js";
import type { Link } from "../../../firmware/platform/link.js";
import type { Platform } from "../../../firmware/platform/platform.js";
import { safeConfig } from "../../../firmware/settings/configure.js";
import type { Config } from "../../../firmware/settings/table.js";
import type { BoardCore } from "../../board/board.js";
import { deskEntry } from "../output/entry.js";
import { payloadText } from "../output/payload.js";
import type { Report } from "../output/report.js";
import { type Boot, boot, type Memory } from "./board.js";
import type { Desk } from "./desk.js";
import type { RunOptions } from "./run-options.js";
import { Supervisor, type Verdict } from "./supervisor.js";
import { type Message, tellingJournal, tellingMessages, tracingHttp, tracingMqtt } from "./traces.js";
import type { Way } from "./way.js";

interface RunParts {
  options: Pick<RunOptions, "command" | "messages" | "show" | "timeout" | "trace">;
  config: Config;
  app: DeviceApp | undefined;
  /** The simulated board of a device with an app. */
  board: BoardCore | undefined;
  /** Names of settings that nobody should read. */
  secrets: ReadonlySet<string>;
  way: Way;
  cloud: LoadedCloud;
  desk: Desk;
  memory: Memory;
  report: Report;
  elapsed: () => number;
}

/**
 * How long an orderly end may take, in milliseconds: a drain of 20 s and the PDP context; after a failure there is
 * less to save, and whoever set a time limit waits no longer.
 */
const SHUTDOWN_MS = { good: 40_000, bad: 5_000, late: 200 };
/** After so long without a word a person is told what is waited for, in milliseconds. */
const SILENCE_MS = 5_000;
/** Events that are something else by HTTPS than by MQTT: there is no CONNACK, no subscription and no PUBACK. */
const SPOKEN_OF: ReadonlySet<string> = new Set(["connected", "acked"]);

/** What a device in a phase waits for, in plain words. */
const WAITS: Readonly<Record<Phase, string>> = {
  off: "the start",
  linking: "the modem and the network",
  clock: "the time",
  credentials: "the token",
  connecting: "the broker's answers",
  online: "acknowledgements, or a command",
  draining: "the last acknowledgements before the renewal",
  settling: "the last acknowledgements before the rest",
  "giving-way": "the last acknowledgements before the update goes on",
  updating: "the update to come",
  resting: "the modem to go to sleep",
  asleep: "the next record",
  "backing-off": "the next attempt",
  climbing: "the recovery of the modem",
  halted: "somebody to mend what is wrong",
  stopped: "the modem to go offline",
  yielding: "the last acknowledgements before the look for a position",
  locating: "satellites",
};

/** One run. It begins with its making. */
export class Run {
  readonly #parts: RunParts;
  readonly #supervisor: Supervisor;
  readonly #by: false | { by: "https" };
  #boot: Boot | undefined;
  #device!: Device;
  #link!: Link;
  /** Figures of the boots before this one. */
  #past: Record<string, number> = {};
  #firstPubackMs: number | undefined;
  /** When something was last reported, and whether anything still is. */
  #heardAt = 0;
  #over = false;
  /** Somebody has things to ask: it ends when it is told to. */
  #stays = false;
  #settle: (verdict: Verdict) => void = () => {};

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.#by = parts.config.transport === "https" && { by: "https" };
    this.#supervisor = new Supervisor({
      messages: parts.options.messages,
      commands: parts.way.hearsCommands(parts.config) ? Math.max(1, parts.options.command.length) : 0,
    });
    this.#start();
  }

  /** Runs until a verdict is there, then ends the device in order. */
  async finish(interrupted: Promise<void>): Promise<Verdict> {
    const { timeout } = this.#parts.options;
    const waiting = setInterval(() => this.#tellSilence(), SILENCE_MS / 5);
    const verdict = await new Promise<Verdict>((resolve) => {
      // From the begin of the command, as who waits for it counts.
      const limit = setTimeout(
        () => {
          if (!this.#stays) resolve(this.#late(timeout));
        },
        timeout * 1_000 - this.#parts.elapsed(),
      );
      this.#settle = (early) => {
        clearTimeout(limit);
        resolve(early);
      };
      void interrupted.then(() => this.#settle({ ok: false, reason: "interrupted", interrupted: true }));
    });
    this.#device.stop();
    await within(SHUTDOWN_MS[verdict.ok ? "good" : verdict.late ? "late" : "bad"], this.#device.ended);
    clearInterval(waiting);
    this.#over = true;
    this.#boot?.end();
    return verdict;
  }

  /** From now on neither its goals nor its time end it. */
  stay(): void {
    this.#stays = true;
  }

  /** Ends it as somebody wants it who has seen what he wanted to. */
  quit(): void {
    this.#settle({ ok: true });
  }

  #late(timeout: number): Verdict {
    return this.#supervisor.late(timeout, WAITS[this.#device.phase]);
  }

  #tellSilence(): void {
    const { report, elapsed } = this.#parts;
    if (elapsed() - this.#heardAt < SILENCE_MS) return;
    this.#heardAt = elapsed();
    report(deskEntry(elapsed(), "waiting", { what: WAITS[this.#device.phase] }));
  }

  /** What programs want to know in the end, over all boots of the run. */
  figures(): Record<string, number | undefined> {
    const figures: Record<string, number | undefined> = { ...this.#figures(), firstPubackMs: this.#firstPubackMs };
    for (const [name, before] of Object.entries(this.#past)) figures[name] = (figures[name] ?? 0) + before;
    return figures;
  }

  /** Of this boot. */
  #figures(): Record<string, number> {
    const { uartTxBytes, uartRxBytes, airTxBytes, airRxBytes, atCommands } = this.#link.counters();
    return { ...this.#device.counters, uartTxBytes, uartRxBytes, airTxBytes, airRxBytes, atCommands };
  }

  /** Powers the board on, or restarts it. */
  #start(): void {
    const { options, config: given, app, way, cloud, desk, memory } = this.#parts;
    const { board: bare, end } = this.#powerOn(desk, memory);
    const traced = (layer: string) => (options.trace.includes(layer) ? this.#trace(layer) : undefined);
    const shows = options.show.includes("payload") ? this.#showMessage : undefined;
    const trace = traced("at");
    const http = traced("http");
    // By HTTPS there is no MQTT to be traced.
    const mqtt = given.transport === "https" ? undefined : traced("mqtt");
    const board = http ? { ...bare, TLS: tracingHttp(bare.TLS, http) } : bare;
    const bootRecord = new BootRecord(board);
    const config = bootRecord.safe ? safeConfig(given) : given;
    let parts = cloud.partsFor({ config, platform: board, roots: way.trusts(desk.roots) });
    if (mqtt) parts = tracingMqtt(parts, mqtt);
    if (shows) parts = tellingMessages(parts, shows);
    const { device, link } = composeDevice(board, {
      app,
      config,
      boot: bootRecord,
      ...parts,
      ...(trace && { trace }),
      ...(shows && { journal: tellingJournal(openJournal(board.flash, board.log), shows) }),
    });
    this.#boot = { platform: board, end };
    this.#device = device;
    this.#link = link;
    bootRecord.tell();
    device.start();
  }

  /** A restart ends the boot at once, so that two firmwares never share a modem; the next one begins a moment later. */
  #powerOn(desk: Desk, memory: Memory): { board: Platform; end: () => void } {
    let running = true;
    const log: Log = (level, event, fields) => {
      if (running) this.#log(level, event, fields);
    };
    const cause = this.#boot === undefined ? "power" : "software";
    const { platform, end } = boot(
      desk,
      memory,
      log,
      cause,
      () => {
        off();
        this.#remember();
        setImmediate(() => {
          if (!this.#over) this.#start();
        });
      },
      this.#parts.board?.device,
    );
    const off = () => {
      running = false;
      end();
      this.#parts.board?.restart();
    };
    return { board: platform, end: off };
  }

  #remember(): void {
    for (const [name, value] of Object.entries(this.#figures())) this.#past[name] = (this.#past[name] ?? 0) + value;
  }

  readonly #log: Log = (level, event, fields) => {
    if (this.#over) return;
    const { report, elapsed } = this.#parts;
    this.#heardAt = elapsed();
    if (event === "acked") this.#firstPubackMs ??= elapsed();
    const lost = this.#supervisor.note(event, fields);
    report({
      t: elapsed(),
      event,
      level,
      ...fields,
      ...(lost && { last: true }),
      ...(SPOKEN_OF.has(event) && this.#by),
    });
    const verdict = lost ?? this.#supervisor.reached(this.#totals());
    if (verdict && !(verdict.ok && this.#stays)) this.#settle(verdict);
  };

  /** What counts for the goals, over all boots. */
  #totals(): Pick<Counters, "acked" | "answered" | "reported"> {
    const { acked, answered, reported } = this.#device.counters;
    const { acked: ackedBefore = 0, answered: answeredBefore = 0, reported: reportedBefore = 0 } = this.#past;
    return { acked: acked + ackedBefore, answered: answered + answeredBefore, reported: reported + reportedBefore };
  }

  /** Shows what is said on a layer. */
  #trace(layer: string): (direction: "tx" | "rx", text: string) => void {
    const { report, elapsed } = this.#parts;
    return (direction, text) => {
      if (!this.#over) report(deskEntry(elapsed(), "trace", { layer, direction, text }));
    };
  }

  readonly #showMessage: Message = (direction, topic, payload): void => {
    const { report, elapsed, secrets } = this.#parts;
    if (!this.#over) report(deskEntry(elapsed(), "payload", { direction, topic, text: payloadText(payload, secrets) }));
  };
}

/** Waits for `work`, but no longer than `ms`. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}

// `simkey run`: the firmware in Node, on the desk's modem, until its goals are reached or there is no use in going on.

import { join } from "node:path";
import { composeDevice } from "../../firmware/compose.js";
import { type Config, configure } from "../../firmware/device/config.js";
import type { Device } from "../../firmware/device/device.js";
import type { Link } from "../../firmware/platform/link.js";
import type { Log } from "../../firmware/platform/system.js";
import { FileFlash } from "../platform/file-flash.js";
import { FileKeyValue } from "../platform/key-value.js";
import { NorFlash } from "../platform/nor-flash.js";
import { MemoryKeyValue } from "../world/key-value.js";
import { type ModemAddress, parseModem } from "./address.js";
import { type Boot, boot, type Memory } from "./board.js";
import { type Desk, openDesk } from "./desk.js";
import { describeError, readNamedFile, UsageError } from "./errors.js";
import { selectFaults } from "./faults.js";
import { rootsOf } from "./home.js";
import { type Report, reporting } from "./report.js";
import { readSettings } from "./settings.js";
import { Supervisor, type Verdict } from "./supervisor.js";
import type { Surroundings } from "./surroundings.js";
import { type Way, type WayOptions, wayOf } from "./way.js";

export interface RunOptions extends WayOptions {
  modem: string;
  onboarding?: string;
  ca?: string;
  messages: number;
  interval: number;
  state?: string;
  fault: string[];
  delayScale: number;
  timeout: number;
  config?: string;
  json: boolean;
  trace: string[];
}

/** A run that did not reach its goals; the message says why and what to do. */
export class RunError extends Error {}

/** @throws RunError, UsageError, or what opening the modem throws */
export async function runCommand(options: RunOptions, around: Surroundings): Promise<void> {
  const { report, elapsed } = reporting(options.json, around);
  const modem = parseModem(options.modem);
  const config = readConfig(options, modem);
  const roots = options.ca === undefined ? undefined : rootsOf(readNamedFile(options.ca, "--ca"), options.ca);
  const memory = openState(options.state);
  const way = wayOf(options);
  const desk = await openDesk({
    modem,
    simulate: way.simulate,
    outside: way.outside,
    faults: selectFaults(options.fault),
    delayScale: options.delayScale,
    env: around.env,
  });
  try {
    report({ t: elapsed(), event: "modem-ready", modem: desk.description });
    const run = new Run({
      options,
      config,
      way,
      desk: { ...desk, ...(roots && { roots }) },
      memory,
      report,
      elapsed,
    });
    const verdict = await run.finish(around.interrupted);
    report({ t: elapsed(), event: "summary", ...verdict, ...run.figures() });
    if (!verdict.ok) throw new RunError(verdict.reason);
  } finally {
    await desk.close();
  }
}

interface RunParts {
  options: RunOptions;
  config: Config;
  way: Way;
  desk: Desk;
  memory: Memory;
  report: Report;
  elapsed: () => number;
}

/** How long an orderly end may take, in milliseconds: a drain of 20 s and the PDP context. */
const SHUTDOWN_MS = 40_000;

class Run {
  readonly #parts: RunParts;
  readonly #supervisor: Supervisor;
  #boot: Boot | undefined;
  #device!: Device;
  #link!: Link;
  #settle: (verdict: Verdict) => void = () => {};

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.#supervisor = new Supervisor({
      messages: parts.options.messages,
      commands: parts.way.hearsCommands(parts.config) ? 1 : 0,
    });
    this.#start();
  }

  /** Runs until a verdict is there, then ends the device in order. */
  async finish(interrupted: Promise<void>): Promise<Verdict> {
    const { timeout } = this.#parts.options;
    let timer: NodeJS.Timeout | undefined;
    const verdict = await new Promise<Verdict>((resolve) => {
      this.#settle = resolve;
      timer = setTimeout(() => resolve(this.#supervisor.late(timeout, this.#device.phase)), timeout * 1_000);
      void interrupted.then(() => resolve({ ok: false, reason: "interrupted" }));
    });
    clearTimeout(timer);
    if (verdict.ok) {
      this.#device.stop();
      const limit = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, SHUTDOWN_MS);
      });
      await Promise.race([this.#device.ended, limit]);
      clearTimeout(timer);
    }
    this.#boot?.end();
    return verdict;
  }

  /** What programs want to know in the end. */
  figures(): Record<string, number | undefined> {
    const { uartTxBytes, uartRxBytes, airTxBytes, airRxBytes, atCommands } = this.#link.counters();
    return {
      ...this.#device.counters,
      uartTxBytes,
      uartRxBytes,
      airTxBytes,
      airRxBytes,
      atCommands,
      firstPubackMs: this.#device.firstPubackAt,
    };
  }

  /** Powers the board on, or restarts it. */
  #start(): void {
    const { options, config, way, desk, memory } = this.#parts;
    this.#boot?.end();
    this.#boot = boot(desk, memory, this.#log, () => setImmediate(() => this.#start()));
    const trace = options.trace.includes("at") ? this.#traceAt : undefined;
    const { device, link } = composeDevice(this.#boot.platform, {
      config,
      profile: way.profile(config, desk.roots),
      ...(way.uplink && { uplink: way.uplink(config, this.#log) }),
      ...(trace && { trace }),
    });
    this.#device = device;
    this.#link = link;
    device.start();
  }

  readonly #log: Log = (level, event, fields = {}) => {
    const { report, elapsed } = this.#parts;
    report({ t: elapsed(), event, level, ...fields });
    const verdict = this.#supervisor.note(event, fields) ?? this.#supervisor.reached(this.#device.counters);
    if (verdict) this.#settle(verdict);
  };

  readonly #traceAt = (direction: "tx" | "rx", text: string): void => {
    const { report, elapsed } = this.#parts;
    report({ t: elapsed(), event: "trace", layer: "at", direction, text });
  };
}

/** What a device keeps in its flash: in memory, or in a directory that outlives the run. */
function openState(directory: string | undefined): Memory {
  try {
    return directory === undefined
      ? { keyValue: new MemoryKeyValue(), flash: new NorFlash() }
      : { keyValue: new FileKeyValue(directory), flash: new FileFlash(join(directory, "outbox.flash")) };
  } catch (error) {
    throw new UsageError(`--state: ${describeError(error).line}`);
  }
}

function readConfig(options: RunOptions, modem: ModemAddress): Config {
  const { interval: telemetryIntervalS, transport, publishForm } = options;
  const given: Record<string, unknown> = { telemetryIntervalS, transport, publishForm };
  if (modem.kind === "serial") given.modemBaud = modem.baud;
  if (options.onboarding !== undefined) Object.assign(given, readOnboarding(options.onboarding));
  return configure({ ...given, ...(options.config !== undefined && readSettings(options.config)) });
}

function readOnboarding(text: string): Record<string, unknown> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "https:" || url.pathname !== "/" || url.username !== "" || url.search !== "") {
    throw new UsageError(`--onboarding must be https://HOST[:PORT], not "${text}"`);
  }
  return { onboardingHost: url.hostname, onboardingPort: url.port === "" ? 443 : Number(url.port) };
}

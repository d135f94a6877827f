// `simkey run`: the firmware in Node, on the desk's modem, until its goals are reached or there is no use in going on.

import { join, resolve } from "node:path";
import { commands as baseCommands } from "../../../firmware/app/app.js";
import { excerpt } from "../../../firmware/bytes/utf8.js";
import { forgetToken } from "../../../firmware/cloud/1nce-aws/keep.js";
import type { CloudOrder } from "../../../firmware/cloud/cloud.js";
import { CLOUDS, cloudNamed, DEFAULT_CLOUD, type LoadedCloud, loadCloud } from "../../../firmware/clouds.js";
import { composeDevice, type DeviceApp, openJournal, tableOf } from "../../../firmware/compose.js";
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
import { compactText } from "../../decode/records.js";
import { FileFlash } from "../../platform/file-flash.js";
import { FileKeyValue } from "../../platform/key-value.js";
import { NorFlash } from "../../platform/nor-flash.js";
import { BoardMemory } from "../../platform/reset-memory.js";
import { boardOf, positionOf } from "../../testing/world.js";
import { MemoryKeyValue } from "../../world/key-value.js";
import { deskEntry, type Entry } from "../output/entry.js";
import { describeError, readNamedFile, UsageError } from "../output/errors.js";
import { payloadText } from "../output/payload.js";
import { type Report, reporting } from "../output/report.js";
import { type ModemAddress, parseModem } from "../parts/address.js";
import { type Boot, boot, type Memory } from "../parts/board.js";
import type { Greeting } from "../parts/clouds.js";
import { configured } from "../parts/configured.js";
import { type Desk, openDesk } from "../parts/desk.js";
import { faultsAt, switchOn } from "../parts/faults.js";
import { rootsOf } from "../parts/home.js";
import { refuseIdle } from "../parts/idle-options.js";
import { Live } from "../parts/live.js";
import { type LivePage, openLivePage } from "../parts/page.js";
import { loadApp, loadWorld, type Project, projectIn, rowOf } from "../parts/project.js";
import { openRecord } from "../parts/record.js";
import { readSettings } from "../parts/settings.js";
import { Supervisor, type Verdict } from "../parts/supervisor.js";
import type { Surroundings } from "../parts/surroundings.js";
import { type Message, tellingJournal, tellingMessages, tracingHttp, tracingMqtt } from "../parts/traces.js";
import { type Way, type WayOptions, wayOf } from "../parts/way.js";
import { Wishes } from "../parts/wishes.js";
import { runUpdate, type UpdateScene } from "./run-update.js";
import { watchRun } from "./watch.js";

export interface RunOptions extends Omit<WayOptions, "profile" | "transport" | "commands" | "onPublish"> {
  /** Left out: the project's cloud, or 1NCE. */
  profile?: WayOptions["profile"];
  modem: string;
  /** The app's module; left out: the one of the project in this folder, if it is one. */
  app?: string;
  /** Commands that the cloud sends, as JSON. */
  command: string[];
  watch: boolean;
  /** Shows an update instead. */
  update?: UpdateScene;
  transport?: WayOptions["transport"];
  publishForm?: string;
  onboarding?: string;
  ca?: string;
  messages: number;
  /** Seconds; 1 when neither this nor a settings file says otherwise. */
  interval?: number;
  state?: string;
  fault: string[];
  delayScale: number;
  timeout: number;
  config?: string;
  json: boolean;
  trace: string[];
  show: string[];
  record?: string;
  /** Serve the page on this run. */
  page?: boolean;
}

/** What `--trace` and `--show` take. */
export const TRACES = ["at", "mqtt", "http", "cloud"];
export const SHOWN = ["payload"];

/** Options that decide nothing of an update that is shown. */
const BESIDES_UPDATE = [
  ...["modem", "profile", "transport", "publishForm", "broker", "key", "audience", "clientId", "tokenIn", "username"],
  ...["alpn", "topic", "lifetime", "onboarding", "ca", "messages", "interval", "state", "fault", "delayScale"],
  ...["timeout", "config", "app", "command", "page", "record", "trace", "show"],
];

/** A run that did not reach its goals; the message says why and what to do. */
export class RunError extends Error {}

/**
 * @param isGiven whether the user has named an option, by its name in RunOptions
 * @throws RunError, UsageError, or what opening the modem throws
 */
export async function runCommand(
  options: RunOptions,
  around: Surroundings,
  isGiven: (option: string) => boolean = () => false,
): Promise<void> {
  if (options.watch) {
    await watchRun(
      process.cwd(),
      process.argv.slice(3).filter((arg) => arg !== "--watch"),
      around,
    );
    return;
  }
  if (options.update !== undefined) {
    const idle = BESIDES_UPDATE.find((name) => isGiven(name));
    if (idle !== undefined)
      throw new UsageError(`--update shows a device of its own: it goes with --json alone, not ${idle}`);
    const wrong = await runUpdate(options.update, options.json, reporting(options.json, around).report);
    if (wrong !== undefined) throw new RunError(wrong);
    return;
  }
  let live: Live | undefined;
  let page: LivePage | undefined;
  const stdout = (text: string) => (live && !options.json ? live.write(text) : around.stdout(text));
  const { report: told, elapsed } = reporting(options.json, {
    stdout,
    ...(around.screen && { screen: around.screen }),
  });
  const report: Report = (entry) => {
    page?.tell(entry);
    // The page is told all layers; who sits at the terminal has asked for some.
    if (!isAskedFor(entry, options)) return;
    told(entry);
    live?.note(entry);
  };
  const modem = parseModem(options.modem);
  const project = projectIn(process.cwd());
  const ordered = { ...orderedBy(project), ...options };
  const path = options.app ?? project?.app;
  const app = path === undefined ? undefined : await loadApp(resolve(path));
  const config = readConfig(ordered, modem, app, project);
  const roots = options.ca === undefined ? undefined : rootsOf(readNamedFile(options.ca, "--ca"), options.ca);
  const memory = openState(options.state);
  const commands =
    options.command.length > 0 ? options.command.map((text, at) => readCommand(text, at + 1)) : undefined;
  const seen = options.page ? { ...options, ...endless(options, isGiven), trace: TRACES, show: SHOWN } : options;
  const tracesCloud = seen.trace.includes("cloud") ? tracingCloud(report, elapsed) : undefined;
  let wishes: Wishes | undefined;
  const onPublish = (topic: string, payload: Uint8Array) => {
    tracesCloud?.(topic, payload);
    wishes?.heard(payload);
  };
  const way = wayOf({ ...ordered, transport: config.transport, commands, onPublish });
  refuseIdle(isGiven, {
    profile: ordered.profile,
    transport: config.transport,
    modem: modem.kind,
    simulated: way.simulate !== undefined,
    hears: way.hearsCommands(config),
  });
  const cloud = await loadCloud(way.order, way.key);
  // Each run makes a cloud of its own, with another root: it neither knows the token of the last one nor is trusted by it.
  if (modem.kind === "sim") forgetToken(memory.keyValue);
  const record = options.record === undefined ? undefined : openRecord(options.record);
  const faults = faultsAt(modem, options.fault);
  let timers: NodeJS.Timeout[] = [];
  const world = app && (await loadWorld(project?.world));
  const desk = await openDesk({
    modem,
    listen: record?.listen,
    simulate: way.simulate,
    outside: way.outside,
    faults,
    delayScale: options.delayScale,
    env: around.env,
    network: world?.place && { position: positionOf(world.place, Date.now()) },
    poweredOn: options.delayScale === 0,
  });
  try {
    if (options.page) {
      page = await openLivePage({ title: desk.description, reach: desk.reach });
      report(deskEntry(elapsed(), "page-ready", { url: page.url }));
    }
    report(deskEntry(elapsed(), "modem-ready", { modem: desk.description }));
    const board =
      world &&
      boardOf(world, {
        row: rowOf(project),
        now: () => performance.now(),
        later: setImmediate,
        onShown: (part, name, value) => report(deskEntry(elapsed(), "board", { part, name, value })),
      });
    if (board) world?.live?.(board, (ms, callback) => void setInterval(callback, ms).unref());
    const run = new Run({
      options: seen,
      config,
      app,
      board,
      secrets: new Set(Object.entries(tableOf(app)).flatMap(([name, { secret }]) => (secret ? [name] : []))),
      way,
      cloud,
      desk: { ...desk, ...(roots && { roots }) },
      memory,
      report,
      elapsed,
    });
    wishes = new Wishes({
      reach: desk.reach,
      commands: { ...baseCommands, ...app?.commands },
      hears: way.hearsCommands(config),
    });
    live = new Live({
      around: options.json ? { stdout: around.stdout, env: around.env } : around,
      wishes,
      elapsed,
      onTyped: () => run.stay(),
      onQuit: () => run.quit(),
      onAsked: (what) => report(deskEntry(elapsed(), "asked", { what })),
    });
    void around.interrupted.then(() => live?.close());
    if (desk.reach) await live.openDoor();
    timers = faults.later.map(({ atMs, text }) =>
      setTimeout(
        () => {
          report(deskEntry(elapsed(), "fault", { fault: text }));
          switchOn(text, desk.reach!);
        },
        Math.max(0, atMs - elapsed()),
      ),
    );
    const verdict = await run.finish(around.interrupted);
    // The last line: whatever the device still says is not heard any more.
    live.close();
    const { ok } = verdict;
    report({ t: elapsed(), event: "summary", ok, ...(!ok && { reason: verdict.reason }), ...run.figures() });
    // Somebody who has ended it need not be told that it has ended.
    if (!verdict.ok) throw new RunError(verdict.interrupted ? "" : verdict.reason);
  } finally {
    live?.close();
    for (const timer of timers) clearTimeout(timer);
    await page?.close();
    await desk.close();
    record?.close();
  }
}

/** Whether somebody at the terminal has asked for it. */
function isAskedFor({ event, layer }: Entry, { trace, show }: RunOptions): boolean {
  if (event === "trace") return trace.includes(String(layer));
  return event !== "payload" || show.includes("payload");
}

/** Whoever looks on ends the run; unless it was told when to end. */
const endless = ({ messages, timeout }: RunOptions, isGiven: (option: string) => boolean) => ({
  messages: isGiven("messages") ? messages : Number.POSITIVE_INFINITY,
  timeout: isGiven("timeout") ? timeout : MOST_TIMEOUT_S,
});
const MOST_TIMEOUT_S = 864_000;

interface RunParts {
  options: RunOptions;
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
/** Characters of a message that `--trace cloud` shows. */
const TEXT_SHOWN = 512;
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

class Run {
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

/** What a device keeps in its flash: in memory, or in a directory that outlives the run. */
function openState(directory: string | undefined): Memory {
  const reset = new BoardMemory();
  try {
    return directory === undefined
      ? { keyValue: new MemoryKeyValue(), flash: new NorFlash(), reset }
      : { keyValue: new FileKeyValue(directory), flash: new FileFlash(join(directory, "outbox.flash")), reset };
  } catch (error) {
    throw new UsageError(`--state: ${describeError(error).line}`);
  }
}

/** What a project says of its cloud, as the options say it; they win. */
function orderedBy(project: Project | undefined): Pick<WayOptions, "profile"> & Partial<WayOptions> {
  const {
    name = DEFAULT_CLOUD,
    host,
    port,
    clientId,
    audience,
    topic,
    alpn,
    other,
  } = (project?.cloud ?? {}) as Partial<CloudOrder>;
  return {
    profile: cloudNamed(name),
    ...(host !== undefined && { broker: `mqtts://${host}:${port}` }),
    ...(clientId !== undefined && { clientId }),
    ...(audience !== undefined && { audience }),
    ...(topic !== undefined && { topic }),
    ...(alpn !== undefined && { alpn }),
    ...(other !== undefined && { username: other }),
  };
}

/** Shows what the simulated cloud takes. */
const tracingCloud = (report: Report, elapsed: () => number) => (topic: string, payload: Uint8Array) =>
  report(
    deskEntry(elapsed(), "trace", {
      layer: "cloud",
      direction: "rx",
      text: `${topic} ${excerpt(compactText(payload) ?? Buffer.from(payload).toString(), TEXT_SHOWN)}`,
    }),
  );

/** A command of `--command`. @param number its id, where it has none @throws UsageError */
function readCommand(text: string, number: number): Greeting {
  try {
    const command = JSON.parse(text) as Partial<Greeting>;
    if (typeof command === "object" && command !== null && typeof command.cmd === "string")
      return { id: String(number), ...command } as Greeting;
  } catch {}
  throw new UsageError(`--command must be JSON such as {"cmd":"ping"}, not "${text}"`);
}

/** What the command line names wins over the settings file, that over the project's, and that over the defaults of a run. */
function readConfig(
  options: RunOptions & Pick<WayOptions, "profile">,
  modem: ModemAddress,
  app: DeviceApp | undefined,
  project: Project | undefined,
): Config {
  const { interval, transport, publishForm } = options;
  const named = {
    ...(interval !== undefined && { telemetryIntervalS: interval }),
    ...(transport !== undefined && { transport }),
    ...(publishForm !== undefined && { publishForm }),
    ...(modem.kind === "serial" && { modemBaud: modem.baud }),
    ...(options.onboarding !== undefined && readOnboarding(options.onboarding)),
  };
  const given = {
    ...CLOUDS[options.profile].settings,
    ...project?.settings,
    // Whoever looks on does not wait as long as a device in the field.
    telemetryIntervalS: 1,
    ...(options.config !== undefined && readSettings(options.config)),
    ...named,
  };
  return configured(given, tableOf(app));
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

function readOnboarding(text: string): Record<string, unknown> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "https:" || url.pathname !== "/" || url.username !== "" || url.search !== "") {
    throw new UsageError(`--onboarding must be https://HOST[:PORT], not "${text}"`);
  }
  return { onboardingHost: url.hostname, onboardingPort: url.port === "" ? 443 : Number(url.port) };
}

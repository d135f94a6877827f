// `simkey run`: the firmware in Node, on the desk's modem, until its goals are reached or there is no use in going on.

import { resolve } from "node:path";
import { commands as baseCommands } from "../../../firmware/app/app.js";
import { excerpt } from "../../../firmware/bytes/utf8.js";
import { forgetToken } from "../../../firmware/cloud/1nce-aws/keep.js";
import { loadCloud } from "../../../firmware/clouds.js";
import { tableOf } from "../../../firmware/compose.js";
import { compactText } from "../../decode/records.js";
import { boardOf, positionOf } from "../../testing/world.js";
import { deskEntry } from "../output/entry.js";
import { readNamedFile, UsageError } from "../output/errors.js";
import { type Report, reporting } from "../output/report.js";
import { parseModem } from "../parts/address.js";
import { openDesk } from "../parts/desk.js";
import { faultsAt, switchOn } from "../parts/faults.js";
import { rootsOf } from "../parts/home.js";
import { refuseIdle } from "../parts/idle-options.js";
import { Live } from "../parts/live.js";
import { type LivePage, openLivePage } from "../parts/page.js";
import { loadApp, loadWorld, projectIn, rowOf } from "../parts/project.js";
import { openRecord } from "../parts/record.js";
import {
  endless,
  isAskedFor,
  orderedBy,
  type RunOptions,
  readCommand,
  readConfig,
  SHOWN,
  TRACES,
} from "../parts/run-options.js";
import { Run } from "../parts/running.js";
import { openState } from "../parts/state.js";
import type { Surroundings } from "../parts/surroundings.js";
import { wayOf } from "../parts/way.js";
import { Wishes } from "../parts/wishes.js";
import { runUpdate, type UpdateScene } from "./run-update.js";
import { watchRun } from "./watch.js";

/** What makes something else of the command than one run. */
interface Instead {
  watch: boolean;
  /** Shows an update. */
  update?: UpdateScene;
}

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
  options: RunOptions & Instead,
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
    const board =
      world &&
      boardOf(world, {
        row: rowOf(project),
        now: () => performance.now(),
        later: setImmediate,
        onShown: (part, name, value) => report(deskEntry(elapsed(), "board", { part, name, value })),
      });
    if (options.page) {
      page = await openLivePage({ title: desk.description, reach: desk.reach, board, commands: app?.commands });
      report(deskEntry(elapsed(), "page-ready", { url: page.url }));
    }
    report(deskEntry(elapsed(), "modem-ready", { modem: desk.description }));
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

/** Characters of a message that `--trace cloud` shows. */
const TEXT_SHOWN = 512;
/** Shows what the simulated cloud takes. */
const tracingCloud = (report: Report, elapsed: () => number) => (topic: string, payload: Uint8Array) =>
  report(
    deskEntry(elapsed(), "trace", {
      layer: "cloud",
      direction: "rx",
      text: `${topic} ${excerpt(compactText(payload) ?? Buffer.from(payload).toString(), TEXT_SHOWN)}`,
    }),
  );

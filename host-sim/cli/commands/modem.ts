// `simkey modem`: simulated SIM7080Gs, powered on, for other programs, until it is interrupted: on TCP ports, pseudo
// terminals or stdin and stdout, with a control port and a scenario.

import { readFileSync } from "node:fs";
import { cloudAt } from "../../cloud/node/cloud.js";
import { ControlError, control, signalOf } from "../../modem/control.js";
import type { Rat } from "../../modem/network.js";
import type { ModelName } from "../../modem/options.js";
import { parseScenario, type Step } from "../../modem/scenario.js";
import { Sim7080 } from "../../modem/sim7080.js";
import type { NameTable } from "../../world/core.js";
import type { LinkProfile } from "../../world/link.js";
import { msisdnOf } from "../../world/sims.js";
import { deskEntry } from "../output/entry.js";
import { UsageError } from "../output/errors.js";
import { reporting } from "../output/report.js";
import { type Address, parseAddress } from "../parts/address.js";
import { commandList } from "../parts/commands.js";
import { type Controlled, type ControlPort, chosen, obey, openControlPort } from "../parts/control-port.js";
import { controlledModem } from "../parts/desk.js";
import { joinStreams, openPty, type Pty } from "../parts/doors.js";
import { nowOnly, selectFaults } from "../parts/faults.js";
import { type SavedFile, saveCa } from "../parts/home.js";
import { replayCommand } from "../parts/replayed.js";
import type { Surroundings } from "../parts/surroundings.js";
import { startOwnCloud } from "./cloud.js";

export interface ModemCommandOptions {
  model: ModelName;
  identity?: string;
  listen: string;
  pty: boolean;
  link?: string;
  stdio: boolean;
  count: number;
  replay?: string;
  control?: string;
  scenario?: string;
  cloud?: string;
  sim: number;
  fault: string[];
  delayScale: number;
  latency: number;
  bandwidth?: number;
  loss: number;
  rat?: Rat;
  signal?: number;
  dial: string[];
  commands: boolean;
  json: boolean;
}

/** How much later a lost segment comes: TCP's repetition over a slow radio. */
const RECOVERY_MS = 400;

/** @throws UsageError; Node's error when a port is taken */
export async function modemCommand(options: ModemCommandOptions, around: Surroundings): Promise<void> {
  if (options.commands) {
    around.stdout(commandList());
    return;
  }
  // With the UART on stdout, what there is to say goes to stderr.
  const { report, elapsed } = reporting(options.json, options.stdio ? { ...around, stdout: around.stderr } : around);
  const bytesOut = around.stdoutBytes ?? ((bytes: Uint8Array) => around.stdout(Buffer.from(bytes).toString("latin1")));
  const plan = planOf(options);
  if (options.replay !== undefined) {
    await replayCommand(options, plan.listen, around);
    return;
  }
  const faults = nowOnly(selectFaults(options.fault));
  const own = options.cloud === undefined ? await startOwnCloud({ faults: faults.cloud }, report, elapsed) : undefined;
  const cloud = own?.address ?? parseAddress(options.cloud!, "--cloud", 1);
  const names = joined(cloudAt(cloud), new Map(plan.dialled));
  const modems: Controlled[] = [];
  let port: ControlPort | undefined;
  const sent = (from: number) => (to: string, text: string) => {
    port?.tell({ event: "sms", modem: from + 1, to, text });
    const other = modems.findIndex((_, i) => msisdnOf(options.sim + i) === to);
    if (other >= 0)
      setImmediate(() => obey(modems, { do: "sms", modem: other + 1, from: msisdnOf(options.sim + from), text }));
  };
  for (let i = 0; i < options.count; i++) {
    const { model, delayScale } = options;
    const made = {
      model,
      identity: options.identity,
      sim: options.sim + i,
      names,
      link: linkOf(options),
      network: plan.network,
      onSms: sent(i),
    };
    modems.push(controlledModem(i === 0 ? faults : selectFaults(options.fault), delayScale, true, made));
  }
  const ptys: Pty[] = [];
  let ca: SavedFile | undefined;
  const timers = plan.steps.map(({ atMs, wish }) => setTimeout(() => obey(modems, wish), atMs));
  try {
    const said = (door: string) => report(deskEntry(elapsed(), "modem-ready", { modem: door }));
    if (options.control !== undefined) {
      port = await openControlPort(parseAddress(options.control, "--control"), modems);
      said(`control port, JSON lines, at ${port.address.address}:${port.address.port}`);
    }
    let ended: Promise<void> | undefined;
    for (const [i, { modem }] of modems.entries()) {
      const title = `simulated ${options.model}G, powered on`;
      if (options.stdio) {
        ended = joinStreams(modem, around.stdin, bytesOut);
        continue;
      }
      const listen = options.pty ? { host: "127.0.0.1", port: 0 } : plan.listen;
      const { address, port: at } = await modem.listen(listen.host, listen.port === 0 ? 0 : listen.port + i);
      ca ??= own && saveCa(own.caPem, at, around.env);
      if (ca && i === 0)
        report(deskEntry(elapsed(), "cloud-ready", { address: `${cloud.host}:${cloud.port}`, ca: ca.path }));
      if (options.pty) ptys.push(await openPty(at, linkFor(options, i)));
      said(`${title}, at ${options.pty ? ptys[i]!.path : `${address}:${at}`}`);
    }
    const lost = ptys.map(({ lost }) => lost);
    await Promise.race([around.interrupted, ...(ended ? [ended] : []), ...lost]);
  } finally {
    for (const timer of timers) clearTimeout(timer);
    for (const pty of ptys) pty.close();
    ca?.drop();
    await port?.close();
    for (const { modem } of modems) await modem.close();
    await own?.close();
  }
}

/** What the options mean, checked before anything is opened. @throws UsageError */
function planOf(options: ModemCommandOptions) {
  const doors = [options.pty, options.stdio].filter(Boolean).length;
  if (doors > 1) throw new UsageError("--pty and --stdio are two doors: give one");
  if (options.stdio && options.count > 1) throw new UsageError("--stdio is one line: no --count");
  if (options.link !== undefined && !options.pty) throw new UsageError("--link goes with --pty");
  let steps: Step[] = [];
  if (options.scenario !== undefined) {
    try {
      steps = parseScenario(readFileSync(options.scenario, "utf8"));
      checkSteps(steps, options.count);
    } catch (error) {
      if (error instanceof ControlError) throw new UsageError(`--scenario: ${error.message}`);
      throw new UsageError(`--scenario: cannot read ${options.scenario}`);
    }
  }
  return {
    listen: parseAddress(options.listen, "--listen"),
    dialled: options.dial.map(parseDial),
    steps,
    network: {
      ...(options.rat !== undefined && { rats: [options.rat] }),
      ...(options.signal !== undefined && signalOf(options.signal)),
    },
  };
}

/** What cannot be understood is told before anything begins. @throws ControlError that says which step is wrong */
function checkSteps(steps: readonly Step[], count: number): void {
  const scratch = new Sim7080();
  for (const { number, wish } of steps) {
    try {
      chosen(new Array(count).fill(scratch), wish);
      control(scratch, wish, 0);
    } catch (error) {
      if (error instanceof ControlError) throw new ControlError(`step ${number}: ${error.message}`);
      throw error;
    }
  }
}

/** The link of the first terminal, and with a number behind it those of the others. */
function linkFor({ link, count }: ModemCommandOptions, i: number): string | undefined {
  return link === undefined || count === 1 ? link : `${link}-${i + 1}`;
}

/** The radio as asked for; undefined: as if there were none. */
function linkOf({ latency, bandwidth, loss }: ModemCommandOptions): LinkProfile | undefined {
  if (latency === 0 && bandwidth === undefined && loss === 0) return undefined;
  const bytesPerSecond = bandwidth ?? Number.POSITIVE_INFINITY;
  return { latencyMs: latency, jitterMs: 0, bytesPerSecond, loss: loss / 100, recoveryMs: RECOVERY_MS };
}

/** `NAME=HOST:PORT`. @throws UsageError */
function parseDial(text: string): [name: string, to: Address] {
  const [name, to] = text.split("=", 2);
  if (!name || !to) throw new UsageError(`--dial must be NAME=HOST:PORT, not "${text}"`);
  return [name, parseAddress(to, "--dial", 1)];
}

/** The simulated cloud's names, and those that the user led elsewhere; these win. An address leads to itself. */
function joined(cloud: NameTable, dialled: ReadonlyMap<string, Address>): NameTable {
  return { lookup: (host, port) => dialled.get(host) ?? cloud.lookup(host, port) ?? onThisMachine(host, port) };
}

/** This machine's loopback addresses: nothing outside is dialled unasked. */
function onThisMachine(host: string, port: number): Address | undefined {
  return /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host) || host === "localhost" ? { host, port } : undefined;
}

// `simkey doctor`: walks the way from the modem's power to the cloud's certificate and says at the first stop what to do.

import { connect } from "../../../firmware/cloud/connect.js";
import { builtInRoots } from "../../../firmware/cloud/roots.js";
import { createModem, type Modem } from "../../../firmware/modem/modem.js";
import { linkSettings } from "../../../firmware/modem/sim7080/config.js";
import { Failure } from "../../../firmware/platform/failure.js";
import type { StreamCallbacks } from "../../../firmware/platform/io.js";
import type { LinkStatus } from "../../../firmware/platform/link.js";
import type { Platform } from "../../../firmware/platform/platform.js";
import { configure } from "../../../firmware/settings/configure.js";
import type { Config } from "../../../firmware/settings/table.js";
import { LINK_CHECKS, MAX_SKEW_MS, PASSED, WEAK_RSSI_DBM } from "../../platform/doctor-checks.js";
import { BoardMemory } from "../../platform/reset-memory.js";
import { MemoryKeyValue } from "../../world/key-value.js";
import { deskEntry } from "../output/entry.js";
import { describeFailure, readNamedFile } from "../output/errors.js";
import { type Report, reporting } from "../output/report.js";
import { parseModem } from "../parts/address.js";
import { boot } from "../parts/board.js";
import { type Desk, openDesk } from "../parts/desk.js";
import { faultsAt, nowOnly } from "../parts/faults.js";
import { rootsOf } from "../parts/home.js";
import { readSettings } from "../parts/settings.js";
import type { Surroundings } from "../parts/surroundings.js";
import { RunError } from "./run.js";

export interface DoctorOptions {
  modem: string;
  fault: string[];
  delayScale: number;
  config?: string;
  ca?: string;
  json: boolean;
}

/** How long a TCP connection or a handshake may take, in milliseconds: CAOPEN alone may take 75 s. */
const CONNECT_LIMIT_MS = 90_000;
/** As WEAK_RSSI_DBM. */
const WEAK_RSRP_DBM = -115;

/** What one check found. */
interface Finding {
  ok: boolean;
  text: string;
}

/** @throws RunError after a failed check; UsageError; what opening the modem throws */
export async function doctorCommand(options: DoctorOptions, around: Surroundings): Promise<void> {
  const { report, elapsed } = reporting(options.json, around);
  const modem = parseModem(options.modem);
  const config = configure({
    ...(modem.kind === "serial" && { modemBaud: modem.baud }),
    ...(options.config !== undefined && readSettings(options.config)),
  });
  const roots = options.ca === undefined ? undefined : rootsOf(readNamedFile(options.ca, "--ca"), options.ca);
  const desk = await openDesk({
    modem,
    faults: nowOnly(faultsAt(modem, options.fault)),
    delayScale: options.delayScale,
    env: around.env,
    poweredOn: options.delayScale === 0,
  });
  const { platform, end } = boot(
    desk,
    { keyValue: new MemoryKeyValue(), reset: new BoardMemory() },
    () => {},
    "power",
    () => {},
  );
  try {
    report(deskEntry(elapsed(), "modem-ready", { modem: desk.description }));
    await new Walk(platform, { ...desk, ...(roots && { roots }) }, config, report, elapsed).go();
  } finally {
    end();
    await desk.close();
  }
}

class Walk {
  readonly #platform: Platform;
  readonly #desk: Desk;
  readonly #config: Config;
  readonly #report: Report;
  readonly #elapsed: () => number;
  readonly #modem: Modem;
  #stage = "power";
  /** Findings that do not end the walk. */
  readonly #doubts: string[] = [];

  constructor(platform: Platform, desk: Desk, config: Config, report: Report, elapsed: () => number) {
    this.#platform = platform;
    this.#desk = desk;
    this.#config = config;
    this.#report = report;
    this.#elapsed = elapsed;
    this.#modem = createModem({
      ...platform,
      ...linkSettings(config),
      onStage: (stage) => this.#enter(LINK_CHECKS[stage]),
    });
  }

  /** @throws RunError at the first check that fails */
  async go(): Promise<void> {
    const status = await this.#check("power", () => this.#modem.up());
    this.#passed("pdp", PASSED.pdp!);
    this.#say("signal", judgeSignal({ ...status, ...(await this.#modem.status()) }));
    this.#say("time", await this.#check("time", () => this.#judgeTime()));
    const { onboardingHost: host, onboardingPort: port } = this.#config;
    await this.#check("dns", () => this.#dial(host, port, false));
    this.#passed("dns", `${host} resolves, and port ${port} answers`);
    await this.#check("tls", () => this.#dial(host, port, true));
    this.#passed("tls", `${host} shows a certificate that leads to a known root`);
    await this.#modem.down();
    if (this.#doubts.length > 0) throw new RunError(this.#doubts.join("; "));
  }

  /** A stage of the bring-up begins: those before it have passed. */
  #enter(stage: string): void {
    if (stage === this.#stage) return;
    this.#passed(this.#stage, PASSED[this.#stage] ?? "");
    this.#stage = stage;
  }

  async #check<T>(stage: string, work: () => Promise<T>): Promise<T> {
    this.#stage = stage;
    try {
      return await work();
    } catch (error) {
      const text = describeFailure(error);
      this.#say(this.#stage, { ok: false, text });
      throw new RunError(`${this.#stage}: ${text}`);
    }
  }

  #passed(stage: string, text: string): void {
    this.#say(stage, { ok: true, text });
  }

  #say(check: string, { ok, text }: Finding): void {
    if (!ok) this.#doubts.push(`${check}: ${text}`);
    this.#report(deskEntry(this.#elapsed(), "check", { check, ok, text }));
  }

  async #judgeTime(): Promise<Finding> {
    const { clock } = this.#platform;
    const { wallMs, source } = await this.#modem.time();
    clock.setWall(wallMs);
    const skewMs = wallMs - Date.now();
    const text = `${new Date(wallMs).toISOString()} from ${source}`;
    if (Math.abs(skewMs) <= MAX_SKEW_MS) return { ok: true, text };
    return {
      ok: false,
      text: `${text} is ${Math.round(skewMs / 60_000)} min off this computer's clock: one of them is wrong`,
    };
  }

  /** Opens one connection and closes it. */
  #dial(host: string, port: number, secure: boolean): Promise<void> {
    const { timer, clock, random, TLS } = this.#platform;
    const roots = this.#desk.roots ?? builtInRoots();
    const tls = { serverName: host, requireAlpn: false, roots };
    const Stream = connect({ host, port, ...(secure && { tls }) }, { TCP: this.#modem.TCP, TLS, clock, random });
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        timer.clear(limit);
        stream.close();
        act();
      };
      const limit = timer.set(
        () => settle(() => reject(new Failure("socket-timeout", `no answer from ${host} within 90 s`, "back-off"))),
        CONNECT_LIMIT_MS,
      );
      const callbacks: StreamCallbacks = {
        onWritable: () => settle(resolve),
        onError: (error) => settle(() => reject(error ?? new Error("closed"))),
      };
      const stream = new Stream(callbacks);
    });
  }
}

/** Whether the device hears the network well enough. */
function judgeSignal({ rssiDbm, rsrpDbm, rat, plmn, band }: LinkStatus): Finding {
  const heard = `${rat ?? "network"} ${plmn ?? ""} ${band ?? ""}, RSSI ${rssiDbm ?? "?"} dBm, RSRP ${rsrpDbm ?? "?"} dBm`;
  const weak = (rssiDbm ?? 0) < WEAK_RSSI_DBM || (rsrpDbm ?? 0) < WEAK_RSRP_DBM;
  return weak ? { ok: false, text: `${heard}: weak; check the antenna and its plug` } : { ok: true, text: heard };
}

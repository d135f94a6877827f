// `simkey doctor`: walks the way from the modem's power to the cloud's certificate and says at the first stop what to do.

import { connect } from "../../../firmware/cloud/connect.js";
import { builtInRoots } from "../../../firmware/cloud/roots.js";
import { createModem, type Modem } from "../../../firmware/modem/modem.js";
import { linkSettings } from "../../../firmware/modem/sim7080/config.js";
import type { TimerId } from "../../../firmware/platform/clock.js";
import { Failure } from "../../../firmware/platform/failure.js";
import type { StreamCallbacks } from "../../../firmware/platform/io.js";
import type { LinkStatus } from "../../../firmware/platform/link.js";
import type { Platform } from "../../../firmware/platform/platform.js";
import type { TlsSessions } from "../../../firmware/platform/tls.js";
import { configure } from "../../../firmware/settings/configure.js";
import type { Config } from "../../../firmware/settings/table.js";
import { LINK_CHECKS, MAX_SKEW_MS, PASSED, WEAK_RSSI_DBM } from "../../platform/doctor-checks.js";
import { BoardMemory } from "../../platform/reset-memory.js";
import { MemoryKeyValue } from "../../world/key-value.js";
import { deskEntry } from "../output/entry.js";
import { describeFailure, readNamedFile } from "../output/errors.js";
import { type Report, reporting } from "../output/report.js";
import { type Address, parseAddress, parseModem } from "../parts/address.js";
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
  /** HOST:PORT, or HOST for port 443. */
  endpoint?: string;
  json: boolean;
}

/** How long a TCP connection or a handshake may take, in milliseconds: CAOPEN alone may take 75 s. */
const CONNECT_LIMIT_MS = 90_000;
/** How long a ticket is waited for behind a handshake, in milliseconds: TLS 1.3 gives it a round trip later. */
const TICKET_LIMIT_MS = 3_000;
const HTTPS_PORT = 443;
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
  const { endpoint } = options;
  const broker =
    endpoint === undefined
      ? undefined
      : parseAddress(endpoint.includes(":") ? endpoint : `${endpoint}:${HTTPS_PORT}`, "--endpoint", 1);
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
    await new Walk(platform, { ...desk, ...(roots && { roots }) }, config, report, elapsed).go(broker);
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

  /** @param endpoint to be looked at too @throws RunError at the first check that fails */
  async go(endpoint?: Address): Promise<void> {
    const status = await this.#check("power", () => this.#modem.up());
    this.#passed("pdp", PASSED.pdp!);
    this.#say("signal", judgeSignal({ ...status, ...(await this.#modem.status()) }));
    this.#say("time", await this.#check("time", () => this.#judgeTime()));
    const { onboardingHost: host, onboardingPort: port } = this.#config;
    await this.#check("dns", () => this.#dial(host, port, false));
    this.#passed("dns", `${host} resolves, and port ${port} answers`);
    await this.#shake("tls", { host, port });
    if (endpoint) await this.#shake("endpoint", endpoint);
    await this.#modem.down();
    if (this.#doubts.length > 0) throw new RunError(this.#doubts.join("; "));
  }

  /** A TLS handshake, and whether later ones can go on from it. */
  async #shake(check: string, { host, port }: Address): Promise<void> {
    const gave = await this.#check(check, () => this.#dial(host, port, true));
    const ticket = gave
      ? "it gave a session ticket, by which a later connection can go on from this one"
      : `it gave no session ticket within ${TICKET_LIMIT_MS / 1_000} s: each connection is a full handshake`;
    this.#passed(check, `${host} shows a certificate that leads to a known root; ${ticket}`);
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

  /** Opens one connection and closes it. @returns whether the server gave a ticket */
  #dial(host: string, port: number, secure: boolean): Promise<boolean> {
    const { timer, clock, random, TLS } = this.#platform;
    const roots = this.#desk.roots ?? builtInRoots();
    const tls = { serverName: host, requireAlpn: false, roots };
    let gave = false;
    let isOpen = false;
    let done: () => void = () => {};
    const sessions: TlsSessions = {
      take: () => undefined,
      keep: () => {
        gave = true;
        if (isOpen) done();
      },
      opened: () => {},
    };
    const means = { TCP: this.#modem.TCP, TLS, clock, random, sessions };
    const Stream = connect({ host, port, ...(secure && { tls }) }, means);
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        timer.clear(limit);
        timer.clear(wait);
        done = () => {};
        stream.close();
        act();
      };
      let wait: TimerId;
      const limit = timer.set(
        () => settle(() => reject(new Failure("socket-timeout", `no answer from ${host} within 90 s`, "back-off"))),
        CONNECT_LIMIT_MS,
      );
      const callbacks: StreamCallbacks = {
        onWritable: () => {
          if (isOpen) return;
          isOpen = true;
          done = () => settle(() => resolve(gave));
          if (gave || !secure) done();
          else wait = timer.set(() => done(), TICKET_LIMIT_MS);
        },
        // What ends behind the handshake has stood it.
        onError: (error) => settle(() => (isOpen ? resolve(gave) : reject(error ?? new Error("closed")))),
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

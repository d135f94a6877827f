// Many devices in one process: the firmware's own device, without a modem, each with a client id of its own, on real sockets.
// They share what has no state: clock, timers, random source, socket classes.

import * as base from "../../firmware/app/app.js";
import { mqttUplink } from "../../firmware/cloud/mqtt-uplink.js";
import type { Profile } from "../../firmware/cloud/profile.js";
import { Device } from "../../firmware/device/device.js";
import type { Counters } from "../../firmware/device/telemetry.js";
import { STANDARD_LIMITS } from "../../firmware/mqtt/limits.js";
import type { LogEvent, LogEvents } from "../../firmware/platform/events.js";
import type { TcpClass } from "../../firmware/platform/io.js";
import type { TlsClass } from "../../firmware/platform/tls.js";
import { configure } from "../../firmware/settings/configure.js";
import { nodeClock, nodeTimer } from "../platform/clock.js";
import { nodeRandom } from "../platform/system.js";
import { MemoryKeyValue } from "../world/key-value.js";
import { Gate } from "./gate.js";
import { hostLink, type Traffic } from "./host-link.js";
import { Latencies } from "./latencies.js";
import { gated } from "./profile.js";
import { TimedJournal } from "./timed-journal.js";

export interface FleetOptions {
  /** Number of the first device, 0 or more. */
  first: number;
  devices: number;
  /** Connections a second, at the start and ever after. */
  ramp: number;
  /** Seconds between two records of a device. */
  intervalS: number;
  keepAliveS: number;
  /** The profile of device number `index`. */
  profile: (index: number) => Profile;
  TCP: TcpClass;
  TLS: TlsClass;
  /** Told a kind of failure when it happens for the first time, with the number of the device it happened to. */
  onFailure?: (code: string, message: string, index: number) => void;
}

/** What a fleet has done so far. */
export type FleetFigures = Pick<Counters, "recorded" | "acked" | "lost" | "received" | "answered" | "reconnects"> & {
  /** Devices that are online now. */
  connected: number;
  /** Devices that have been online. */
  reached: number;
  /** Records that wait for their PUBACK. */
  waiting: number;
  failures: number;
} & Traffic;

interface Member {
  device: Device;
  journal: TimedJournal;
  reached: boolean;
}

/** Devices that run from the moment they are made until `stop`. */
export class Fleet {
  /** Times from PUBLISH to PUBACK since the start. */
  readonly latencies = new Latencies();
  /** The same since somebody cleared them. */
  readonly recent = new Latencies();
  /** How often each kind of failure happened, by its code. */
  readonly failures = new Map<string, number>();
  readonly #options: FleetOptions;
  readonly #clock = nodeClock("system");
  readonly #gate: Gate;
  readonly #traffic: Traffic = { txBytes: 0, rxBytes: 0 };
  readonly #members: readonly Member[];

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#gate = new Gate(options.ramp, this.#clock, nodeTimer);
    this.#members = Array.from({ length: options.devices }, (_, i) => this.#join(options.first + i));
    for (const { device } of this.#members) device.start();
  }

  /** Ends all devices in order; settles when each has sent its DISCONNECT or has waited long enough for acknowledgements. */
  async stop(): Promise<void> {
    for (const { device } of this.#members) device.stop();
    await Promise.all(this.#members.map(({ device }) => device.ended));
  }

  figures(): FleetFigures {
    const sum = (of: (member: Member) => number) => this.#members.reduce((total, member) => total + of(member), 0);
    const counted = (name: keyof Counters) => sum(({ device }) => device.counters[name]);
    return {
      connected: sum(({ device }) => (device.phase === "online" || device.phase === "draining" ? 1 : 0)),
      reached: sum(({ reached }) => (reached ? 1 : 0)),
      recorded: counted("recorded"),
      acked: counted("acked"),
      waiting: sum(({ journal }) => journal.size),
      lost: counted("lost"),
      received: counted("received"),
      answered: counted("answered"),
      reconnects: counted("reconnects"),
      failures: [...this.failures.values()].reduce((total, count) => total + count, 0),
      ...this.#traffic,
    };
  }

  #join(index: number): Member {
    const { intervalS, keepAliveS, profile, TCP, TLS } = this.#options;
    const config = configure({ telemetryIntervalS: intervalS, keepAliveS });
    const journal = new TimedJournal(
      () => performance.now(),
      (ms) => {
        this.latencies.add(ms);
        this.recent.add(ms);
      },
    );
    const events: { readonly [E in LogEvent]?: (fields: LogEvents[E]) => void } = {
      connecting: () => journal.reconnected(),
      connected: () => {
        member.reached = true;
      },
      failure: ({ code, message }) => this.#failed(code, message, index),
    };
    const device = new Device({
      platform: {
        clock: this.#clock,
        timer: nodeTimer,
        random: nodeRandom,
        log: (_level, event, fields) => events[event]?.(fields),
        keyValue: new MemoryKeyValue(),
        TLS,
      },
      base,
      link: hostLink(TCP, this.#traffic),
      profile: gated(profile(index), this.#gate),
      config,
      journal,
      uplink: mqttUplink({ limits: STANDARD_LIMITS, keepAliveS }),
    });
    const member: Member = { device, journal, reached: false };
    return member;
  }

  #failed(code: string, message: string, index: number): void {
    const before = this.failures.get(code) ?? 0;
    this.failures.set(code, before + 1);
    if (before === 0) this.#options.onFailure?.(code, message, index);
  }
}

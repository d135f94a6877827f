// What the cloud says to the device of a storm: commands and configuration, at moments drawn from the seed, and more often around
// what happens to its connection (it comes, subscribes, breaks, is renewed) and around faults.

import { topicsBelow } from "../../firmware/cloud/topics.js";
import type { CloudEvent, Desk } from "../desk/desk.js";
import { Prng } from "../world/prng.js";
import type { Setup } from "./setup.js";

/** A command that the cloud sent. */
export interface Command {
  /** Milliseconds from the first power-on. */
  at: number;
  id: string;
  cmd: string;
  seconds?: number;
  /** The broker keeps it, and hands it to whoever subscribes. */
  kept: boolean;
}

/** Topics of a device to which a configuration can be sent: 1NCE's has none, other clouds' do. */
export function topicsWithConfig(id: string) {
  return { ...topicsBelow(id), config: `${id}/config`, state: `${id}/state` };
}

/** Shares of what is sent, added up. */
const KINDS: readonly { upTo: number; cmd: string; seconds?: "good" | "bad"; kept?: boolean }[] = [
  { upTo: 0.34, cmd: "ping" },
  { upTo: 0.48, cmd: "status" },
  { upTo: 0.66, cmd: "interval", seconds: "good" },
  { upTo: 0.7, cmd: "interval", seconds: "bad" },
  { upTo: 0.74, cmd: "nonsense" },
  { upTo: 0.8, cmd: "restart" },
  { upTo: 0.86, cmd: "ping", kept: true },
  { upTo: 0.9, cmd: "interval", seconds: "good", kept: true },
  { upTo: 0.94, cmd: "restart", kept: true },
];
/** What is left: many at once, more than a device takes. */
const FLOOD = { least: 5, most: 18 } as const;
/** How likely an event of the broker's brings a command with it, and how soon, in milliseconds. */
const BY_EVENT: Readonly<Partial<Record<CloudEvent["type"], number>>> = {
  connect: 0.12,
  subscribe: 0.12,
  close: 0.12,
  delivered: 0.02,
};
const SOON_MS = 3_000;
/** How likely one begins or follows a fault. */
const BY_FAULT = 0.1;
/** Share of configurations among what is sent to a device that takes any. */
const CONFIGURATIONS = 0.25;
/** An interval that no device takes, in seconds. */
const TOO_LONG = 100_000;
/** The longest interval that is asked for while nothing sleeps, in seconds: a device must have something to say. */
const INTERVAL_MOST_S = 150;

export class Downlink {
  readonly commands: Command[] = [];
  readonly #desk: Desk;
  readonly #setup: Setup;
  readonly #random: Prng;

  constructor(desk: Desk, setup: Setup, seed: number) {
    this.#desk = desk;
    this.#setup = setup;
    this.#random = new Prng(`downlink/${seed}`);
  }

  /** Begins. */
  start(): void {
    this.#in(-Math.log(1 - this.#random.unit()) * this.#setup.commandEveryS * 1_000, () => {
      this.#say();
      this.start();
    });
  }

  /** The broker saw something. */
  saw({ type }: CloudEvent): void {
    this.#perhaps(BY_EVENT[type] ?? 0);
  }

  /** A fault begins or ends. */
  fault(): void {
    this.#perhaps(BY_FAULT);
  }

  #perhaps(chance: number): void {
    if (this.#random.chance(chance)) this.#in(this.#random.unit() * SOON_MS, () => this.#say());
  }

  #in(ms: number, say: () => void): void {
    const { scheduler, now } = this.#desk.world;
    scheduler.at(now + ms, say);
  }

  #say(): void {
    if (this.#setup.configTopic && this.#random.chance(CONFIGURATIONS)) {
      this.#configure();
      return;
    }
    const drawn = this.#random.unit();
    const kind = KINDS.find(({ upTo }) => drawn < upTo);
    if (kind !== undefined) this.#send(kind);
    else {
      const count = FLOOD.least + this.#random.below(FLOOD.most - FLOOD.least + 1);
      for (let i = 0; i < count; i++) this.#send({ cmd: "ping" });
    }
  }

  #send({ cmd, seconds: which, kept = false }: Omit<(typeof KINDS)[number], "upTo">): void {
    // A device that nothing may restart would end for good.
    if (cmd === "restart" && this.#setup.steady) return;
    const { world, iccid } = this.#desk;
    const id = String(this.commands.length + 1);
    const seconds = which === undefined ? undefined : which === "good" ? this.#interval() : TOO_LONG;
    const command = { id, cmd, ...(seconds !== undefined && { seconds }) };
    this.commands.push({ at: world.elapsed, ...command, kept });
    this.#publish(`${iccid}/commands/${kept ? "kept" : "request"}`, command, kept);
  }

  #configure(): void {
    const settings = this.#random.chance(0.2) ? {} : { telemetryIntervalS: this.#interval() };
    const wrong = this.#random.chance(0.15) ? { telemetryIntervalS: TOO_LONG } : settings;
    this.#publish(topicsWithConfig(this.#desk.iccid).config, wrong, true);
  }

  #interval(): number {
    const { power, telemetryIntervalS } = this.#setup.config;
    const most = power === "psm" ? telemetryIntervalS : INTERVAL_MOST_S;
    return Math.round(most * (0.1 + 0.9 * this.#random.unit()));
  }

  #publish(topic: string, json: object, retain: boolean): void {
    const { cloud, world } = this.#desk;
    const payload = Buffer.from(JSON.stringify(json));
    cloud.brokerServer.push(cloud.broker.publish(topic, payload, 1, world.now, retain));
  }
}

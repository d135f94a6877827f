// What the cloud says to the device of a storm: commands and configuration, at moments drawn from the seed, and more often around
// what happens to its connection (it comes, subscribes, breaks, is renewed) and around faults.

import { topicsBelow } from "../../firmware/cloud/topics.js";
import type { DeviceApp } from "../../firmware/compose.js";
import type { AppArg, AppSetting } from "../../firmware/platform/app.js";
import { restsBetween } from "../../firmware/settings/rules.js";
import type { CloudEvent, Desk } from "../desk/desk.js";
import { logOf } from "../world/draws.js";
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
  /** It is the app's. `wrong`: with an argument that it does not take. */
  own?: { wrong: boolean };
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
/** Share of commands that are the app's, where there is one; of these, how many are wrong, and come in pairs. */
const OWN = 0.35;
const OWN_WRONG = 0.1;
const OWN_TWICE = 0.2;
/** How often a fault that bites with a command comes with one. */
const BITES = 0.7;
/** Share of configurations that set something of the app's. */
const OWN_SETTINGS = 0.5;

export class Downlink {
  readonly commands: Command[] = [];
  readonly #desk: Desk;
  readonly #setup: Setup;
  readonly #random: Prng;
  readonly #app: DeviceApp | undefined;

  /** @param app of the device's own; its commands and settings are used too */
  constructor(desk: Desk, setup: Setup, seed: number, app?: DeviceApp) {
    this.#desk = desk;
    this.#setup = setup;
    this.#app = app;
    this.#random = new Prng(`downlink/${seed}`);
  }

  /** Begins. */
  start(): void {
    this.#in(-logOf(1 - this.#random.unit()) * this.#setup.commandEveryS * 1_000, () => {
      this.#say();
      this.start();
    });
  }

  /** The broker saw something. */
  saw({ type }: CloudEvent): void {
    this.#perhaps(BY_EVENT[type] ?? 0);
  }

  /** A fault begins or ends. @param name of one that begins */
  fault(name?: string): void {
    this.#perhaps(BY_FAULT);
    // What goes wrong with an app's commands and with its end shows where there is one.
    const cmd = name === "app-close" ? "restart" : name === "app-command" ? this.#ownName() : undefined;
    if (cmd === undefined || !this.#random.chance(BITES)) return;
    this.#in(this.#random.unit() * SOON_MS, () => (cmd === "restart" ? this.#send({ cmd }) : this.#sendOwn(cmd)));
  }

  #ownName(): string | undefined {
    const names = Object.keys(this.#app?.commands ?? {});
    return names.length === 0 ? undefined : names[this.#random.below(names.length)];
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
    const name = this.#app && this.#random.chance(OWN) ? this.#ownName() : undefined;
    if (name !== undefined) {
      this.#sendOwn(name);
      if (this.#random.chance(OWN_TWICE)) this.#sendOwn(name);
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

  /** A command of the app's, with arguments as its table has them, or with one that is none. */
  #sendOwn(cmd: string): void {
    const table = Object.entries(this.#app!.commands![cmd]!.args ?? {});
    const wrong = table.length > 0 && this.#random.chance(OWN_WRONG);
    const args = table.flatMap(([name, arg], i) =>
      arg.optional && this.#random.chance(0.5) ? [] : [[name, wrong && i === 0 ? [] : this.#value(arg)] as const],
    );
    // The first one must be there to be wrong.
    const [first] = table;
    if (wrong && first && !args.some(([name]) => name === first[0])) args.push([first[0], []]);
    const id = String(this.commands.length + 1);
    this.commands.push({ at: this.#desk.world.elapsed, id, cmd, kept: false, own: { wrong } });
    const command = { id, cmd, ...Object.fromEntries(args) };
    this.#publish(`${this.#desk.iccid}/commands/request`, command, false);
  }

  #value(arg: AppArg | AppSetting): string | number | boolean {
    if ("choices" in arg) return arg.choices[this.#random.below(arg.choices.length)]!;
    if ("boolean" in arg) return this.#random.chance(0.5);
    if ("text" in arg) return "x".repeat(this.#random.below(arg.text + 1));
    const [least, most] = arg.range;
    const value = least + (most - least) * this.#random.unit();
    return "fractions" in arg && arg.fractions ? value : Math.round(value);
  }

  /** What a configuration may say to the app: one of its settings. */
  #ownSetting(): Record<string, unknown> {
    const open = Object.entries(this.#app?.settings ?? {}).filter(([, { by = "cloud" }]) => by === "cloud");
    if (open.length === 0 || !this.#random.chance(OWN_SETTINGS)) return {};
    const [name, setting] = open[this.#random.below(open.length)]!;
    return { [name]: this.#value(setting) };
  }

  #configure(): void {
    const interval = this.#random.chance(0.2) ? {} : { telemetryIntervalS: this.#interval() };
    const settings = this.#app ? { ...interval, ...this.#ownSetting() } : interval;
    const wrong = this.#random.chance(0.15) ? { telemetryIntervalS: TOO_LONG } : settings;
    this.#publish(topicsWithConfig(this.#desk.iccid).config, wrong, true);
  }

  #interval(): number {
    const { power, telemetryIntervalS } = this.#setup.config;
    const most = restsBetween(power) ? telemetryIntervalS : INTERVAL_MOST_S;
    return Math.round(most * (0.1 + 0.9 * this.#random.unit()));
  }

  #publish(topic: string, json: object, retain: boolean): void {
    const { cloud, world } = this.#desk;
    const payload = Buffer.from(JSON.stringify(json));
    cloud.brokerServer.push(cloud.broker.publish(topic, payload, 1, world.now, retain));
  }
}

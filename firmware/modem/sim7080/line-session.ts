// A session of the driver's. What does not change while the driver lives it has by the driver's options, and no copy of it.

import type { LinkOptions, LinkStage, LinkStatus } from "../../platform/link.js";
import type { Channel } from "../at/channel.js";
import type { BootWatch } from "./boot-watch.js";
import type { Model } from "./model.js";
import type { ModemSession } from "./session.js";

/** What all sessions of a driver have in common; `rests` and `isCold`: how the first one finds the modem. */
export type LineSessionParts = Pick<LinkOptions, "onStage"> &
  Pick<
    ModemSession,
    | "clock"
    | "timer"
    | "log"
    | "powerKey"
    | "pulses"
    | "supply"
    | "pins"
    | "config"
    | "baud"
    | "flowControl"
    | "models"
    | "rests"
    | "isCold"
  >;

/** One life of the serial line. */
export class LineSession implements ModemSession {
  readonly channel: Channel;
  readonly boot: BootWatch;
  currentBaud: number;
  model: Model;
  identity: Pick<LinkStatus, "iccid" | "imei" | "model" | "firmware"> = {};
  signal: Omit<LinkStatus, "iccid" | "imei" | "model" | "firmware"> = {};
  granted: ModemSession["granted"];
  rests: ModemSession["rests"];
  isCold: boolean;
  offAt = 0;
  isKept = false;
  readonly done = new Set<string>();
  clean = false;
  asyncOpen = false;
  concatenates = true;
  readonly #options: LineSessionParts;

  /** @param isFirst of this start of the chip: what is known of the modem from before it is known to this one alone */
  constructor(options: LineSessionParts, channel: Channel, boot: BootWatch, isFirst: boolean) {
    this.#options = options;
    this.channel = channel;
    this.boot = boot;
    this.currentBaud = options.baud;
    this.model = options.models[0];
    this.rests = isFirst ? options.rests : undefined;
    this.isCold = isFirst && options.isCold;
  }

  get clock() {
    return this.#options.clock;
  }
  get timer() {
    return this.#options.timer;
  }
  get log() {
    return this.#options.log;
  }
  get powerKey() {
    return this.#options.powerKey;
  }
  get pulses() {
    return this.#options.pulses;
  }
  get supply() {
    return this.#options.supply;
  }
  get pins() {
    return this.#options.pins;
  }
  get config() {
    return this.#options.config;
  }
  get baud() {
    return this.#options.baud;
  }
  get flowControl() {
    return this.#options.flowControl;
  }
  get models() {
    return this.#options.models;
  }

  report(stage: LinkStage, detail: string): void {
    this.#options.onStage?.(stage, detail);
  }
}

// An image as the chip that starts it finds it: the boot loader's part, and what is wrong with the firmware of a bad one.

import type { DeviceApp } from "../../firmware/compose.js";
import type { SerialClass } from "../../firmware/platform/io.js";
import type { TlsClass, TlsOptions } from "../../firmware/platform/tls.js";
import type { ImageContent } from "../boot/image.js";
import type { Slots, SlotsLife } from "../boot/slots.js";
import { PowerCut } from "../platform/nor-flash.js";
import { type Life, mortalFlash, whileAlive } from "./life.js";

/** How long a chip stands still until its watchdog bites, in milliseconds: longer than a trial. */
export const HUNG_MS = 660_000;

/** The boot loader runs. @returns the image that it starts; undefined: the power went, or there is none to start */
export function startedBy(slots: Slots, life: Life): ImageContent | undefined {
  try {
    return slots.start();
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error;
    life.powerCut();
    return undefined;
  }
}

/** What the firmware of a life stands on. */
export function slotsLife(life: Life, restart: () => void): SlotsLife {
  return {
    flash: (flash) => mortalFlash(flash, life),
    guarded: (work) => whileAlive(life, work),
    restart,
  };
}

/** A driver that is broken: what it writes to the modem never gets there. */
export function muted(Serial: SerialClass): SerialClass {
  return class extends Serial {
    override write(): number {
      return 1_024;
    }
  };
}

/** A firmware that has lost its trust anchors. */
export function distrustful(TLS: TlsClass): TlsClass {
  return class extends TLS {
    constructor(options: TlsOptions) {
      super({ ...options, secure: { ...options.secure, roots: [] } });
    }
  };
}

/** An app that is not well. What it starts stays the same object, since its commands are handed that. */
export function sick(app: DeviceApp | undefined): DeviceApp {
  const { start, ...rest } = app ?? { start: () => ({ sample: () => undefined }) };
  return { ...rest, start: (ctx) => Object.assign(start(ctx), { health: () => false }) };
}

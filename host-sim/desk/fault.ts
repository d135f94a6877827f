// A fault as plain data, so that a schedule of them can be drawn, printed, replayed and shrunk; and what a kind of fault is.

import type { Prng } from "../world/prng.js";
import type { Stage } from "./stage.js";

/** Where the outside meets the device. */
export const SEAMS = [
  "at",
  "modem",
  "network",
  "socket",
  "tls",
  "onboarding",
  "broker",
  "clock",
  "flash",
  "chip",
  "board",
  "app",
] as const;
export type Seam = (typeof SEAMS)[number];

export type FaultValue = number | string;

/** One entry of a schedule. */
export interface Fault {
  /** When it begins, in milliseconds from the device's first power-on. */
  at: number;
  /** Name of its kind: seam, dash, what goes wrong. */
  fault: string;
  value?: FaultValue;
  /** How long it lasts, in milliseconds; 0: it is over at once. */
  duration: number;
}

/** What of a device decides which faults it can be given. */
export interface Outfit {
  /** False: its board has no power key. */
  powerKey: boolean;
  /** Nothing may restart its chip. */
  steady: boolean;
  /** Blocks in the outbox's partition. */
  flashBlocks: number;
  config: { transport: "mqtt" | "ws" | "https"; positionS?: number | undefined };
  /** `none`: it has no app of its own, and no parts on its board. */
  app: string;
  /** Whose broker it goes to. */
  cloud: "1nce" | "jwt";
  /** Its chip sleeps deeply, where it sleeps. */
  deepSleep: boolean;
}

/** A way to go wrong. */
export interface FaultKind {
  seam: Seam;
  /** One sentence: what goes wrong. */
  help: string;
  /** Least and most seconds it lasts; left out: it is over at once. */
  lasts?: readonly [least: number, most: number];
  /** Draws its value. */
  value?: (random: Prng) => FaultValue;
  /** Devices that are spared it, as nothing they have could mend it; left out: none. */
  spares?: (outfit: Outfit) => boolean;
  /** Begins it; a second one while the first lasts begins it again, with its own value. */
  begin: (stage: Stage, value: FaultValue | undefined) => void;
  /** Ends it, once all of this kind have ended. */
  end?: (stage: Stage) => void;
}

/** When a fault is over, in milliseconds from the first power-on. */
export const endOf = ({ at, duration }: Fault): number => at + duration;

/** `at` as people write it: `5:07:12.345`, hours first. */
export function timeText(ms: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const seconds = Math.floor(ms / 1000);
  const fraction = String(Math.floor(ms % 1000)).padStart(3, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${fraction}`;
}

/** A fault on one line. */
export function faultText({ at, fault, value, duration }: Fault): string {
  const what = value === undefined ? fault : `${fault}=${value}`;
  return `${timeText(at)}  ${what}${duration > 0 ? ` for ${Math.round(duration / 100) / 10} s` : ""}`;
}

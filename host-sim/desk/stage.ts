// What faults act on: one device and the world around it.

import type { BoardCore } from "../board/board.js";
import type { Sim7080 } from "../modem/sim7080.js";
import type { VirtualCloud } from "../simulation/virtual-cloud.js";
import type { ModemAction } from "../world/core.js";
import type { LinkProfile, Path } from "../world/link.js";
import type { VirtualNetwork } from "../world/network.js";
import type { AppMishaps } from "./app-mishaps.js";
import type { WornFlash } from "./worn-flash.js";

export interface Stage {
  readonly now: number;
  readonly cloud: VirtualCloud;
  readonly network: VirtualNetwork;
  readonly modem: Sim7080;
  readonly flash: WornFlash;
  readonly path: Path;
  /** The radio as it is without a fault. */
  readonly radio: LinkProfile;
  readonly iccid: string;
  /** What can go wrong with the device's own app; undefined: it has none. */
  readonly app: AppMishaps | undefined;
  /** Its board with the parts on it; undefined: there are none. */
  readonly parts: BoardCore | undefined;
  /** Carries out what the modem decided on a fault. */
  push(actions: readonly ModemAction[]): void;
  /** Takes the board's power away and gives it back after `ms` milliseconds; the modem keeps its own. */
  powerDip(ms: number): void;
  /** The engine that runs the firmware ends after so many of its steps more; infinity: it does not. */
  engineEnds(after: number): void;
  /** It ends at this step of each life, counted from its beginning; infinity: it does not. */
  engineEndsAt(step: number): void;
  /** Moves the board's wall clock, if it is set, by this many milliseconds. */
  moveClock(ms: number): void;
  /** Another client connects under the device's own name, with a good token, and leaves again. */
  twin(): void;
  /** Switches a second device with the same SIM on or off. */
  clone(on: boolean): void;
}

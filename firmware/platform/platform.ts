// All that a device stands on, as the composition root hands it in.

import type { Clock, Timer } from "./clock.js";
import type { Log } from "./events.js";
import type { SerialClass } from "./io.js";
import type { DigitalOut } from "./pins.js";
import type { IoProvider } from "./provider.js";
import type { Flash, KeyValue } from "./storage.js";
import type { KeptSlots, Random, ResetMemory, Restart, Sleep, Watchdog } from "./system.js";
import type { TlsClass } from "./tls.js";
import type { UpdatePlatform } from "./update.js";

/** All that a device stands on, as a composition root hands it in. */
export interface Platform {
  clock: Clock;
  timer: Timer;
  random: Random;
  log: Log;
  /** The UART the modem hangs on. */
  Serial: SerialClass;
  TLS: TlsClass;
  keyValue: KeyValue;
  /** True: what it keeps can be read with the chip's own key alone. */
  storeIsEncrypted?: boolean;
  /** Partition of the outbox; absent: records are kept in RAM only. */
  flash?: Flash;
  /** PWRKEY line; level 1 presses the key whatever the board's transistor does. Absent where no line is wired. */
  powerKey?: DigitalOut;
  /** Absent: every start counts as one by power. */
  resetMemory?: ResetMemory;
  /** For TLS sessions; absent: none is kept. */
  keptSlots?: KeptSlots;
  sleep?: Sleep;
  restart?: Restart;
  watchdog?: Watchdog;
  /** The board's ports, for an app; absent: a desk without a board. */
  device?: IoProvider;
  /** Absent: a board with one slot, or a build without release keys. */
  update?: UpdatePlatform;
}

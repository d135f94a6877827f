// A board on the desk: the firmware's platform in Node. A restart of the chip ends its timers; key-value and modem go on.

import type { Timer } from "../../../firmware/platform/clock.js";
import type { Log } from "../../../firmware/platform/events.js";
import type { Platform } from "../../../firmware/platform/platform.js";
import type { IoProvider } from "../../../firmware/platform/provider.js";
import type { Flash, KeyValue } from "../../../firmware/platform/storage.js";
import type { ResetCause } from "../../../firmware/platform/system.js";
import { nodeClock, nodeTimer } from "../../platform/clock.js";
import type { BoardMemory } from "../../platform/reset-memory.js";
import { nodeRandom } from "../../platform/system.js";
import { NodeTLS } from "../../platform/tls.js";
import type { Desk } from "./desk.js";

/** One power-on or restart of the chip. */
export interface Boot {
  platform: Platform;
  /** Nothing of this boot runs any more. */
  end(): void;
}

/** What outlives a restart of the chip. */
export interface Memory {
  keyValue: KeyValue;
  /** Partition of the outbox. */
  flash?: Flash;
  /** For as long as the board has power, which is as long as a run lasts. */
  reset: BoardMemory;
}

/**
 * Powers the board on.
 * @param cause why it starts
 * @param onRestart called when the firmware restarts the chip
 * @param ports of the board, for an app
 */
export function boot(
  desk: Desk,
  memory: Memory,
  log: Log,
  cause: ResetCause,
  onRestart: () => void,
  ports?: IoProvider,
): Boot {
  const { keyValue, flash, reset } = memory;
  let isOn = true;
  const { timer, end: endTimers } = endingTimer();
  const end = () => {
    isOn = false;
    endTimers();
  };
  const { Serial, powerKey } = desk;
  const platform: Platform = {
    clock: nodeClock(),
    timer,
    random: nodeRandom,
    log,
    Serial,
    TLS: NodeTLS,
    keyValue,
    ...(flash && { flash }),
    ...(powerKey && { powerKey }),
    ...(ports && { device: ports }),
    resetMemory: reset.boot(cause, () => isOn),
    restart: onRestart,
  };
  return { platform, end };
}

/** Timers that can be ended all at once. */
function endingTimer(): { timer: Timer; end: () => void } {
  const running = new Set<unknown>();
  let ended = false;
  const timer: Timer = {
    set: (callback, ms) => {
      if (ended) return undefined;
      const id = nodeTimer.set(() => {
        running.delete(id);
        callback();
      }, ms);
      running.add(id);
      return id;
    },
    clear: (id) => {
      running.delete(id);
      nodeTimer.clear(id);
    },
  };
  const end = () => {
    ended = true;
    for (const id of running) nodeTimer.clear(id);
    running.clear();
  };
  return { timer, end };
}

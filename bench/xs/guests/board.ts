// The platform of a measured device: the chip's own wrappers (clock, timers, UART, TLS stream) over natives that are `host`.

import type { Log } from "../../../firmware/platform/events.js";
import { xsClock, xsTimer } from "../../../firmware/platform/moddable/clock.js";
import { nativeTls } from "../../../firmware/platform/native/tls/stream.js";
import { nativeSerial } from "../../../firmware/platform/native/uart/serial.js";
import type { Platform } from "../../../firmware/platform/platform.js";
import type { Flash, FlashStatus, KeyValue } from "../../../firmware/platform/storage.js";
import type { KeptSlots } from "../../../firmware/platform/system.js";
import { Port } from "./native/port.js";
import { Session } from "./native/session.js";

const FLASH = { size: 65_536, blockLength: 4096, blocks: 16, writeAlign: 16, eraseValue: 0xff };
/** As the chip's, which lie in flash too; no server has filled one. */
const SLOTS: KeptSlots = { count: 2, size: 2_048, read: () => undefined, write: () => {} };
const WIRING = { port: 1, tx: 17, rx: 18 };

/** @param log hears of everything, as the chip's console does */
export function board(log: (event: string) => void): Platform {
  const fault = (error: unknown) => {
    host.print(JSON.stringify({ fault: String(error) }));
    host.end();
  };
  const clock = xsClock();
  const timer = xsTimer(fault);
  return {
    clock,
    timer,
    random: (into) => host.random(into),
    log: consoleLog(() => clock.monotonic(), log),
    TLS: nativeTls(Session),
    Serial: nativeSerial(Port, WIRING, timer, fault),
    keyValue: new Nvs(),
    flash: new Partition(),
    powerKey: { write: (level) => host.key(level) },
    keptSlots: SLOTS,
    restart: () => fault("the device restarted"),
  };
}

class Nvs implements KeyValue {
  read(key: string): Uint8Array | undefined {
    const bytes = host.kvRead(key);
    return bytes === undefined ? undefined : new Uint8Array(bytes);
  }
  write(key: string, value: Uint8Array): void {
    host.kvWrite(key, value);
  }
  delete(key: string): void {
    host.kvDelete(key);
  }
}

class Partition implements Flash {
  read(length: number, offset: number): Uint8Array {
    return new Uint8Array(host.flashRead(length, offset));
  }
  write(bytes: Uint8Array, offset: number): void {
    host.flashWrite(bytes, offset);
  }
  eraseBlock(block: number): void {
    host.flashErase(block);
  }
  status(): FlashStatus {
    return FLASH;
  }
  get crc32(): (bytes: Uint8Array) => number {
    return host.crc32;
  }
}

/** Makes each line that the chip would write to its console, and drops it. */
function consoleLog(now: () => number, log: (event: string) => void): Log {
  return (level, event, fields) => {
    const values = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
    [(now() / 1000).toFixed(2), level, event, ...values].join(" ").concat("\r\n");
    log(event);
  };
}

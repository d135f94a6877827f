// The rest of what a device stands on. Each may be absent where a board lacks it.

/** Fills the whole view with random bytes from a cryptographic source; on the desk's virtual clock from the seed. */
export type Random = (into: Uint8Array) => void;

/** Deep sleep: the chip goes off and boots again after `ms` milliseconds. Never returns on the chip. */
export type Sleep = (ms: number) => void;

/** Restarts the chip. Never returns on the chip. */
export type Restart = () => void;

/** Restarts the chip unless fed in time. Fed by proven progress only. */
export interface Watchdog {
  feed(): void;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

/** One line of the device's log. `fields` hold numbers and short strings for programs; never a secret. */
export type Log = (level: LogLevel, event: string, fields?: Readonly<Record<string, LogValue>>) => void;
export type LogValue = string | number | boolean | undefined;

/** A number 0 <= x < 1 from a random source, for jitter. */
export function unit(random: Random): number {
  const word = new Uint8Array(4);
  random(word);
  return new DataView(word.buffer).getUint32(0) / 0x1_0000_0000;
}

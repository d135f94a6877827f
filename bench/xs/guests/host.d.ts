// The global `host`: the outside of a measured program. engine/host.c gives it to XS; journey.ts gives the same to Node, records
// what passes through it, and XS then gets to see and must do exactly that.

declare const host: {
  /** A line for the bench: one JSON object. */
  print(line: string): void;
  /** XS instructions so far. */
  meter(): number;
  /** The program is done. */
  end(): void;
  /** `length` bytes of one of the bench's files from byte `offset` on; undefined behind its end. */
  input(file: string, offset: number, length: number): ArrayBuffer | undefined;
  /**
   * Collects all that can go and prints what is in use then: slots, bytes of chunks, names made at run time and the
   * latest of them.
   */
  census(what: string): void;

  /** Milliseconds since power-on. */
  now(): number;
  /** Calls back once, `ms` whole milliseconds from now, with what this returned. */
  setTimer(callback: (id: object) => void, ms: number): object;
  clearTimer(timer: object): void;

  /** A new pipe of bytes. Pipe 0 comes from the modem, pipe 1 leads to it. */
  pipe(): number;
  unpipe(pipe: number): void;
  put(pipe: number, bytes: ArrayBuffer | Uint8Array): void;
  take(pipe: number, most: number): ArrayBuffer | undefined;
  size(pipe: number): number;
  /** Calls back whenever bytes have come from the modem. */
  onArrival(callback: () => void): void;
  setBaud(baud: number): void;
  /** The modem's power key; 1: pressed. */
  key(level: 0 | 1): void;

  random(into: Uint8Array): void;
  kvRead(key: string): ArrayBuffer | undefined;
  kvWrite(key: string, value: Uint8Array): void;
  kvDelete(key: string): void;
  /** 16 blocks of 4096 bytes. */
  flashRead(length: number, offset: number): ArrayBuffer;
  flashWrite(bytes: Uint8Array, offset: number): void;
  flashErase(block: number): void;
  /** What the chip has in ROM. */
  crc32(bytes: Uint8Array): number;
};

interface StringConstructor {
  /** XS: the text whose UTF-8 the buffer holds. */
  fromArrayBuffer(buffer: ArrayBuffer): string;
}

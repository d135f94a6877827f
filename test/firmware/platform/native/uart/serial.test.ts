import { describe, expect, test } from "@jest/globals";
import { asFailure } from "../../../../../firmware/platform/failure.js";
import type { SerialOptions, SerialPort } from "../../../../../firmware/platform/io.js";
import {
  nativeSerial,
  UART_EVENT,
  type UartPort,
  type UartPortOptions,
} from "../../../../../firmware/platform/native/uart/serial.js";

const RING = 4096;

/** A port in memory, and timers that run when told. */
class Bench {
  options!: UartPortOptions;
  readonly inbox: number[] = [];
  sent = 0;
  /** What the driver's ring takes of itself for each write. */
  overhead = 0;
  baud: number | undefined;
  closed = false;
  readonly timers: { callback: () => void; ms: number }[] = [];
  readonly faults: unknown[] = [];
  readonly seen: string[] = [];
  readonly serial: SerialPort;

  constructor(more: Partial<SerialOptions> = {}, wiring: { rts?: number; cts?: number } = {}) {
    const bench = this;
    class Port implements UartPort {
      constructor(options: UartPortOptions) {
        bench.options = options;
      }
      get readable() {
        return bench.inbox.length;
      }
      read(most: number) {
        const taken = bench.inbox.splice(0, most);
        return taken.length === 0 ? undefined : Uint8Array.from(taken).buffer;
      }
      get writable() {
        return RING - bench.sent;
      }
      write(bytes: Uint8Array) {
        bench.sent += bytes.length + bench.overhead;
      }
      setBaud(baud: number) {
        bench.baud = baud;
      }
      close() {
        bench.closed = true;
      }
    }
    const timer = {
      set: (callback: () => void, ms: number) => {
        const entry = { callback, ms };
        this.timers.push(entry);
        return entry;
      },
      clear: (id: unknown) => {
        const at = this.timers.indexOf(id as { callback: () => void; ms: number });
        if (at >= 0) this.timers.splice(at, 1);
      },
    };
    const Serial = nativeSerial(Port, { port: 1, tx: 5, rx: 4, ...wiring }, timer, (error) => this.faults.push(error));
    this.serial = new Serial({
      baud: 115_200,
      onReadable: (count) => this.seen.push(`readable ${count}`),
      onWritable: (room) => this.seen.push(`writable ${room}`),
      onError: (error) => this.seen.push(asFailure(error).code),
      ...more,
    });
  }

  tick(): void {
    for (const { callback } of this.timers.splice(0)) callback();
  }
}

describe("the Serial class over the native port", () => {
  test("tells of the whole transmit ring first, and not from inside its constructor", () => {
    const bench = new Bench();
    expect(bench.seen).toEqual([]);
    bench.tick();
    expect(bench.seen).toEqual([`writable ${RING}`]);
  });

  test("reports what arrived and hands it over in parts", () => {
    const bench = new Bench();
    bench.inbox.push(1, 2, 3);
    bench.options.onEvent(UART_EVENT.arrived);
    expect(bench.seen).toEqual(["readable 3"]);
    expect([...new Uint8Array(bench.serial.read(2)!)]).toEqual([1, 2]);
    expect([...new Uint8Array(bench.serial.read()!)]).toEqual([3]);
    expect(bench.serial.read()).toBeUndefined();
  });

  test("reports lost bytes as serial-overrun, after those that are left", () => {
    const bench = new Bench();
    bench.inbox.push(1);
    bench.options.onEvent(UART_EVENT.arrived | UART_EVENT.overrun);
    expect(bench.seen).toEqual(["readable 1", "serial-overrun"]);
  });

  test("takes what its ring has room for, and tells of room once half of it is free", () => {
    const bench = new Bench();
    bench.tick();
    expect(bench.serial.write(new Uint8Array(1000))).toBe(RING - 1000);
    expect(bench.timers).toEqual([]);
    expect(bench.serial.write(new Uint8Array(RING - 1000))).toBe(0);
    expect(() => bench.serial.write(new Uint8Array(1))).toThrow(expect.objectContaining({ code: "output-full" }));
    bench.sent = RING / 2 + 1;
    bench.tick();
    expect(bench.seen).toEqual([`writable ${RING}`]);
    bench.sent = RING / 2;
    bench.tick();
    expect(bench.seen).toEqual([`writable ${RING}`, `writable ${RING / 2}`]);
    expect(bench.timers).toEqual([]);
  });

  test("tells of the room there is after a write, which is less than what was written takes", () => {
    const bench = new Bench();
    bench.overhead = 24;
    expect(bench.serial.write(new Uint8Array(1000))).toBe(RING - 1024);
  });

  test("wires RTS and CTS only where hardware flow control is asked for", () => {
    expect(new Bench({}, { rts: 6, cts: 7 }).options).not.toHaveProperty("rts");
    expect(new Bench({ flowControl: "hardware" }, { rts: 6, cts: 7 }).options).toMatchObject({ rts: 6, cts: 7 });
  });

  test("what a callback throws goes to the fault handler, not into the native code", () => {
    const oops = new Error("oops");
    const bench = new Bench({
      onReadable: () => {
        throw oops;
      },
    });
    bench.inbox.push(1);
    expect(() => bench.options.onEvent(UART_EVENT.arrived)).not.toThrow();
    expect(bench.faults).toEqual([oops]);
  });

  test("after close nothing is called, read or set any more", () => {
    const bench = new Bench();
    bench.serial.setBaud(921_600);
    expect(bench.baud).toBe(921_600);
    bench.serial.close();
    bench.serial.close();
    expect(bench.closed).toBe(true);
    bench.inbox.push(1);
    bench.options.onEvent(UART_EVENT.arrived);
    bench.tick();
    bench.serial.setBaud(1);
    expect(bench.seen).toEqual([]);
    expect(bench.baud).toBe(921_600);
    expect(bench.serial.read()).toBeUndefined();
    expect(() => bench.serial.write(new Uint8Array(1))).toThrow(expect.objectContaining({ code: "closed" }));
    expect(() => {
      bench.serial.format = "number";
    }).toThrow(RangeError);
    expect(bench.serial.format).toBe("buffer");
  });
});

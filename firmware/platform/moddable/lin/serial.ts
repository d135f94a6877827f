// The modem's UART on platform lin: a serial device or pty, or a TCP port such as that of `simkey modem`, behind one face.
// The SDK's classes take little at a time and not always; what is written waits here, within the bounds of the chip's driver.

import SdkSerial from "embedded:io/serial";
import SdkTcp from "embedded:io/socket/tcp";
import { Failure } from "../../failure.js";
import { type BufferLike, bytesOf, type SerialClass, type SerialOptions, type SerialPort } from "../../io.js";

/** Bytes one write may have: what the chip's transmit ring holds. */
const OUTPUT_LIMIT = 4096;
/** Most bytes that the SDK takes at a time. */
const CHUNK = 1024;

/** What the SDK's two classes have in common. */
interface Raw {
  read(byteLength?: number): ArrayBuffer | undefined;
  write(bytes: ArrayBuffer): void;
  close(): void;
}
interface RawCallbacks {
  onReadable(count: number): void;
  onWritable(room: number): void;
  onError(): void;
}
type RawClass = new (options: RawCallbacks & Record<string, unknown>) => Raw;

/**
 * A serial class for one port.
 * @param where `tcp:ADDRESS:PORT` with a numeric address, or the path of a device
 * @param onFault called with what a callback threw: past the SDK it would end XS, or go unseen
 */
export function linSerial(where: string, onFault: (error: unknown) => void): SerialClass {
  const guarded =
    <T extends unknown[]>(callback: (...values: T) => void) =>
    (...values: T) => {
      try {
        callback(...values);
      } catch (error) {
        onFault(error);
      }
    };

  return class LinSerial implements SerialPort {
    readonly #options: SerialOptions;
    readonly #queue = new Uint8Array(OUTPUT_LIMIT);
    #queued = 0;
    #raw: Raw | undefined;
    #baud: number;
    /** Speed to change to once the queue is empty. */
    #nextBaud: number | undefined;
    /** Bytes that the SDK said can be read, and that it takes. */
    #arrived = 0;
    #room = 0;
    #told = false;

    constructor(options: SerialOptions) {
      this.#options = options;
      this.#baud = options.baud;
      this.#raw = this.#open();
    }

    get format(): string {
      return "buffer";
    }

    set format(format: string) {
      if (format !== "buffer") throw new RangeError(`format "${format}" is not supported, only "buffer"`);
    }

    read(byteLength = this.#arrived): ArrayBuffer | undefined {
      const count = Math.min(byteLength, this.#arrived);
      if (count === 0) return undefined;
      const bytes = this.#raw?.read(count);
      this.#arrived -= bytes?.byteLength ?? this.#arrived;
      return bytes;
    }

    write(buffer: BufferLike): number {
      const bytes = bytesOf(buffer);
      const room = OUTPUT_LIMIT - this.#queued;
      if (bytes.length > room)
        throw new Failure("output-full", `write of ${bytes.length} bytes where ${room} fit`, "retry");
      this.#queue.set(bytes, this.#queued);
      this.#queued += bytes.length;
      this.#flush();
      return OUTPUT_LIMIT - this.#queued;
    }

    setBaud(baud: number): void {
      this.#nextBaud = baud;
      this.#flush();
    }

    close(): void {
      this.#raw?.close();
      this.#raw = undefined;
    }

    #open(): Raw {
      const callbacks: RawCallbacks = {
        onReadable: guarded((count) => {
          this.#arrived = count;
          this.#options.onReadable?.(count);
        }),
        onWritable: guarded((room) => {
          this.#room = room;
          this.#flush();
          if (this.#raw === undefined || (this.#told && this.#queued > 0)) return;
          this.#told = true;
          this.#options.onWritable?.(OUTPUT_LIMIT - this.#queued);
        }),
        onError: guarded(() => {
          this.close();
          this.#options.onError?.(new Failure("serial-lost", `the port ${where} is gone`, "give-up"));
        }),
      };
      const [kind, address, port] = where.split(":");
      if (kind === "tcp") {
        return new (SdkTcp as unknown as RawClass)({ ...callbacks, address, port: Number(port), nodelay: true });
      }
      return new (SdkSerial as unknown as RawClass)({
        ...callbacks,
        device: where,
        baud: this.#baud,
        format: "buffer",
      });
    }

    /** Hands on one chunk; the SDK says when it takes the next. */
    #flush(): void {
      if (this.#raw === undefined) return;
      const count = Math.min(this.#queued, this.#room, CHUNK);
      if (count > 0) {
        this.#room = 0;
        this.#raw.write(this.#queue.slice(0, count).buffer);
        this.#queue.copyWithin(0, count, this.#queued);
        this.#queued -= count;
      }
      if (this.#queued === 0 && this.#nextBaud !== undefined) this.#changeBaud(this.#nextBaud);
    }

    /** The SDK's class cannot change its speed, so the device is opened anew. A TCP port has none. */
    #changeBaud(baud: number): void {
      this.#nextBaud = undefined;
      if (baud === this.#baud || where.startsWith("tcp:")) return;
      this.#baud = baud;
      this.#raw?.close();
      this.#room = 0;
      this.#raw = this.#open();
    }
  };
}

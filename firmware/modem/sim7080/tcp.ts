// The ECMA-419 TCP class over the modem's sockets.

import type { BufferLike, ByteStream, TcpClass, TcpOptions } from "../../platform/io.js";
import type { Connection } from "./connection.js";

type Open = (options: TcpOptions) => Connection;

/** @param open takes an id and begins to open; its failures are told through onError */
export function tcpClass(open: Open): TcpClass {
  return class extends ModemTcp {
    constructor(options: TcpOptions) {
      super(options, open);
    }
  };
}

// At module level, so that it lies in flash.
class ModemTcp implements ByteStream {
  readonly #connection: Connection;
  constructor(options: TcpOptions, open: Open) {
    this.#connection = open(options);
  }
  get format(): string {
    return "buffer";
  }
  set format(format: string) {
    if (format !== "buffer") throw new RangeError(`format ${format} is not supported`);
  }
  read(byteLength?: number): ArrayBuffer | undefined {
    return this.#connection.read(byteLength);
  }
  write(bytes: BufferLike): number {
    return this.#connection.write(bytes);
  }
  close(): void {
    this.#connection.close();
  }
}

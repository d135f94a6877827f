// The ECMA-419 TCP class over the modem's sockets.

import type { BufferLike, ByteStream, TcpClass, TcpOptions } from "../platform/io.js";
import type { Connection } from "./connection.js";

/** @param open takes an id and begins to open; its failures are told through onError */
export function tcpClass(open: (options: TcpOptions) => Connection): TcpClass {
  return class ModemTcp implements ByteStream {
    readonly #connection: Connection;
    constructor(options: TcpOptions) {
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
  };
}

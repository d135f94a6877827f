// ECMA-419 TCP over node:net.

import { connect, type Socket } from "node:net";
import { type Advice, Failure } from "../../firmware/platform/failure.js";
import type { TcpClass, TcpOptions } from "../../firmware/platform/io.js";
import type { NameTable } from "../world/core.js";
import { StreamBase } from "../world/stream.js";

/** Bytes that may wait to be sent. */
const OUTPUT_LIMIT = 65_536;
/** Unread bytes above which nothing more is taken from the kernel. */
const INPUT_LIMIT = 65_536;

const FAILURES: Readonly<Record<string, { code: string; advice: Advice }>> = {
  ECONNREFUSED: { code: "tcp-refused", advice: "back-off" },
  ENOTFOUND: { code: "tcp-dns", advice: "back-off" },
  EAI_AGAIN: { code: "tcp-dns", advice: "back-off" },
  ETIMEDOUT: { code: "tcp-timeout", advice: "back-off" },
  EHOSTUNREACH: { code: "tcp-unreachable", advice: "back-off" },
  ENETUNREACH: { code: "tcp-unreachable", advice: "back-off" },
  ECONNRESET: { code: "tcp-reset", advice: "back-off" },
  EPIPE: { code: "tcp-reset", advice: "back-off" },
};

export interface NodeTcpOptions {
  /** Leads host names and ports elsewhere; left out: names are resolved by the system. */
  names?: NameTable;
  /** Address to dial from. */
  localAddress?: string;
}

/** A TCP class on this machine's network. Its errors: `closed` for an orderly end, `tcp-…` for all others. */
export function nodeTcp(network: NodeTcpOptions = {}): TcpClass {
  return class NodeTCP extends StreamBase {
    readonly #socket: Socket | undefined;
    readonly #target: string;

    constructor(options: TcpOptions) {
      super(options);
      const { host, port } = options;
      if (!(Number.isInteger(port) && port >= 1 && port <= 65_535)) throw new RangeError(`port ${port}`);
      this.#target = `${host}:${port}`;
      const address = network.names ? network.names.lookup(host, port) : { host, port };
      if (address === undefined) {
        queueMicrotask(() => this.#failed("ENOTFOUND", "the name does not resolve"));
        return;
      }
      const { localAddress } = network;
      const socket = connect({ ...address, noDelay: true, ...(localAddress !== undefined && { localAddress }) });
      this.#socket = socket;
      socket.on("connect", () => this.grant(OUTPUT_LIMIT));
      socket.on("data", (bytes) => {
        if (this.unread + bytes.length >= INPUT_LIMIT) socket.pause();
        this.deliver(new Uint8Array(bytes));
      });
      socket.on("end", () => this.fail(new Failure("closed", `${this.#target} closed the connection`, "back-off")));
      socket.on("error", (error: NodeJS.ErrnoException) => this.#failed(error.code ?? "", error.message, error));
    }

    #failed(code: string, message: string, cause?: Error): void {
      const failure = FAILURES[code] ?? { code: "tcp-error", advice: "back-off" };
      this.fail(new Failure(failure.code, `${this.#target}: ${message}`, failure.advice, cause));
    }

    protected override transmit(bytes: Uint8Array): number {
      const socket = this.#socket!;
      socket.write(bytes, () => this.grant(this.#space()));
      return this.#space();
    }

    protected override consumed(): void {
      if (this.#socket?.isPaused() && this.unread < INPUT_LIMIT / 2) this.#socket.resume();
    }

    protected override shut(): void {
      this.#socket?.destroySoon();
    }

    #space(): number {
      return Math.max(0, OUTPUT_LIMIT - this.#socket!.writableLength);
    }
  };
}

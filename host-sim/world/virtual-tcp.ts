// An ECMA-419 TCP class straight on the virtual network, without a modem in between: for tests of what runs over TCP.

import { Failure } from "../../firmware/platform/failure.js";
import type { TcpClass, TcpOptions } from "../../firmware/platform/io.js";
import type { ConnectFailure, Connection, ConnectionEvents, Origin } from "./connection.js";
import type { VirtualNetwork } from "./network.js";
import { StreamBase } from "./stream.js";

/** Bytes that may be on their way and not acknowledged. */
export const SEND_BUFFER = 16_384;

const ADVICE: Record<ConnectFailure, string> = {
  dns: "the name does not resolve",
  refused: "nobody listens there",
  timeout: "no answer",
  unreachable: "no route",
};

/** The TCP class of `origin`, whose events must be marked impure. */
export function virtualTcp(network: VirtualNetwork, origin: Origin): TcpClass {
  return class VirtualTcp extends StreamBase implements ConnectionEvents {
    readonly #target: string;
    readonly #connection: Connection;
    #unacked = 0;

    constructor(options: TcpOptions) {
      super(options);
      this.#target = `${options.host}:${options.port}`;
      this.#connection = network.connect(options.host, options.port, origin, this);
    }

    connected(): void {
      this.grant(SEND_BUFFER);
    }

    failed(reason: ConnectFailure): void {
      this.fail(new Failure(`tcp-${reason}`, `cannot connect to ${this.#target}: ${ADVICE[reason]}`, "back-off"));
    }

    data(bytes: Uint8Array): void {
      this.deliver(bytes);
    }

    acked(count: number): void {
      this.#unacked -= count;
      this.grant(SEND_BUFFER - this.#unacked);
    }

    closed(abort: boolean): void {
      const code = abort ? "tcp-reset" : "closed";
      this.fail(new Failure(code, `${this.#target} ended the connection${abort ? " by a reset" : ""}`, "back-off"));
    }

    protected override transmit(bytes: Uint8Array): number {
      this.#unacked += bytes.length;
      this.#connection.send(bytes);
      return SEND_BUFFER - this.#unacked;
    }

    protected override consumed(count: number): void {
      this.#connection.consume(count);
    }

    protected override shut(): void {
      this.#connection.close();
    }
  };
}

// One TCP connection of the module: what was asked for, and how far it is.

import { ByteQueue } from "../world/byte-queue.js";
import type { ModemTls } from "../world/core.js";
import type { Job } from "./agenda.js";

/** What AT+CAOPEN asked for. */
export interface OpenRequest {
  pdp: number;
  host: string;
  port: number;
  type: "TCP" | "UDP";
  tls: ModemTls | undefined;
  /** Received bytes are pushed with +CAURC instead of waiting for CARECV. */
  push: boolean;
  /** Called once with the result code. */
  done: (result: number) => void;
}

/** A connection id in use. */
export class Socket {
  readonly cid: number;
  readonly request: OpenRequest;
  state: "opening" | "connected" | "closed" | "listening" = "opening";
  /** Of the peer, where it is known. */
  address: string | undefined;
  /** Lengths of the datagrams that wait (UDP): a read gives of one only. */
  datagrams: number[] = [];
  readonly received = new ByteQueue();
  /** Bytes the peer may still send before the buffer is full. */
  window = 0;
  sent = 0;
  unacked = 0;
  receivedInAll = 0;
  timer: Job | undefined;

  constructor(cid: number, request: OpenRequest) {
    this.cid = cid;
    this.request = request;
  }
}

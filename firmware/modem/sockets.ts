// All TCP connections over the modem: ids, and the one loop that moves their bytes (SIM7080 AT V1.07 §12).
// Rules: one transfer at a time, the connections in turn; AT+CARECV until empty; never more unacknowledged bytes than the
// modem stands; data that arrived before the peer's close stays readable; every id is released with AT+CACLOSE.

import type { Clock, Timer, TimerId } from "../platform/clock.js";
import type { TcpClass, TcpOptions } from "../platform/io.js";
import { ACK_POLL_MS, AckWindow } from "./ack-window.js";
import { AtError, unreadable } from "./at-error.js";
import type { Channel } from "./channel.js";
import {
  close,
  MAX_TRANSFER_BYTES,
  OPEN_TIMEOUT_MS,
  open,
  readAcknowledged,
  receive,
  SOCKET_IDS,
  type SocketUrc,
  send,
} from "./commands/socket.js";
import { Connection } from "./connection.js";
import { isHost } from "./host.js";
import { openError, SocketError } from "./socket-error.js";
import { tcpClass } from "./tcp.js";

/** Chunk that every firmware takes; some refuse more than 1318 before the prompt. */
export const SAFE_CHUNK_BYTES = 1024;
/** How long data that arrived before the end is kept for an owner that does not read it. */
const UNREAD_GRACE_MS = 30_000;

/** Where one id stands. `idle` ids have no entry. */
type SlotState =
  | "new" // AT+CAOPEN not sent yet
  | "connecting" // sent, the result comes as URC
  | "open"
  | "drained" // the peer closed and nothing is left in the modem
  | "closing"; // only AT+CACLOSE is left to do

interface Slot {
  readonly cid: number;
  readonly connection: Connection;
  state: SlotState;
  /** The modem may hold received bytes. */
  unread: boolean;
  /** Why it has ended, once it has: told to the owner when the modem is empty. */
  reason: Error | undefined;
  readonly window: AckWindow;
  /** The last transfer was a reception: sending goes first now. */
  lastReceived: boolean;
  /** The id was released and opened anew once. */
  retried: boolean;
  timer: TimerId;
}

/** What the sockets stand on. */
export interface SocketsOptions {
  /** The channel now in use. */
  channel: () => Channel;
  clock: Clock;
  timer: Timer;
}

/** Payload and connections since the driver was made. */
export interface SocketCounters {
  txBytes: number;
  rxBytes: number;
  opened: number;
}

type Task = () => Promise<void>;

/** The modem's 13 sockets. */
export class Sockets {
  readonly TCP: TcpClass;
  readonly counters: SocketCounters = { txBytes: 0, rxBytes: 0, opened: 0 };
  readonly #options: SocketsOptions;
  readonly #slots: (Slot | undefined)[] = new Array(SOCKET_IDS).fill(undefined);
  #up = false;
  #pumping = false;
  #pumped: Promise<void> = Promise.resolve();
  /** Id that was served last. */
  #last = SOCKET_IDS - 1;
  #chunk = MAX_TRANSFER_BYTES;
  #wake: TimerId;

  constructor(options: SocketsOptions) {
    this.#options = options;
    this.TCP = tcpClass((given) => this.take(given));
  }

  /** The PDP context is active: sockets may be opened. */
  linkUp(): void {
    this.#up = true;
  }

  /**
   * The PDP context or the modem is gone: all sockets fail at once.
   * @param reason told to every owner as the cause
   * @param forget true when the modem has forgotten its ids too, as after a restart; else each is released
   */
  linkDown(reason: Error, forget: boolean): void {
    this.#up = false;
    this.#options.timer.clear(this.#wake);
    for (const slot of this.#slots) {
      if (!slot) continue;
      this.#options.timer.clear(slot.timer);
      slot.connection.breakOutput();
      slot.state = "closing";
      if (forget) this.#slots[slot.cid] = undefined;
      const error = new SocketError("socket-link", `the link is gone: ${reason.message}`, "back-off", {
        cause: reason,
      });
      slot.connection.end(error);
    }
    if (!forget) this.kick();
  }

  /** Takes an id and begins to open; failures are told through onError. */
  private take(options: TcpOptions): Connection {
    const connection = new Connection(options, () => this.kick());
    const failure = this.refusal(options);
    const cid = this.#slots.indexOf(undefined);
    if (failure) {
      Promise.resolve().then(() => connection.end(failure));
      return connection;
    }
    this.#slots[cid] = {
      cid,
      connection,
      state: "new",
      unread: false,
      reason: undefined,
      window: new AckWindow(),
      lastReceived: false,
      retried: false,
      timer: undefined,
    };
    this.kick();
    return connection;
  }

  private refusal({ host, port }: TcpOptions): SocketError | undefined {
    if (!isHost(host)) {
      return new SocketError(
        "socket-host",
        `not a host name of at most 64 characters (${host.length} given)`,
        "give-up",
      );
    }
    if (!Number.isInteger(port) || port < 1 || port > 65535) {
      return new SocketError("socket-host", "the port is not 1 to 65535", "give-up");
    }
    if (!this.#up) return new SocketError("socket-link", `${host}:${port}: the modem is not online`, "back-off");
    if (!this.#slots.includes(undefined)) {
      return new SocketError("socket-limit", `all ${SOCKET_IDS} socket ids are in use`, "back-off");
    }
    return undefined;
  }

  /** A URC about sockets. */
  onUrc(urc: SocketUrc): void {
    if (urc.urc === "buffer-full") {
      for (const slot of this.#slots) if (slot) slot.unread = true;
    } else {
      const slot = this.#slots[urc.cid];
      if (!slot) return;
      if (urc.urc === "opened") this.opened(slot, urc.result);
      else {
        slot.unread = true;
        if (urc.urc === "closed") slot.reason ??= peerClosed();
      }
    }
    this.kick();
  }

  /** Lets the loop run; it begins after the caller has returned. */
  kick(): void {
    if (!this.#pumping) this.#pumped = this.pump();
  }

  /** Settles when there is nothing to do for now. */
  idle(): Promise<void> {
    return this.#pumped;
  }

  private async pump(): Promise<void> {
    this.#pumping = true;
    try {
      await Promise.resolve();
      for (let task = this.nextTask(); task; task = this.nextTask()) await task();
    } finally {
      this.#pumping = false;
    }
  }

  /** What to do next: the connections in turn, from the one behind the last. */
  private nextTask(): Task | undefined {
    for (let i = 1; i <= SOCKET_IDS; i++) {
      const cid = (this.#last + i) % SOCKET_IDS;
      const slot = this.#slots[cid];
      const task = slot && this.taskOf(slot);
      if (task) {
        this.#last = cid;
        return task;
      }
    }
    return undefined;
  }

  private taskOf(slot: Slot): Task | undefined {
    const { connection } = slot;
    switch (slot.state) {
      case "new":
        return connection.owned ? () => this.open(slot) : this.free(slot);
      case "connecting":
        return undefined;
      case "open":
        return this.transferOf(slot);
      case "drained":
        if (connection.owned && connection.readable > 0) return undefined;
        this.end(slot);
        return () => this.close(slot);
      case "closing":
        return () => this.close(slot);
    }
  }

  private transferOf(slot: Slot): Task | undefined {
    const { connection } = slot;
    const sending = this.sendingOf(slot);
    const receiving =
      slot.unread && connection.owned && connection.hasRoomToReceive ? () => this.receive(slot) : undefined;
    if (sending && (slot.lastReceived || !receiving)) return sending;
    if (receiving) return receiving;
    if (!connection.owned && !connection.pending(1)) return () => this.close(slot);
    return undefined;
  }

  private sendingOf(slot: Slot): Task | undefined {
    const bytes = slot.connection.pending(this.#chunk);
    if (!bytes) return undefined;
    const { clock, timer } = this.#options;
    if (slot.window.fits(bytes.length)) return () => this.send(slot, bytes);
    if (slot.window.mayAsk(clock.monotonic())) return () => this.askAcknowledged(slot);
    timer.clear(this.#wake);
    this.#wake = timer.set(() => this.kick(), ACK_POLL_MS);
    return undefined;
  }

  private async open(slot: Slot): Promise<void> {
    const { host, port } = slot.connection;
    slot.state = "connecting";
    try {
      const result = await this.#options.channel().run(open(slot.cid, host, port));
      if (result !== undefined) this.opened(slot, result);
      else if (slot.state === "connecting") {
        slot.timer = this.#options.timer.set(() => {
          this.fail(slot, new SocketError("socket-timeout", `${host}:${port}: no result of CAOPEN`, "back-off"));
        }, OPEN_TIMEOUT_MS);
      }
    } catch (error) {
      // The id may still be in use in the modem, from before a restart of ours: released, it can be opened.
      const inUse = error instanceof AtError && (error.code === "at-error" || error.code === "at-cme");
      if (inUse && !slot.retried && slot.state === "connecting") {
        slot.retried = true;
        await this.release(slot);
        if (slot.state === "connecting") slot.state = "new";
      } else this.fail(slot, socketFailure("socket-error", `${host}:${port}: cannot open`, error));
    }
  }

  private opened(slot: Slot, result: number): void {
    if (slot.state !== "connecting" || !this.holds(slot)) return;
    this.#options.timer.clear(slot.timer);
    const { host, port } = slot.connection;
    if (result === 0) {
      slot.state = "open";
      this.counters.opened++;
      // In a turn of its own: a URC comes from deep, what the owner does now goes deep, and the deepest call is memory for good.
      Promise.resolve().then(() => slot.connection.opened());
      this.kick();
    } else this.fail(slot, openError(result, host, port));
  }

  private async send(slot: Slot, bytes: Uint8Array): Promise<void> {
    slot.lastReceived = false;
    const { connection } = slot;
    try {
      await this.#options.channel().run(send(slot.cid, bytes));
    } catch (error) {
      const notTaken = error instanceof AtError && !error.dataTaken && error.code !== "at-timeout";
      if (notTaken && bytes.length > SAFE_CHUNK_BYTES) this.#chunk = SAFE_CHUNK_BYTES;
      else this.breakOff(slot, socketFailure("socket-send", "the modem refused bytes", error));
      return;
    }
    slot.window.took(bytes.length, this.#options.clock.monotonic());
    this.counters.txBytes += bytes.length;
    if (slot.state !== "open") return;
    connection.sent(bytes.length);
    connection.tellRoom();
  }

  private async askAcknowledged(slot: Slot): Promise<void> {
    try {
      const told = await this.#options.channel().run(readAcknowledged(slot.cid)).catch(unreadable);
      slot.window.told(told, this.#options.clock.monotonic());
    } catch (error) {
      this.breakOff(slot, socketFailure("socket-send", "the acknowledgements cannot be read", error));
    }
  }

  private async receive(slot: Slot): Promise<void> {
    slot.lastReceived = true;
    // Cleared before the command goes out: a +CADATAIND that comes while it is under way counts.
    slot.unread = false;
    try {
      const bytes = await this.#options.channel().run(receive(slot.cid, MAX_TRANSFER_BYTES));
      if (bytes) {
        slot.unread = true;
        this.counters.rxBytes += bytes.length;
        slot.connection.received(bytes);
      } else if (slot.reason && !slot.unread && slot.state === "open") this.drained(slot);
    } catch (error) {
      this.fail(slot, slot.reason ?? socketFailure("socket-receive", "cannot take received bytes", error));
    }
  }

  /** Nothing more comes. The owner is told when it has read what it was offered, or after a while if it does not. */
  private drained(slot: Slot): void {
    slot.state = "drained";
    slot.timer = this.#options.timer.set(() => {
      this.end(slot);
      this.kick();
    }, UNREAD_GRACE_MS);
  }

  /** Output is over, but what the peer sent before may still be in the modem. */
  private breakOff(slot: Slot, error: Error): void {
    if (slot.state !== "open") return;
    slot.connection.breakOutput();
    slot.reason ??= error;
    slot.unread = true;
  }

  private fail(slot: Slot, error: Error): void {
    if (!this.holds(slot)) return;
    slot.reason = error;
    this.end(slot);
    this.kick();
  }

  private end(slot: Slot): void {
    this.#options.timer.clear(slot.timer);
    slot.state = "closing";
    slot.connection.end(slot.reason ?? peerClosed());
  }

  private async close(slot: Slot): Promise<void> {
    slot.state = "closing";
    await this.release(slot);
    this.free(slot);
  }

  /** AT+CACLOSE; ERROR is the answer when the peer or the network has ended it before. */
  private async release(slot: Slot): Promise<void> {
    try {
      await this.#options.channel().run(close(slot.cid));
    } catch {
      // Nothing is left to be done about this id.
    }
  }

  private free(slot: Slot): undefined {
    if (this.holds(slot)) this.#slots[slot.cid] = undefined;
  }

  /** False once the link went down and the id was forgotten. */
  private holds(slot: Slot): boolean {
    return this.#slots[slot.cid] === slot;
  }
}

function peerClosed(): SocketError {
  return new SocketError("closed", "closed by the peer", "back-off");
}

function socketFailure(
  code: "socket-error" | "socket-send" | "socket-receive",
  message: string,
  cause: unknown,
): Error {
  if (cause instanceof SocketError) return cause;
  const advice = cause instanceof AtError && cause.code === "at-timeout" ? "reset-modem" : "back-off";
  const detail = cause instanceof Error ? `: ${cause.message}` : "";
  return new SocketError(code, message + detail, advice, { cause });
}

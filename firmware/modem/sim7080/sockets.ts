// All TCP connections over the modem: ids, and the one loop that moves their bytes (SIM7080 AT V1.07 §12).
// Rules: one transfer at a time, the connections in turn; AT+CARECV until empty; never more unacknowledged bytes than the
// modem stands; data that arrived before the peer's close stays readable; every id is released with AT+CACLOSE.

import type { Clock, Timer, TimerId } from "../../platform/clock.js";
import type { TcpClass, TcpOptions } from "../../platform/io.js";
import type { Asker, Channel } from "../at/channel.js";
import type { Command } from "../at/command.js";
import { MAX_TRANSFER_BYTES, OPEN_TIMEOUT_MS, SOCKET_IDS } from "./commands/socket.js";
import { Connection } from "./connection.js";
import { CLOSE_COST } from "./header-cost.js";
import { openError, peerClosed, SocketError, targetError } from "./socket-error.js";
import {
  askAcknowledged,
  askOpening,
  closeSocket,
  type Exchange,
  openSocket,
  type Pool,
  receiveBytes,
  type SocketCounters,
  sendBytes,
} from "./socket-exchanges.js";
import { ASK_OPENING_MS, Slot } from "./socket-slot.js";
import { tcpClass } from "./tcp.js";

/** How long data that arrived before the end is kept for an owner that does not read it. */
const UNREAD_GRACE_MS = 30_000;

/** What the sockets stand on. */
export interface SocketsOptions {
  /** The channel now in use. */
  readonly channel: Channel;
  readonly clock: Clock;
  readonly timer: Timer;
}

/** The modem's 13 sockets. */
export class Sockets implements Asker, Pool {
  readonly TCP: TcpClass;
  readonly counters: SocketCounters = { txBytes: 0, rxBytes: 0, headerBytes: 0, opened: 0 };
  readonly #options: SocketsOptions;
  /** Those in use, by id. */
  readonly #slots: Slot[] = [];
  #up = false;
  #pumping = false;
  /** Called when there is nothing to do for now. */
  readonly #onIdle: (() => void)[] = [];
  /** The exchange under way, and whose it is. */
  #exchange: Exchange | undefined;
  #served: Slot | undefined;
  /** Id that was served last. */
  #last = SOCKET_IDS - 1;
  chunk = MAX_TRANSFER_BYTES;
  answersFirst = false;
  doubted = false;
  readonly strays: number[] = [];
  /** The one timer of the loop, and when it runs out. */
  #wake: TimerId;
  #wakeAt = Number.POSITIVE_INFINITY;

  constructor(options: SocketsOptions) {
    this.#options = options;
    this.TCP = tcpClass((given) => this.take(given));
  }

  /** The PDP context is active: sockets may be opened. @param answersFirst the modem has taken ASYNCOPEN */
  linkUp(answersFirst: boolean): void {
    this.#up = true;
    this.answersFirst = answersFirst;
  }

  /**
   * The PDP context or the modem is gone: all sockets fail at once.
   * @param reason told to every owner as the cause
   * @param forget true when the modem has forgotten its ids too, as after a restart; else each is released
   */
  linkDown(reason: Error, forget: boolean): void {
    this.#up = false;
    this.wakeAt(Number.POSITIVE_INFINITY);
    for (const slot of forget ? this.#slots.splice(0) : [...this.#slots]) {
      this.#options.timer.clear(slot.timer);
      slot.connection.breakOutput();
      slot.state = "closing";
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
    if (failure) {
      Promise.resolve().then(() => connection.end(failure));
      return connection;
    }
    let cid = 0;
    while (this.#slots[cid]?.cid === cid) cid++;
    this.#slots.splice(cid, 0, new Slot(cid, connection));
    this.kick();
    return connection;
  }

  private refusal({ host, port }: TcpOptions): SocketError | undefined {
    const target = targetError(host, port);
    if (target) return target;
    if (!this.#up) return new SocketError("socket-link", `${host}:${port}: the modem is not online`, "back-off");
    if (this.#slots.length === SOCKET_IDS) {
      return new SocketError("socket-limit", `all ${SOCKET_IDS} socket ids are in use`, "back-off");
    }
    return undefined;
  }

  /** The modem tells the result of an AT+CAOPEN. */
  openEnded(cid: number, result: number): void {
    const slot = this.slotOf(cid);
    if (!slot) return;
    this.opened(slot, result);
    this.kick();
  }

  /** The modem has received bytes. */
  dataWaits(cid: number): void {
    const slot = this.slotOf(cid);
    if (!slot) return;
    slot.unread = true;
    this.kick();
  }

  /** The peer has ended the connection; what it sent before may still be in the modem. */
  peerEnded(cid: number): void {
    const slot = this.slotOf(cid);
    if (!slot) return;
    slot.unread = true;
    slot.reason ??= peerClosed();
    this.kick();
  }

  /** The modem has no more room for what some connection receives. */
  bufferFull(): void {
    for (const slot of this.#slots) slot.unread = true;
    this.kick();
  }

  /** Lets the loop run; it begins after the caller has returned. */
  kick(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    this.later();
  }

  private later(): void {
    Promise.resolve().then(() => this.goOn());
  }

  /** Settles when there is nothing to do for now. */
  idle(): Promise<void> {
    return this.#pumping ? new Promise((resolve) => this.#onIdle.push(resolve)) : Promise.resolve();
  }

  /** Begins the next exchange; the loop goes on when that has ended. */
  goOn(): void {
    if (this.begins()) return;
    this.#pumping = false;
    this.#served = undefined;
    this.sleep();
    for (const tell of this.#onIdle.splice(0)) tell();
  }

  ask<T>(slot: Slot, exchange: Exchange<T>, command: Command<T>): true {
    this.#served = slot;
    this.#exchange = exchange as Exchange;
    try {
      this.#options.channel.ask(command as Command<unknown>, this);
    } catch (error) {
      this.failed(error);
    }
    return true;
  }

  /** For the channel. In a turn of its own: it comes from deep, what follows goes deep, and the deepest call stays memory. */
  answered(answer: unknown): void {
    Promise.resolve().then(() => {
      if (!this.#exchange!.done(this, this.#served!, answer)) this.later();
    });
  }

  /** For the channel. */
  failed(error: unknown): void {
    Promise.resolve().then(() => {
      if (!this.#exchange!.failed(this, this.#served!, error)) this.later();
    });
  }

  /** Nothing is left to do for now: the loop runs again when the first of what it waits for is due. */
  private sleep(): void {
    const now = this.now;
    let at = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#slots.length; i++) at = Math.min(at, this.#slots[i]!.dueAt(now));
    // One that is too early does no harm, and is not set anew with each transfer.
    if (at < this.#wakeAt) this.wakeAt(at);
  }

  private wakeAt(at: number): void {
    const { clock, timer } = this.#options;
    timer.clear(this.#wake);
    this.#wakeAt = at;
    if (at === Number.POSITIVE_INFINITY) return;
    const wake = () => {
      this.#wakeAt = Number.POSITIVE_INFINITY;
      this.kick();
    };
    this.#wake = timer.set(wake, Math.max(0, at - clock.monotonic()));
  }

  /** Does what is next: the connections in turn, from the one behind the last. @returns false when there is nothing */
  private begins(): boolean {
    let after = this.#last;
    for (let left = this.#slots.length; left > 0; left--) {
      const slot = this.behind(after);
      if (!slot) return false;
      after = slot.cid;
      if (!this.serves(slot)) continue;
      this.#last = after;
      return true;
    }
    return false;
  }

  /** The slot in use with the next id, in a ring. */
  private behind(cid: number): Slot | undefined {
    let i = 0;
    while (i < this.#slots.length && this.#slots[i]!.cid <= cid) i++;
    return this.#slots[i] ?? this.#slots[0];
  }

  private serves(slot: Slot): boolean {
    const { connection } = slot;
    switch (slot.state) {
      case "new":
        return connection.owned ? openSocket(this, slot) : this.free(slot);
      case "connecting":
        return this.now >= slot.askAt && askOpening(this, slot);
      case "open":
        return this.transfers(slot);
      case "drained":
        if (connection.owned && connection.readable > 0) return false;
        this.end(slot);
        return closeSocket(this, slot);
      case "closing":
        return closeSocket(this, slot);
    }
  }

  private transfers(slot: Slot): boolean {
    const { connection, window } = slot;
    const bytes = connection.pending(this.chunk);
    const fits = bytes !== undefined && window.fits(bytes.length);
    const sends = fits || (bytes !== undefined && this.now >= window.askAt);
    const worth = slot.unread || this.now >= slot.askAt;
    const receives = worth && connection.owned && connection.hasRoomToReceive;
    if (sends && (slot.lastReceived || !receives))
      return fits ? sendBytes(this, slot, bytes) : askAcknowledged(this, slot);
    if (receives) return receiveBytes(this, slot);
    return !connection.owned && !bytes && closeSocket(this, slot);
  }

  get now(): number {
    return this.#options.clock.monotonic();
  }

  opened(slot: Slot, result: number): void {
    if (slot.state !== "connecting" || !this.holds(slot)) return;
    this.#options.timer.clear(slot.timer);
    slot.askAt = Number.POSITIVE_INFINITY;
    const { host, port } = slot.connection;
    if (result === 0) {
      slot.state = "open";
      this.counters.opened++;
      // Each that is open ends, sooner or later.
      this.counters.headerBytes += CLOSE_COST;
      // In a turn of its own: a URC comes from deep, what the owner does now goes deep, and the deepest call is memory for good.
      Promise.resolve().then(() => slot.connection.opened());
      this.kick();
    } else this.fail(slot, openError(result, host, port));
  }

  awaitResult(slot: Slot): void {
    slot.askAt = this.now + ASK_OPENING_MS;
    slot.timer = this.#options.timer.set(() => {
      const { host, port } = slot.connection;
      this.fail(slot, new SocketError("socket-timeout", `${host}:${port}: no result of CAOPEN`, "back-off"));
    }, OPEN_TIMEOUT_MS);
  }

  isFree(cid: number): boolean {
    return this.slotOf(cid) === undefined;
  }

  endedUntold(cid: number): void {
    if (this.slotOf(cid)?.state === "open") this.peerEnded(cid);
  }

  /** The owner is told when it has read what it was offered, or after a while if it does not. */
  drained(slot: Slot): void {
    slot.state = "drained";
    slot.timer = this.#options.timer.set(() => {
      this.end(slot);
      this.kick();
    }, UNREAD_GRACE_MS);
  }

  /** What the peer sent before may still be in the modem. */
  breakOff(slot: Slot, error: Error): void {
    if (slot.state !== "open") return;
    slot.connection.breakOutput();
    slot.reason ??= error;
    slot.unread = true;
  }

  fail(slot: Slot, error: Error): void {
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

  free(slot: Slot): false {
    if (this.holds(slot)) this.#slots.splice(this.#slots.indexOf(slot), 1);
    return false;
  }

  /** False once the link went down and the id was forgotten. */
  private holds(slot: Slot): boolean {
    return this.#slots.includes(slot);
  }

  private slotOf(cid: number): Slot | undefined {
    let i = 0;
    while (i < this.#slots.length && this.#slots[i]!.cid !== cid) i++;
    return this.#slots[i];
  }
}

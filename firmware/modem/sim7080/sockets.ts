// All TCP connections over the modem: ids, and the one loop that moves their bytes (SIM7080 AT V1.07 §12).
// Rules: one transfer at a time, the connections in turn; AT+CARECV until empty; never more unacknowledged bytes than the
// modem stands; data that arrived before the peer's close stays readable; every id is released with AT+CACLOSE.

import type { Clock, Timer, TimerId } from "../../platform/clock.js";
import type { TcpClass, TcpOptions } from "../../platform/io.js";
import type { Channel } from "../at/channel.js";
import { AtError, unreadable, untold } from "../at/error.js";
import {
  close,
  MAX_TRANSFER_BYTES,
  OPEN_ANSWER_MS,
  OPEN_TIMEOUT_MS,
  open,
  readAcknowledged,
  readStates,
  receive,
  SOCKET_IDS,
  SOCKET_STATE,
  send,
} from "./commands/socket.js";
import { Connection } from "./connection.js";
import { CLOSE_COST, OPEN_COST, TRANSFER_COST } from "./header-cost.js";
import { openError, peerClosed, SocketError, socketFailure, targetError } from "./socket-error.js";
import { ASK_OPENING_MS, Slot } from "./socket-slot.js";
import { tcpClass } from "./tcp.js";

/** Chunk that every firmware takes; some refuse more than 1318 before the prompt. */
export const SAFE_CHUNK_BYTES = 1024;
/** How long data that arrived before the end is kept for an owner that does not read it. */
const UNREAD_GRACE_MS = 30_000;

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
  /** TCP/IP headers and DNS, estimated: see header-cost.ts. */
  headerBytes: number;
  opened: number;
}

type Task = () => Promise<void>;

/** The modem's 13 sockets. */
export class Sockets {
  readonly TCP: TcpClass;
  readonly counters: SocketCounters = { txBytes: 0, rxBytes: 0, headerBytes: 0, opened: 0 };
  readonly #options: SocketsOptions;
  readonly #slots: (Slot | undefined)[] = new Array(SOCKET_IDS).fill(undefined);
  #up = false;
  #pumping = false;
  #pumped: Promise<void> = Promise.resolve();
  /** Id that was served last. */
  #last = SOCKET_IDS - 1;
  #chunk = MAX_TRANSFER_BYTES;
  /**
   * AT+CAOPEN answers OK first. Where it does not, nothing may be sent until its result is there (SIM7080 AT V1.07
   * §1.4.5), so that a modem that dies meanwhile is noticed only when the longest open would be over.
   */
  #answersFirst = false;
  /** It was to answer first, and did not: it may only say that it does. */
  #doubted = false;
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
    this.#answersFirst = answersFirst;
  }

  /**
   * The PDP context or the modem is gone: all sockets fail at once.
   * @param reason told to every owner as the cause
   * @param forget true when the modem has forgotten its ids too, as after a restart; else each is released
   */
  linkDown(reason: Error, forget: boolean): void {
    this.#up = false;
    this.wakeAt(Number.POSITIVE_INFINITY);
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
    this.#slots[cid] = new Slot(cid, connection);
    this.kick();
    return connection;
  }

  private refusal({ host, port }: TcpOptions): SocketError | undefined {
    const target = targetError(host, port);
    if (target) return target;
    if (!this.#up) return new SocketError("socket-link", `${host}:${port}: the modem is not online`, "back-off");
    if (!this.#slots.includes(undefined)) {
      return new SocketError("socket-limit", `all ${SOCKET_IDS} socket ids are in use`, "back-off");
    }
    return undefined;
  }

  /** The modem tells the result of an AT+CAOPEN. */
  openEnded(cid: number, result: number): void {
    const slot = this.#slots[cid];
    if (!slot) return;
    this.opened(slot, result);
    this.kick();
  }

  /** The modem has received bytes. */
  dataWaits(cid: number): void {
    const slot = this.#slots[cid];
    if (!slot) return;
    slot.unread = true;
    this.kick();
  }

  /** The peer has ended the connection; what it sent before may still be in the modem. */
  peerEnded(cid: number): void {
    const slot = this.#slots[cid];
    if (!slot) return;
    slot.unread = true;
    slot.reason ??= peerClosed();
    this.kick();
  }

  /** The modem has no more room for what some connection receives. */
  bufferFull(): void {
    for (const slot of this.#slots) if (slot) slot.unread = true;
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
      this.sleep();
    }
  }

  /** Nothing is left to do for now: the loop runs again when the first of what it waits for is due. */
  private sleep(): void {
    const now = this.now;
    let at = Number.POSITIVE_INFINITY;
    for (let cid = 0; cid < SOCKET_IDS; cid++) {
      const slot = this.#slots[cid];
      if (slot) at = Math.min(at, slot.dueAt(now));
    }
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
        return this.now >= slot.askAt ? () => this.askOpening(slot) : undefined;
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
    const worth = slot.unread || this.now >= slot.askAt;
    const receiving = worth && connection.owned && connection.hasRoomToReceive ? () => this.receive(slot) : undefined;
    if (sending && (slot.lastReceived || !receiving)) return sending;
    if (receiving) return receiving;
    if (!connection.owned && !connection.pending(1)) return () => this.close(slot);
    return undefined;
  }

  private sendingOf(slot: Slot): Task | undefined {
    const bytes = slot.connection.pending(this.#chunk);
    if (!bytes) return undefined;
    if (slot.window.fits(bytes.length)) return () => this.send(slot, bytes);
    return this.now >= slot.window.askAt ? () => this.askAcknowledged(slot) : undefined;
  }

  private get now(): number {
    return this.#options.clock.monotonic();
  }

  private async open(slot: Slot): Promise<void> {
    const { host, port } = slot.connection;
    slot.state = "connecting";
    this.counters.headerBytes += OPEN_COST;
    const brief = this.#answersFirst && !this.#doubted;
    try {
      const command = open(slot.cid, host, port, brief ? OPEN_ANSWER_MS : OPEN_TIMEOUT_MS);
      const result = await this.#options.channel().run(command);
      this.#doubted = result !== undefined;
      if (result !== undefined) this.opened(slot, result);
      else if (slot.state === "connecting") {
        slot.askAt = this.now + ASK_OPENING_MS;
        slot.timer = this.#options.timer.set(() => {
          this.fail(slot, new SocketError("socket-timeout", `${host}:${port}: no result of CAOPEN`, "back-off"));
        }, OPEN_TIMEOUT_MS);
      }
    } catch (error) {
      this.#doubted ||= brief && error instanceof AtError && error.code === "at-timeout";
      // The id may still be in use in the modem, from before a restart of ours: released, it can be opened.
      const inUse = error instanceof AtError && (error.code === "at-error" || error.code === "at-cme");
      if (inUse && !slot.retried && slot.state === "connecting") {
        slot.retried = true;
        await this.release(slot.cid);
        if (slot.state === "connecting") slot.state = "new";
      } else this.fail(slot, socketFailure("socket-error", `${host}:${port}: cannot open`, error));
    }
  }

  /** The result of AT+CAOPEN takes a while: does the modem still live, and has it told the result already? */
  private async askOpening(slot: Slot): Promise<void> {
    slot.askAt = this.now + ASK_OPENING_MS;
    const { host, port } = slot.connection;
    try {
      const states = await this.#options.channel().run(readStates).catch(untold);
      const connected = states?.some(({ cid, state }) => cid === slot.cid && state === SOCKET_STATE.connected);
      if (connected) this.opened(slot, 0);
    } catch (error) {
      this.fail(slot, socketFailure("socket-timeout", `${host}:${port}: the modem stopped answering`, error));
    }
  }

  private opened(slot: Slot, result: number): void {
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
    slot.window.took(bytes.length, this.now);
    slot.sent(this.now);
    this.counters.txBytes += bytes.length;
    this.counters.headerBytes += TRANSFER_COST;
    if (slot.state !== "open") return;
    connection.sent(bytes.length);
    connection.tellRoom();
  }

  private async askAcknowledged(slot: Slot): Promise<void> {
    try {
      const told = await this.#options.channel().run(readAcknowledged(slot.cid)).catch(unreadable);
      slot.window.told(told, this.now);
    } catch (error) {
      this.breakOff(slot, socketFailure("socket-send", "the acknowledgements cannot be read", error));
    }
  }

  private async receive(slot: Slot): Promise<void> {
    slot.lastReceived = true;
    const told = slot.unread;
    // Cleared before the command goes out: a +CADATAIND that comes while it is under way counts.
    slot.unread = false;
    try {
      const bytes = await this.#options.channel().run(receive(slot.cid, MAX_TRANSFER_BYTES));
      if (bytes) {
        slot.unread = true;
        slot.received(this.now);
        this.counters.rxBytes += bytes.length;
        this.counters.headerBytes += TRANSFER_COST;
        slot.connection.received(bytes);
      } else if (!told) {
        slot.silent(this.now);
        await this.askEnds();
      } else if (slot.reason && !slot.unread && slot.state === "open") this.drained(slot);
    } catch (error) {
      this.fail(slot, slot.reason ?? socketFailure("socket-receive", "cannot take received bytes", error));
    }
  }

  /** The line that tells of a peer's end may be lost too; and so may what was to release an id, in an earlier life. */
  private async askEnds(): Promise<void> {
    const states = (await this.#options.channel().run(readStates).catch(untold)) ?? [];
    for (const { cid, state } of states) {
      const slot = this.#slots[cid];
      if (!slot) await this.release(cid);
      else if (state === SOCKET_STATE.closed && slot.state === "open") this.peerEnded(cid);
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
    await this.release(slot.cid);
    this.free(slot);
  }

  /** AT+CACLOSE; ERROR is the answer when the peer or the network has ended it before. */
  private async release(cid: number): Promise<void> {
    try {
      await this.#options.channel().run(close(cid));
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

// What is asked of the modem about one connection, and what becomes of each answer (SIM7080 AT V1.07 §12). No promise waits
// for one: the exchanges lie in flash, where an async function that waits takes a kilobyte of RAM for as long as the modem
// does not answer.

import type { Command } from "../at/command.js";
import { AtError, isRefused, isUnreadable } from "../at/error.js";
import {
  close,
  MAX_TRANSFER_BYTES,
  OPEN_ANSWER_MS,
  OPEN_TIMEOUT_MS,
  open,
  readAcknowledged,
  readStates,
  receive,
  SOCKET_STATE,
  send,
} from "./commands/socket.js";
import { OPEN_COST, TRANSFER_COST } from "./header-cost.js";
import { socketFailure } from "./socket-error.js";
import { ASK_OPENING_MS, type Slot } from "./socket-slot.js";

/** Chunk that every firmware takes; some refuse more than 1318 before the prompt. */
export const SAFE_CHUNK_BYTES = 1024;

/** One exchange: what becomes of its end. */
export interface Exchange<T = unknown> {
  /** @returns true when the loop is not to go on: more was asked about the same connection, or it goes on by itself */
  done(pool: Pool, slot: Slot, answer: T): boolean;
  failed(pool: Pool, slot: Slot, error: unknown): boolean;
}

/** Payload and connections since the driver was made. */
export interface SocketCounters {
  txBytes: number;
  rxBytes: number;
  /** TCP/IP headers and DNS, estimated: see header-cost.ts. */
  headerBytes: number;
  opened: number;
}

/** What the exchanges know of the pool of connections. */
export interface Pool {
  readonly counters: SocketCounters;
  /** Monotonic milliseconds. */
  readonly now: number;
  /** Most bytes of one AT+CASEND. */
  chunk: number;
  /**
   * AT+CAOPEN answers OK first. Where it does not, nothing may be sent until its result is there (SIM7080 AT V1.07
   * §1.4.5), so that a modem that dies meanwhile is noticed only when the longest open would be over.
   */
  readonly answersFirst: boolean;
  /** It was to answer first, and did not: it may only say that it does. */
  doubted: boolean;
  /** Ids of the modem that are to be released, though nobody here uses them. */
  strays: number[];
  /** True while nobody here uses id `cid`. */
  isFree(cid: number): boolean;
  /** Asks; `exchange` hears what comes of it. */
  ask<T>(slot: Slot, exchange: Exchange<T>, command: Command<T>): true;
  /** Begins the next exchange. */
  goOn(): void;
  /** The result of an AT+CAOPEN is there. */
  opened(slot: Slot, result: number): void;
  /** The result comes as a URC; not later than OPEN_TIMEOUT_MS. */
  awaitResult(slot: Slot): void;
  /** The peer has ended the connection, if it was open; the line that tells of it may have been lost. */
  endedUntold(cid: number): void;
  /** Nothing more comes, and the modem has nothing left. */
  drained(slot: Slot): void;
  /** Output is over. */
  breakOff(slot: Slot, error: Error): void;
  /** It has failed. */
  fail(slot: Slot, error: Error): void;
  /** Its id may be used again. */
  free(slot: Slot): false;
}

type SocketState = { cid: number; state: number };

/** Lets both pass, an ERROR and an answer that cannot be read: what is asked for can be done without. */
const isUntold = (error: unknown) => isRefused(error) || isUnreadable(error);

/** Opens the connection. */
export function openSocket(pool: Pool, slot: Slot): true {
  const { host, port } = slot.connection;
  slot.state = "connecting";
  slot.answersFirst = pool.answersFirst && !pool.doubted;
  pool.counters.headerBytes += OPEN_COST;
  return pool.ask(slot, OPENING, open(slot.cid, host, port, slot.answersFirst ? OPEN_ANSWER_MS : OPEN_TIMEOUT_MS));
}

const OPENING: Exchange<number | undefined> = {
  done(pool, slot, result) {
    pool.doubted = result !== undefined;
    if (result !== undefined) pool.opened(slot, result);
    else if (slot.state === "connecting") pool.awaitResult(slot);
    return false;
  },
  failed(pool, slot, error) {
    pool.doubted ||= slot.answersFirst && error instanceof AtError && error.code === "at-timeout";
    // The id may still be in use in the modem, from before a restart of ours: released, it can be opened.
    if (isRefused(error) && !slot.retried && slot.state === "connecting") {
      slot.retried = true;
      return pool.ask(slot, RELEASING, close(slot.cid));
    }
    const { host, port } = slot.connection;
    pool.fail(slot, socketFailure("socket-error", `${host}:${port}: cannot open`, error));
    return false;
  },
};

const RELEASING: Exchange<void> = { done: (_, slot) => openAnew(slot), failed: (_, slot) => openAnew(slot) };

function openAnew(slot: Slot): false {
  if (slot.state === "connecting") slot.state = "new";
  return false;
}

/** The result of AT+CAOPEN takes a while: does the modem still live, and has it told the result already? */
export function askOpening(pool: Pool, slot: Slot): true {
  slot.askAt = pool.now + ASK_OPENING_MS;
  return pool.ask(slot, ASKING_OPENING, readStates);
}

const ASKING_OPENING: Exchange<readonly SocketState[]> = {
  done(pool, slot, states) {
    const connected = states.some(({ cid, state }) => cid === slot.cid && state === SOCKET_STATE.connected);
    if (connected) pool.opened(slot, 0);
    return false;
  },
  failed(pool, slot, error) {
    if (isUntold(error)) return false;
    const { host, port } = slot.connection;
    pool.fail(slot, socketFailure("socket-timeout", `${host}:${port}: the modem stopped answering`, error));
    return false;
  },
};

/** Hands bytes to the modem. */
export function sendBytes(pool: Pool, slot: Slot, bytes: Uint8Array): true {
  slot.lastReceived = false;
  slot.sending = bytes.length;
  return pool.ask(slot, SENDING, send(slot.cid, bytes));
}

const SENDING: Exchange<void> = {
  done(pool, slot) {
    const { connection, sending } = slot;
    slot.window.took(sending, pool.now);
    slot.sent(pool.now);
    pool.counters.txBytes += sending;
    pool.counters.headerBytes += TRANSFER_COST;
    if (slot.state !== "open") return false;
    connection.sent(sending);
    connection.tellRoom();
    return false;
  },
  failed(pool, slot, error) {
    const notTaken = error instanceof AtError && !error.dataTaken && error.code !== "at-timeout";
    if (notTaken && slot.sending > SAFE_CHUNK_BYTES) pool.chunk = SAFE_CHUNK_BYTES;
    else pool.breakOff(slot, socketFailure("socket-send", "the modem refused bytes", error));
    return false;
  },
};

/** How much of what was sent has come? */
export function askAcknowledged(pool: Pool, slot: Slot): true {
  return pool.ask(slot, ASKING_ACKNOWLEDGED, readAcknowledged(slot.cid));
}

const ASKING_ACKNOWLEDGED: Exchange<{ sent: number; unacked: number } | undefined> = {
  done(pool, slot, told) {
    try {
      slot.window.told(told, pool.now);
    } catch (error) {
      breakOffUntold(pool, slot, error);
    }
    return false;
  },
  failed(pool, slot, error) {
    if (isUnreadable(error)) return ASKING_ACKNOWLEDGED.done(pool, slot, undefined);
    breakOffUntold(pool, slot, error);
    return false;
  },
};

function breakOffUntold(pool: Pool, slot: Slot, error: unknown): void {
  pool.breakOff(slot, socketFailure("socket-send", "the acknowledgements cannot be read", error));
}

/** Takes received bytes. */
export function receiveBytes(pool: Pool, slot: Slot): true {
  slot.lastReceived = true;
  slot.wasTold = slot.unread;
  // Cleared before the command goes out: a +CADATAIND that comes while it is under way counts.
  slot.unread = false;
  return pool.ask(slot, RECEIVING, receive(slot.cid, MAX_TRANSFER_BYTES));
}

const RECEIVING: Exchange<Uint8Array | undefined> = {
  done(pool, slot, bytes) {
    if (bytes) {
      slot.unread = true;
      slot.received(pool.now);
      pool.counters.rxBytes += bytes.length;
      pool.counters.headerBytes += TRANSFER_COST;
      slot.connection.received(bytes);
      // In a turn of its own, when nobody here holds them any more: so their memory is free as soon as the owner has read them.
      Promise.resolve().then(() => {
        slot.connection.tellBytes();
        pool.goOn();
      });
      return true;
    }
    if (!slot.wasTold) {
      slot.silent(pool.now);
      // The line that tells of a peer's end may be lost too; and so may what was to release an id, in an earlier life.
      return pool.ask(slot, ASKING_ENDS, readStates);
    }
    if (slot.reason && !slot.unread && slot.state === "open") pool.drained(slot);
    return false;
  },
  failed(pool, slot, error) {
    pool.fail(slot, slot.reason ?? socketFailure("socket-receive", "cannot take received bytes", error));
    return false;
  },
};

const ASKING_ENDS: Exchange<readonly SocketState[]> = {
  done(pool, slot, states) {
    for (const { cid, state } of states) {
      if (pool.isFree(cid)) pool.strays.push(cid);
      else if (state === SOCKET_STATE.closed) pool.endedUntold(cid);
    }
    return releaseStray(pool, slot);
  },
  failed: (pool, slot, error) => !isUntold(error) && RECEIVING.failed(pool, slot, error),
};

const RELEASING_STRAY: Exchange<void> = { done: releaseStray, failed: releaseStray };

/** @returns false when there is none */
function releaseStray(pool: Pool, slot: Slot): boolean {
  const cid = pool.strays.shift();
  return cid !== undefined && pool.ask(slot, RELEASING_STRAY, close(cid));
}

/** Releases the id. ERROR is the answer when the peer or the network has ended the connection before. */
export function closeSocket(pool: Pool, slot: Slot): true {
  slot.state = "closing";
  return pool.ask(slot, CLOSING, close(slot.cid));
}

const CLOSING: Exchange<void> = { done: (pool, slot) => pool.free(slot), failed: (pool, slot) => pool.free(slot) };

// What all simulated HTTP services share: connections, requests in, answers out, limits and time-outs. A core without IO.

import type { Hello, ServerAction, ServerCore } from "../../world/core.js";
import { Deadlines } from "../broker/deadlines.js";
import { type HttpRequest, HttpRequestError, HttpRequestParser, MAX_BODY_BYTES } from "./request.js";
import { type HttpResponse, responseBytes } from "./response.js";
import { Schedule } from "./schedule.js";

/** A connection without a whole request for this long is closed, as AWS's load balancers do. */
const IDLE_MS = 60_000;
/** Requests served on one connection before it is closed. */
const MAX_REQUESTS = 1000;

/** How an answer leaves; by default whole and at once. */
export interface Delivery {
  /** The answer never leaves. */
  withheld?: boolean;
  /** Milliseconds before the first byte. */
  delayMs?: number;
  /** Sends this many bytes each `everyMs`. */
  drip?: { bytes: number; everyMs: number };
  /** Ends the connection after this many bytes of the answer. */
  cutAfter?: number;
}

export interface HttpReply {
  response: HttpResponse;
  delivery?: Delivery;
  /** What the request caused on other connections. */
  also?: readonly ServerAction[];
  /**
   * Takes the connection over behind the response, a 101 (RFC 9110 §7.8): this core forgets it.
   * @param rest bytes that came behind the request
   */
  upgrade?: (rest: Uint8Array) => ServerAction[];
}

interface Connection {
  hello: Hello;
  parser: HttpRequestParser;
  requests: number;
  /** True once an answer that ends the connection is on its way: nothing more is read. */
  ending: boolean;
}

/** Base of the simulated HTTP services. */
export abstract class HttpCore implements ServerCore {
  readonly #connections = new Map<number, Connection>();
  readonly #idle = new Deadlines<number>();
  readonly #schedule = new Schedule();
  readonly #maxBody: number;

  /** @param maxBody largest body of a request, in bytes */
  constructor(maxBody = MAX_BODY_BYTES) {
    this.#maxBody = maxBody;
  }

  /** The answer to one request. */
  protected abstract answer(request: HttpRequest, hello: Hello, now: number, connection: number): HttpReply;

  /** The answer to bytes that are no acceptable request. */
  protected abstract refuse(error: HttpRequestError, now: number, connection: number): HttpResponse;

  open(connection: number, hello: Hello, now: number): ServerAction[] {
    this.#connections.set(connection, {
      hello,
      parser: new HttpRequestParser(this.#maxBody),
      requests: 0,
      ending: false,
    });
    this.#idle.set(connection, now + IDLE_MS);
    return [];
  }

  receive(connection: number, bytes: Uint8Array, now: number): ServerAction[] {
    const at = this.#connections.get(connection);
    if (at === undefined || at.ending) return [];
    at.parser.push(bytes);
    return this.#serve(connection, at, now);
  }

  #serve(connection: number, at: Connection, now: number): ServerAction[] {
    const others: ServerAction[] = [];
    try {
      for (let request = at.parser.next(); request !== undefined && !at.ending; request = at.parser.next()) {
        this.#idle.set(connection, now + IDLE_MS);
        const reply = this.answer(request, at.hello, now, connection);
        others.push(...(reply.also ?? []));
        if (reply.upgrade !== undefined) {
          const owed = this.#schedule.takeAll(connection);
          this.#forget(connection);
          const switched: ServerAction = { do: "send", connection, bytes: responseBytes(reply.response, true) };
          return [...others, ...owed, switched, ...reply.upgrade(at.parser.takeRest())];
        }
        const stays = request.keepAlive && ++at.requests < MAX_REQUESTS;
        this.#owe(connection, at, reply, stays, now, request.method === "HEAD");
      }
    } catch (error) {
      if (!(error instanceof HttpRequestError)) throw error;
      this.#owe(connection, at, { response: this.refuse(error, now, connection) }, false, now);
    }
    return [...others, ...this.poll(now)];
  }

  closed(connection: number, _now: number): ServerAction[] {
    this.#forget(connection);
    return [];
  }

  poll(now: number): ServerAction[] {
    const actions = this.#schedule.take(now);
    for (const action of actions) if (action.do === "close") this.#forget(action.connection);
    for (let connection = this.#idle.takeDue(now); connection !== undefined; connection = this.#idle.takeDue(now)) {
      this.#forget(connection);
      actions.push({ do: "close", connection });
    }
    return actions;
  }

  nextDeadline(): number | undefined {
    const [a, b] = [this.#schedule.next(), this.#idle.next()];
    return a === undefined ? b : b === undefined ? a : Math.min(a, b);
  }

  #owe(connection: number, at: Connection, reply: HttpReply, keepAlive: boolean, now: number, bodiless = false): void {
    const { response, delivery = {} } = reply;
    if (delivery.withheld) return;
    const stays = keepAlive && response.framing !== "close" && delivery.cutAfter === undefined;
    const bytes = responseBytes(response, stays, bodiless).subarray(0, delivery.cutAfter);
    const step = delivery.drip?.bytes ?? bytes.length;
    let due = now + (delivery.delayMs ?? 0);
    for (let from = 0; from < bytes.length; from += step) {
      this.#schedule.add(due, { do: "send", connection, bytes: bytes.subarray(from, from + step) });
      due += delivery.drip?.everyMs ?? 0;
    }
    if (stays) return;
    at.ending = true;
    this.#schedule.add(due, { do: "close", connection });
  }

  #forget(connection: number): void {
    this.#connections.delete(connection);
    this.#idle.set(connection, undefined);
    this.#schedule.forget(connection);
  }
}

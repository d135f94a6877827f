// One HTTP/1.1 exchange over one connection of any byte stream class, the answer streamed into a consumer as it arrives.
// Every wait has a deadline; the connection is closed when the promise settles, whichever way.

import type { Clock, Timer, TimerId } from "../platform/clock.js";
import { Failure } from "../platform/failure.js";
import { type ByteStream, bytesOf, type StreamCallbacks } from "../platform/io.js";
import { HttpError } from "./errors.js";
import { encodeRequest, type HeaderFields } from "./request.js";
import { type HttpLimits, type ResponseConsumer, type ResponseHead, ResponseParser } from "./response.js";
import { retryAfterMs } from "./retry-after.js";

/** A byte stream class whose destination is already bound: plain TCP, TLS, or the modem's. */
export type StreamOpener = new (callbacks: StreamCallbacks) => ByteStream;

/** Longest waits, in milliseconds. */
export interface HttpDeadlines {
  /** Until the connection can be written to, TLS handshake included. */
  connectMs: number;
  /** Between two signs of life afterwards. */
  idleMs: number;
  /** For the whole exchange. */
  totalMs: number;
}

/** For a cellular link: CAOPEN alone may take 75 s (SIM7080 AT V1.07 §13). */
export const HTTP_DEADLINES: HttpDeadlines = { connectMs: 90_000, idleMs: 30_000, totalMs: 180_000 };

export interface HttpRequest extends ResponseConsumer {
  io: StreamOpener;
  timer: Timer;
  clock: Clock;
  /** Value of the Host header. */
  host: string;
  /** `GET` when left out. */
  method?: string | undefined;
  /** Path and query, percent-encoded. */
  path: string;
  headers?: HeaderFields | undefined;
  body?: Uint8Array | undefined;
  limits?: Partial<HttpLimits> | undefined;
  /** Headers of the answer that its head is to have, by lower-case name; left out: all that come. */
  keeps?: readonly string[] | undefined;
  deadlines?: Partial<HttpDeadlines> | undefined;
}

/** A request under way. */
export interface RunningRequest {
  /**
   * The answer's head, once its body is complete. Rejects with an HttpError, with a Failure of the connection (TLS,
   * modem) as it is, or with what the consumer threw; a Failure behind a head that named a wait bears it.
   */
  readonly answer: Promise<ResponseHead>;
  /** Closes the connection; `answer` rejects with `http-cancelled` unless it has settled. */
  cancel(): void;
}

/**
 * Sends a request and streams its answer into `onHead` and `onBody`. An exception thrown by either ends the exchange
 * and becomes its failure.
 */
export function startRequest(request: HttpRequest): RunningRequest {
  let exchange: Exchange | undefined;
  const answer = new Promise<ResponseHead>((resolve, reject) => {
    const { body, path, headers, host, method = "GET" } = request;
    const head = encodeRequest({ method, host, path, headers, bodyLength: body?.length });
    exchange = new Exchange(request, method, head, resolve, reject);
  });
  return { answer, cancel: () => exchange?.cancel() };
}

/** As `startRequest`, for callers that only wait. */
export function httpRequest(request: HttpRequest): Promise<ResponseHead> {
  return startRequest(request).answer;
}

class Exchange implements ResponseConsumer {
  readonly #request: HttpRequest;
  readonly #resolve: (head: ResponseHead) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #parser: ResponseParser;
  readonly #deadlines: HttpDeadlines;
  /** What is still to be sent: the head, then the body. */
  readonly #output: Uint8Array[];
  #stream: ByteStream | undefined;
  #head: ResponseHead | undefined;
  #connected = false;
  #settled = false;
  readonly #startedAt: number;
  #aliveAt: number;
  #alarm: TimerId;

  constructor(
    request: HttpRequest,
    method: string,
    head: Uint8Array,
    resolve: (head: ResponseHead) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#output = request.body === undefined ? [head] : [head, request.body];
    // The usual ones lie in flash.
    this.#deadlines = request.deadlines === undefined ? HTTP_DEADLINES : { ...HTTP_DEADLINES, ...request.deadlines };
    this.#startedAt = request.clock.monotonic();
    this.#aliveAt = this.#startedAt;
    this.#parser = new ResponseParser(this, { method, limits: request.limits, keeps: request.keeps });
    try {
      this.#stream = new request.io({
        target: this,
        onReadable: Exchange.onReadable,
        onWritable: Exchange.onWritable,
        onError: Exchange.onError,
      });
    } catch (error) {
      this.fail(connectionFailure(error));
      return;
    }
    this.watch();
  }

  private static onReadable(this: StreamCallbacks): void {
    const exchange = this.target as Exchange;
    exchange.guard(() => exchange.read());
  }

  private static onWritable(this: StreamCallbacks, room: number): void {
    const exchange = this.target as Exchange;
    exchange.guard(() => exchange.write(room));
  }

  private static onError(this: StreamCallbacks, error?: Error): void {
    const exchange = this.target as Exchange;
    exchange.guard(() => exchange.ended(error));
  }

  /** For the parser. */
  onHead(head: ResponseHead): void {
    this.#head = head;
    this.#request.onHead?.(head);
  }

  /** For the parser. */
  onBody(piece: Uint8Array): void {
    this.#request.onBody?.(piece);
  }

  cancel(): void {
    if (!this.#settled) this.fail(new HttpError("http-cancelled", "the exchange was cancelled"));
  }

  /** Runs a callback's work; whatever it throws ends the exchange. */
  private guard(work: () => void): void {
    if (this.#settled) return;
    this.#aliveAt = this.#request.clock.monotonic();
    try {
      work();
      if (this.#parser.done) this.finish();
    } catch (error) {
      this.fail(error);
    }
  }

  private read(): void {
    const bytes = this.#stream!.read();
    if (bytes !== undefined) this.#parser.push(bytesOf(bytes));
  }

  private write(count: number): void {
    if (!this.#connected) {
      this.#connected = true;
      this.watch(); // the idle deadline may come before the one for the connection
    }
    let room = count;
    while (room > 0 && this.#output.length > 0) {
      const next = this.#output[0]!;
      const piece = next.subarray(0, room);
      if (piece.length > 0) room = this.#stream!.write(piece);
      if (piece.length === next.length) this.#output.shift();
      else this.#output[0] = next.subarray(piece.length);
    }
  }

  private ended(error: Error | undefined): void {
    const orderly = error === undefined || (error instanceof Failure && error.code === "closed");
    if (!orderly) throw connectionFailure(error);
    if (!this.#connected) throw new HttpError("http-connection", "the connection was closed before it was up", error);
    this.#parser.end(error);
  }

  /** When the exchange fails unless something happens, and which deadline that is. */
  private deadline(): { at: number; what: string } {
    const { connectMs, idleMs, totalMs } = this.#deadlines;
    const total = { at: this.#startedAt + totalMs, what: `not complete within ${totalMs} ms` };
    const stage = this.#connected
      ? { at: this.#aliveAt + idleMs, what: `nothing moved for ${idleMs} ms` }
      : { at: this.#startedAt + connectMs, what: `no connection within ${connectMs} ms` };
    return stage.at < total.at ? stage : total;
  }

  /** One timer at a time: when it runs early, because there were signs of life, it is set anew. */
  private watch(): void {
    const { timer, clock } = this.#request;
    timer.clear(this.#alarm);
    const wait = Math.max(0, this.deadline().at - clock.monotonic());
    this.#alarm = timer.set(() => {
      const { at, what } = this.deadline();
      if (clock.monotonic() >= at) this.fail(new HttpError("http-timeout", `HTTP exchange: ${what}`));
      else this.watch();
    }, wait);
  }

  private finish(): void {
    this.close();
    this.#resolve(this.#head!);
  }

  private fail(reason: unknown): void {
    this.close();
    // A busy server's wish stands in the head, whatever became of the body.
    if (this.#head && reason instanceof Failure) {
      reason.retryAfterMs = retryAfterMs(this.#head, this.#request.clock.wall());
    }
    this.#reject(reason);
  }

  private close(): void {
    this.#settled = true;
    this.#request.timer.clear(this.#alarm);
    this.#stream?.close();
  }
}

function connectionFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new HttpError("http-connection", "the connection failed", error);
}

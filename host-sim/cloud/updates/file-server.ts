// A server of images: GET with one range (RFC 9110 §14), as S3 answers, and every way in which one can answer wrong.

import type { TlsDecision, TlsOffer, TlsPolicy } from "../../world/core.js";
import { type Delivery, HttpCore, type HttpReply } from "../http/core.js";
import { httpsDecision } from "../http/https-policy.js";
import type { HttpRequest, HttpRequestError } from "../http/request.js";
import { type HttpResponse, httpDate } from "../http/response.js";

/** In the shape of S3's names. */
export const UPDATE_HOST = "simkey-updates.s3.eu-central-1.amazonaws.com";

/**
 * What can be wrong with an answer:
 * - `status`: it is this status, with a Retry-After where it has one
 * - `cut`: the connection ends after so many bytes of it
 * - `slow`: it comes in pieces of 256 bytes, so many milliseconds apart
 * - `silent`: it never comes
 * - `whole`: a range is answered with 200 and the whole file
 * - `shifted`: it is for a range that begins this many bytes later than was asked for
 * - `longer`: the file is this many bytes longer
 * - `etag`: its ETag is another each time
 * - `flipped`: a bit of this byte of the file is turned
 * - `swapped`: it is of another file of the same length, where there is one; else of the bytes in the other order
 * - `short`: the file ends this many bytes early, with a length that fits
 * - `packed`: it says that it is packed
 */
export const UPDATE_FAULTS = [
  "status",
  "cut",
  "slow",
  "silent",
  "whole",
  "shifted",
  "longer",
  "etag",
  "flipped",
  "swapped",
  "short",
  "packed",
] as const;
export type UpdateFault = (typeof UPDATE_FAULTS)[number];

/** A request and its answer, for whoever watches. */
export interface UpdateEvent {
  type: "update-file";
  at: number;
  path: string;
  /** First byte that was asked for. */
  from: number;
  status: number;
  fault: UpdateFault | undefined;
}

const RANGE = /^bytes=(\d{1,15})-$/;
const SLOW_PIECE_BYTES = 256;

export class UpdateServer extends HttpCore implements TlsPolicy {
  readonly #files = new Map<string, Uint8Array>();
  readonly #others = new Map<string, Uint8Array>();
  readonly #faults = new Map<UpdateFault, { value: number; left: number }>();
  readonly #onEvent: ((event: UpdateEvent) => void) | undefined;
  #answers = 0;

  constructor(onEvent?: (event: UpdateEvent) => void) {
    super();
    this.#onEvent = onEvent;
  }

  /** @param other what `swapped` brings @returns its address */
  put(path: string, file: Uint8Array, other?: Uint8Array): string {
    this.#files.set(path, file);
    if (other) this.#others.set(path, other);
    return `https://${UPDATE_HOST}${path}`;
  }

  /** From now on answers are wrong. @param times how many of them */
  fail(fault: UpdateFault, value = 0, times = Number.POSITIVE_INFINITY): void {
    this.#faults.set(fault, { value, left: times });
  }

  mend(fault: UpdateFault): void {
    this.#faults.delete(fault);
  }

  clientHello(offer: TlsOffer): TlsDecision {
    return httpsDecision(offer, "updates");
  }

  protected override answer(request: HttpRequest, _hello: unknown, now: number): HttpReply {
    const { path, headers } = request;
    const [, start] = RANGE.exec(headers.get("range") ?? "") ?? [];
    const from = Number(start ?? 0);
    const fault = UPDATE_FAULTS.find((name) => (this.#faults.get(name)?.left ?? 0) > 0);
    const active = fault && this.#faults.get(fault)!;
    if (active) active.left--;
    const value = active?.value ?? 0;
    const reply = this.#reply(request, start === undefined ? undefined : from, fault, value, now);
    this.#onEvent?.({ type: "update-file", at: now, path, from, status: reply.response.status, fault });
    return reply;
  }

  protected override refuse(error: HttpRequestError, now: number): HttpResponse {
    return { status: error.status, headers: [["Date", httpDate(now)]], body: Buffer.alloc(0) };
  }

  #reply(request: HttpRequest, from: number | undefined, fault: UpdateFault | undefined, value: number, now: number) {
    const date: readonly [name: string, value: string] = ["Date", httpDate(now)];
    const good = this.#files.get(request.path);
    if (request.method !== "GET" || good === undefined) {
      return { response: { status: 404, headers: [date], body: Buffer.alloc(0) } };
    }
    if (fault === "status") {
      const headers = value === 503 ? [date, ["Retry-After", "120"] as const] : [date];
      return { response: { status: value, headers, body: Buffer.alloc(0) } };
    }
    const file = spoilt(good, fault, value, this.#others.get(request.path));
    const { length } = file;
    const first = (from ?? 0) + (fault === "shifted" ? value : 0);
    const isWhole = from === undefined || fault === "whole";
    const etag = `"${fault === "etag" ? ++this.#answers : file.length}"`;
    const head: (readonly [name: string, value: string])[] = [date, ["ETag", etag], ["Accept-Ranges", "bytes"]];
    if (fault === "packed") head.push(["Content-Encoding", "gzip"]);
    if (!isWhole && first >= file.length) {
      const unsatisfied = ["Content-Range", `bytes */${length}`] as const;
      return { response: { status: 416, headers: [date, unsatisfied], body: Buffer.alloc(0) } };
    }
    if (!isWhole) head.push(["Content-Range", `bytes ${first}-${file.length - 1}/${length}`]);
    const body = isWhole ? file : file.subarray(first);
    const delivery: Delivery = {
      ...(fault === "cut" && { cutAfter: value }),
      ...(fault === "slow" && { drip: { bytes: SLOW_PIECE_BYTES, everyMs: value } }),
      ...(fault === "silent" && { withheld: true }),
    };
    return { response: { status: isWhole ? 200 : 206, headers: head, body }, delivery };
  }
}

function spoilt(file: Uint8Array, fault: UpdateFault | undefined, value: number, swap?: Uint8Array) {
  if (fault === "swapped" && swap) return swap;
  if (fault === "longer") return Buffer.concat([file, Buffer.alloc(value)]);
  if (fault === "short") return file.subarray(0, file.length - value);
  if (fault !== "flipped" && fault !== "swapped") return file;
  const other = file.slice();
  if (fault === "flipped") other[value % other.length]! ^= 1;
  else other.reverse();
  return other;
}

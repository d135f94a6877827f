// What can go wrong in an HTTP exchange. A status the caller dislikes is not among it: that is the caller's to judge.

import { type Advice, Failure } from "../platform/failure.js";

export type HttpCode =
  | "http-request" // a request that must not be sent: a line break in a header value, a space in the path
  | "http-syntax" // the answer is not HTTP/1.1
  | "http-framing" // lengths that contradict each other, or a transfer coding other than chunked
  | "http-limit" // the answer passes a named limit
  | "http-truncated" // the connection ended within the answer
  | "http-timeout" // a deadline passed
  | "http-cancelled" // by the caller
  | "http-connection"; // the connection failed without a reason of its own

const ADVICE: Readonly<Record<HttpCode, Advice>> = {
  "http-request": "give-up",
  "http-syntax": "back-off",
  "http-framing": "back-off",
  "http-limit": "back-off",
  "http-truncated": "retry",
  "http-timeout": "back-off",
  "http-cancelled": "back-off",
  "http-connection": "back-off",
};

/** A failed HTTP exchange. A Failure of the connection underneath (TLS, modem) is passed on as it is instead. */
export class HttpError extends Failure {
  declare readonly code: HttpCode;
  constructor(code: HttpCode, message: string, cause?: unknown) {
    super(code, message, ADVICE[code], cause);
  }
}

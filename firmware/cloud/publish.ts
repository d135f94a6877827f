// Publishing by HTTPS: what a bridge of any cloud takes and answers, and what a refusal means.

import { Collector } from "../bytes/collector.js";
import { JsonFields } from "../bytes/json-fields.js";
import { excerpt, latin1 } from "../bytes/utf8.js";
import type { HeaderFields } from "../http/request.js";
import { type Advice, Failure } from "../platform/failure.js";

/** A request to a bridge. */
export interface BridgeRequest {
  method: "GET" | "POST";
  path: string;
  headers: HeaderFields;
  body?: Uint8Array;
}

/** A request that publishes one message. */
export interface PublishRequest extends BridgeRequest {
  method: "POST";
  body: Uint8Array;
}

export type PublishCode =
  | "publish-refused" // the credentials do not allow it
  | "publish-rejected" // this message can never be taken
  | "publish-busy" // too many requests, or an error within the service
  | "publish-answer"; // an answer that the service does not document

/** A message that was not published. */
export class PublishError extends Failure {
  declare readonly code: PublishCode;
  constructor(code: PublishCode, message: string) {
    super(code, message, ADVICE[code]);
  }
}

const ADVICE: Readonly<Record<PublishCode, Advice>> = {
  "publish-refused": "new-credentials",
  "publish-rejected": "give-up",
  "publish-busy": "back-off",
  "publish-answer": "back-off",
};

/**
 * Statuses that mean something for all clouds (RFC 9110 §15.5, RFC 6585 §4). Those of 500 and above: busy. 404 is none
 * of them: the device or the address is unknown, which is no fault of the message, and no reason to drop it.
 */
const STATUS: Readonly<Record<number, PublishCode>> = {
  400: "publish-rejected",
  401: "publish-refused",
  403: "publish-refused",
  413: "publish-rejected",
  429: "publish-busy",
};

/** The failure of a status that is no success. @param said printable, from the body; may be empty */
export function publishError(status: number, said: string): PublishError {
  const code = STATUS[status] ?? (status >= 500 ? "publish-busy" : "publish-answer");
  return new PublishError(code, `publish: status ${status}${said === "" ? "" : `; the server says: ${said}`}`);
}

/** Takes the answer to one request. */
export interface BridgeAnswer<T> {
  push(piece: Uint8Array): void;
  /**
   * The end of the answer.
   * @throws PublishError unless the request was granted
   */
  end(): T;
}

/** The answer to a message: what the service calls the request, for a log; undefined when it tells none. */
export type PublishAnswer = BridgeAnswer<string | undefined>;

/** A cloud's way of publishing by HTTPS, for one set of credentials. */
export interface Bridge {
  /** @throws PublishError `publish-rejected` for a message that has no place there */
  request(message: { topic: string; payload: Uint8Array }): PublishRequest;
  answer(status: number): PublishAnswer;
  /** How to ask for the device's configuration, where the cloud keeps one; undefined as the answer: there is none. */
  configuration?: {
    request: BridgeRequest;
    answer(status: number): BridgeAnswer<Uint8Array | undefined>;
  };
}

/** Most bytes of a field of the answer that are read. */
const FIELD_LIMIT = 128;

/**
 * Reads some string members of a small JSON answer. What is not JSON has no members; a value too long is cut.
 * @param names in lower case
 */
export class AnswerFields {
  readonly #values = new Map<string, Collector>();
  readonly #reader: JsonFields;
  #broken = false;

  constructor(names: readonly string[]) {
    this.#reader = new JsonFields(names, {
      onPiece: (name, piece, kind) => {
        if (kind !== "string") return;
        const value = this.#values.get(name) ?? new Collector(FIELD_LIMIT);
        this.#values.set(name, value);
        value.add(piece.subarray(0, FIELD_LIMIT - value.length));
      },
      onValue: () => {},
    });
  }

  push(piece: Uint8Array): void {
    if (this.#broken) return;
    try {
      this.#reader.push(piece);
    } catch {
      this.#broken = true;
    }
  }

  /** A member's value as bytes one to one, or undefined when the answer has none. */
  value(name: string): string | undefined {
    const value = this.#values.get(name);
    return value === undefined ? undefined : latin1(value.bytes);
  }

  /** The same, fit to be shown. */
  shown(name: string): string {
    return excerpt(this.value(name) ?? "", FIELD_LIMIT);
  }
}

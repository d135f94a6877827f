// The first line of each request and answer on connections that carry HTTP, as it goes by: method and path without its query, in
// which a token may stand; status.

/** A request's or an answer's head. */
export interface Head {
  name: string;
  fields: { path?: string; status?: number };
}

/** Bytes of a head that are looked at. */
const HEAD_MOST = 512;
const REQUEST = /^(GET|POST|PUT|HEAD|DELETE) ([^ ?\r\n]{1,200})[ ?]/;
const STATUS = /^HTTP\/1\.[01] (\d{3})/;

interface Line {
  up: string | undefined;
  down: string | undefined;
}

/** The connections that live. */
export class HttpHeads {
  readonly #lines = new Map<number, Line>();

  /** Bytes went by. @returns the head, once for each direction, as soon as it can be told */
  heard(connection: number, direction: "up" | "down", bytes: Uint8Array): Head | undefined {
    let line = this.#lines.get(connection);
    if (line === undefined) {
      line = { up: "", down: "" };
      this.#lines.set(connection, line);
    }
    const before = line[direction];
    if (before === undefined) return undefined;
    const text = before + ascii(bytes.subarray(0, HEAD_MOST - before.length));
    const head = direction === "up" ? request(text) : answer(text);
    const isNone = text.length >= 4 && !/^(GET |POST|PUT |HEAD|DELE|HTTP)/.test(text);
    line[direction] = head || isNone || text.length >= HEAD_MOST ? undefined : text;
    return head;
  }

  /** A connection is no more. */
  ended(connection: number): void {
    this.#lines.delete(connection);
  }
}

function request(text: string): Head | undefined {
  const found = REQUEST.exec(text);
  return found === null ? undefined : { name: found[1]!, fields: { path: found[2]! } };
}

function answer(text: string): Head | undefined {
  const status = STATUS.exec(text)?.[1];
  return status === undefined ? undefined : { name: "answer", fields: { status: Number(status) } };
}

const ascii = (bytes: Uint8Array) => String.fromCharCode(...bytes);

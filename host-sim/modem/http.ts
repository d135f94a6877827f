// The module's own HTTP client (SIM7080 AT V1.07 §13): one connection for the SH commands, one more for each download.

import { HttpError } from "../../firmware/http/errors.js";
import { ResponseParser } from "../../firmware/http/response.js";
import type { HttpPart, HttpRequest, HttpResult, Machine, Stream } from "./machine.js";
import type { TlsChoice } from "./state.js";
import { tlsFor } from "./tls.js";

/** Longest body that is kept (§13.2.11). */
const BODY_LIMIT = 307_200;
/** Status codes of the module's own (§13.2.13). */
export const HTTP_RESULT = { noPdu: 600, network: 601 } as const;

/** A URL's parts; undefined: none that the module takes. */
export function splitUrl(url: string): { tls: boolean; host: string; port: number; path: string } | undefined {
  const match = /^(https?):\/\/([A-Za-z0-9.-]{1,253})(?::(\d{1,5}))?(\/.*)?$/.exec(url);
  if (!match) return undefined;
  const tls = match[1] === "https";
  return { tls, host: match[2]!, port: Number(match[3] ?? (tls ? 443 : 80)), path: match[4] ?? "/" };
}

/** One connection and the request on it. */
class Exchange {
  readonly #stream: Stream;
  #parser: ResponseParser | undefined;
  #done: ((result: HttpResult | undefined) => void) | undefined;
  #over = false;

  /** @param opened once: whether there is a connection. @param ended when it ends by itself */
  constructor(m: Machine, url: string, choice: TlsChoice, opened: (open: boolean) => void, ended: () => void) {
    const { host, port, tls } = splitUrl(url)!;
    const secured = tls ? tlsFor(m, choice) : undefined;
    if (typeof secured === "number") {
      this.#stream = { send: () => {}, close: () => {} };
      opened(false);
      return;
    }
    this.#stream = m.streams.open(
      { pdp: 0, host, port, tls: secured },
      {
        connected: () => opened(true),
        failed: () => opened(false),
        data: (bytes) => this.#heard(bytes),
        closed: () => {
          this.#ended();
          ended();
        },
      },
    );
  }

  ask(bytes: Uint8Array, method: string, done: (result: HttpResult | undefined) => void): void {
    const result: HttpResult = { status: HTTP_RESULT.noPdu, head: "", body: new Uint8Array(0) };
    const pieces: Uint8Array[] = [];
    this.#done = (answer) => {
      result.body = joined(pieces);
      done(answer && result);
    };
    this.#parser = new ResponseParser(
      {
        onHead: ({ status, headers }) => {
          result.status = status;
          result.head = [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join("");
        },
        onBody: (piece) => void pieces.push(piece.slice()),
      },
      { method, limits: { body: BODY_LIMIT } },
    );
    this.#stream.send(bytes);
  }

  close(): void {
    this.#over = true;
    this.#stream.close();
  }

  #heard(bytes: Uint8Array): void {
    const parser = this.#parser;
    if (!parser || this.#over) return;
    try {
      parser.push(bytes);
      if (parser.done) this.#finish(NOTHING);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      this.#finish(undefined);
    }
  }

  /** An answer without a length ends with its connection. */
  #ended(): void {
    const parser = this.#parser;
    if (!parser) return;
    try {
      parser.end();
      this.#finish(NOTHING);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      this.#finish(undefined);
    }
  }

  #finish(result: HttpResult | undefined): void {
    const done = this.#done;
    this.#parser = undefined;
    this.#done = undefined;
    done?.(result);
  }
}

/** Stands for "there is an answer"; what is in it was gathered. */
const NOTHING: HttpResult = { status: 0, head: "", body: new Uint8Array(0) };

export class Http implements HttpPart {
  readonly #machine: Machine;
  #exchange: Exchange | undefined;
  #connected = false;
  result: HttpResult | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get connected(): boolean {
    return this.#connected;
  }

  reset(): void {
    this.#connected = false;
    this.#exchange = undefined;
    this.result = undefined;
  }

  connect(done: (ok: boolean) => void): void {
    const { url, tls } = this.#machine.session.http;
    this.#exchange = new Exchange(
      this.#machine,
      url,
      tls,
      (open) => {
        this.#connected = open;
        done(open);
      },
      () => {
        this.#connected = false;
      },
    );
  }

  request(request: HttpRequest, done: (result: HttpResult | undefined) => void): void {
    const { host } = splitUrl(this.#machine.session.http.url)!;
    this.#exchange?.ask(requestBytes(request, host), request.method, (result) => {
      this.result = result;
      done(result);
    });
  }

  disconnect(): void {
    this.#exchange?.close();
    this.reset();
  }

  download(url: string, done: (result: HttpResult | undefined) => void): void {
    const { host, path } = splitUrl(url)!;
    const open = (opened: boolean) => {
      if (!opened) done(undefined);
      else {
        exchange.ask(requestBytes({ method: "GET", path, headers: [], body: undefined }, host), "GET", (result) => {
          exchange.close();
          done(result);
        });
      }
    };
    const exchange: Exchange = new Exchange(this.#machine, url, this.#machine.session.http.tls, open, () => {});
  }
}

function requestBytes({ method, path, headers, body }: HttpRequest, host: string): Uint8Array {
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${host}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  if (body) lines.push(`Content-Length: ${body.length}`);
  const head = `${lines.join("\r\n")}\r\n\r\n`;
  const bytes = new Uint8Array(head.length + (body?.length ?? 0));
  for (let i = 0; i < head.length; i++) bytes[i] = head.charCodeAt(i);
  if (body) bytes.set(body, head.length);
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

// The native TLS stream over carriers that call back at the worst moment. The session is a plain one: no C is needed.

import { expect, test } from "@jest/globals";
import { Failure } from "../../../../../firmware/platform/failure.js";
import type { ByteStream, TcpClass, TcpOptions } from "../../../../../firmware/platform/io.js";
import type { TlsSession } from "../../../../../firmware/platform/native/tls/session.js";
import { nativeTls } from "../../../../../firmware/platform/native/tls/stream.js";
import type { TlsOptions } from "../../../../../firmware/platform/tls.js";
import { nodeClock } from "../../../../../host-sim/platform/clock.js";

/** Open at once; hands out what was written. Throws where it is used after its end, as the C does. */
class PlainSession implements TlsSession {
  #out: Uint8Array[] = [];
  #closed = false;
  readonly room = 100;
  readonly alpn = undefined;
  feed(): void {
    this.#check();
  }
  step(): number {
    this.#check();
    return 1;
  }
  take(): ArrayBuffer | undefined {
    this.#check();
    return this.#out.shift()?.slice().buffer as ArrayBuffer | undefined;
  }
  get readable(): number {
    this.#check();
    return 0;
  }
  read(): ArrayBuffer | undefined {
    this.#check();
    return undefined;
  }
  get writable(): number {
    this.#check();
    return 100;
  }
  write(bytes: Uint8Array): void {
    this.#check();
    this.#out.push(bytes);
  }
  end(): void {
    this.#check();
  }
  why(): [string, number, number, number] {
    return ["tls-protocol", 0, 0, -1];
  }
  about(): [string, string, boolean] {
    return ["", "", false];
  }
  save(): ArrayBuffer | undefined {
    this.#check();
    return undefined;
  }
  close(): void {
    this.#check();
    this.#closed = true;
  }
  #check(): void {
    if (this.#closed) throw new SyntaxError("C: xsGetHostData: invalid host data");
  }
}

/** A carrier that takes 50 bytes and ends within its `write`. */
function ending(how: "calls back" | "throws"): TcpClass {
  return class implements ByteStream {
    readonly #options: TcpOptions;
    format = "buffer";
    constructor(options: TcpOptions) {
      this.#options = options;
      queueMicrotask(() => options.onWritable?.(50));
    }
    write(): number {
      const failure = new Failure("socket-link", "gone", "back-off");
      if (how === "throws") throw failure;
      this.#options.onError?.(failure);
      return 50;
    }
    read(): undefined {}
    close(): void {}
  };
}

test.each(["calls back", "throws"] as const)(
  "a carrier that %s within its write ends the stream once, typed",
  async (how) => {
    const clock = nodeClock();
    clock.setWall(Date.now());
    const secure = { serverName: "a.example", roots: [Uint8Array.of(0x30)], clock };
    const seen: unknown[] = [];
    await new Promise<void>((done) => {
      const options: TlsOptions = { host: "a.example", port: 1, TCP: { io: ending(how) }, secure };
      const TLS = nativeTls(PlainSession);
      const stream = new TLS({
        ...options,
        onWritable: () => seen.push(stream.write(Uint8Array.of(1, 2, 3)) >= 0),
        onError: (error) => {
          seen.push((error as Failure).code);
          setImmediate(done);
        },
      });
    });
    expect(seen).toContain("socket-link");
    expect(seen).toHaveLength(2);
  },
);

test("of a server that gives sessions without end a few are kept", async () => {
  const clock = nodeClock();
  clock.setWall(Date.now());
  let kept = 0;
  const sessions = { take: () => undefined, keep: () => void kept++, opened: () => {} };
  let arrive = () => {};
  class Talkative implements ByteStream {
    format = "buffer";
    constructor(options: TcpOptions) {
      arrive = () => options.onReadable?.(1);
      queueMicrotask(() => options.onWritable?.(50));
    }
    write = () => 50;
    read(): undefined {}
    close(): void {}
  }
  class Generous extends PlainSession {
    override save(): ArrayBuffer {
      return new ArrayBuffer(8);
    }
  }
  const secure = { serverName: "a.example", roots: [Uint8Array.of(0x30)], clock, sessions };
  const TLS = nativeTls(Generous);
  const stream = new TLS({ host: "a.example", port: 1, TCP: { io: Talkative }, secure });
  await new Promise((done) => setImmediate(done));
  for (let i = 0; i < 100; i++) arrive();
  stream.close();
  expect(kept).toBe(4);
});

// In the place of the native TLS session (firmware/platform/native/tls/session.ts): one that is open at once and hands on what
// it gets. The memory of mbedTLS lies outside of XS's heap; what the firmware's own TLS stream takes is measured.

import type { TlsSession, TlsSessionOptions } from "../../../../firmware/platform/native/tls/session.js";

/** What the native session takes at a time, see tls-session.h. */
const IN_ROOM = 1460;
const OUT_ROOM = 2048;
const OPEN = 1;

export class Session implements TlsSession {
  readonly #in = host.pipe();
  readonly #out = host.pipe();
  readonly alpn: string | undefined;

  constructor({ alpn }: TlsSessionOptions) {
    if (alpn.byteLength > 0) this.alpn = String.fromCharCode(...new Uint8Array(alpn)).split("\0")[0]!;
  }
  get room(): number {
    return IN_ROOM - host.size(this.#in);
  }
  feed(bytes: ArrayBuffer): void {
    host.put(this.#in, bytes);
  }
  step(): number {
    return OPEN;
  }
  take(most: number): ArrayBuffer | undefined {
    return host.take(this.#out, most);
  }
  get readable(): number {
    return host.size(this.#in);
  }
  read(most: number): ArrayBuffer | undefined {
    return host.take(this.#in, most);
  }
  get writable(): number {
    return OUT_ROOM - host.size(this.#out);
  }
  write(bytes: Uint8Array): void {
    host.put(this.#out, bytes);
  }
  end(): void {}
  why(): [code: string, error: number, flags: number, alert: number] {
    return ["tls-protocol", 0, 0, -1];
  }
  about(): [version: string, suite: string, resumed: boolean] {
    return ["none", "none", false];
  }
  save(): ArrayBuffer | undefined {
    return undefined;
  }
  close(): void {
    host.unpipe(this.#in);
    host.unpipe(this.#out);
  }
}

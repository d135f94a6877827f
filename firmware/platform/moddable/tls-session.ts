// The native TLS session (native/tls/tls-xs.c) as a class. What its methods do is told in native/tls/session.ts.

import type { TlsSession, TlsSessionOptions } from "../native/tls/session.js";

export class NativeTlsSession extends Native("xs_simkey_tls_destructor") implements TlsSession {
  constructor(options: TlsSessionOptions) {
    super();
    native("xs_simkey_tls_constructor").call(this, options);
  }
  get room(): number {
    return native("xs_simkey_tls_get_room").call(this);
  }
  feed(bytes: ArrayBuffer): void {
    native("xs_simkey_tls_feed").call(this, bytes);
  }
  step(): number {
    return native("xs_simkey_tls_step").call(this);
  }
  take(most: number): ArrayBuffer | undefined {
    return native("xs_simkey_tls_take").call(this, most);
  }
  get readable(): number {
    return native("xs_simkey_tls_get_readable").call(this);
  }
  read(most: number): ArrayBuffer | undefined {
    return native("xs_simkey_tls_read").call(this, most);
  }
  get writable(): number {
    return native("xs_simkey_tls_get_writable").call(this);
  }
  write(bytes: Uint8Array): void {
    native("xs_simkey_tls_write").call(this, bytes);
  }
  end(): void {
    native("xs_simkey_tls_end").call(this);
  }
  get alpn(): string | undefined {
    return native("xs_simkey_tls_get_alpn").call(this);
  }
  why(): [code: string, error: number, flags: number, alert: number] {
    return native("xs_simkey_tls_why").call(this);
  }
  about(): [version: string, suite: string, resumed: boolean] {
    return native("xs_simkey_tls_about").call(this);
  }
  save(): ArrayBuffer | undefined {
    return native("xs_simkey_tls_save").call(this);
  }
  close(): void {
    native("xs_simkey_tls_close").call(this);
  }
}

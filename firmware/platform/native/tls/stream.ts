// TLS as an ECMA-419 class over any TCP class, around a native session. It moves bytes between the two and reports; all that
// decides whom to trust is in the session. One record is decrypted at a time, and the next only when that one has been read:
// what nobody reads stays with the carrier.

import { encodeUtf8 } from "../../../bytes/utf8.js";
import { asFailure, Failure } from "../../failure.js";
import { type BufferLike, type ByteStream, bytesOf, type StreamCallbacks } from "../../io.js";
import { type TlsClass, TlsError, type TlsOptions, type TlsStream } from "../../tls.js";
import { failureOf, PHASE, type TlsSession, type TlsSessionClass } from "./session.js";

type OnOpen = (about: { version: string; suite: string; resumed: boolean }) => void;

/** Sessions of one connection that are kept, each in place of the one before: where that is flash, a server could wear it out. */
const GIVEN_MAX = 4;

/** What all connections of one class have in common. */
interface Shared {
  readonly Session: TlsSessionClass;
  readonly onOpen: OnOpen | undefined;
}

/**
 * A TLS class.
 * @param Session the native session
 * @param onOpen called when a handshake has passed every check, with what a log may want to know
 */
export function nativeTls(Session: TlsSessionClass, onOpen?: OnOpen): TlsClass {
  const shared: Shared = { Session, onOpen };
  return class extends NativeTls {
    constructor(options: TlsOptions) {
      super(options, shared);
    }
  };
}

// At module level, so that it lies in flash: a class made by a function takes 3 KB of the chip's memory.
class NativeTls implements TlsStream {
  readonly #options: TlsOptions;
  readonly #shared: Shared;
  #carrier: ByteStream | undefined;
  #session: TlsSession | undefined;
  /** Bytes the carrier takes now. */
  #room = 0;
  /** The carrier may have bytes to read. */
  #arrived = false;
  #established = false;
  #alpn: string | undefined;
  /** The carrier's end, held back until what came before it is read. */
  #ending: Failure | undefined;
  /** Room and bytes that were reported and not used up since. */
  #toldRoom = 0;
  #toldBytes = 0;
  /** `onError` was called, or `close`. */
  #ended = false;
  #closed = false;
  /** Sessions that the server has given. */
  #given = 0;

  constructor(options: TlsOptions, shared: Shared) {
    this.#options = options;
    this.#shared = shared;
    const refusal = refuse(options);
    if (refusal !== undefined) {
      Promise.resolve().then(() => this.fail(refusal));
      return;
    }
    // In a turn of its own, as are the owner's bytes below: who asks is deep already, a carrier goes deeper, and the deepest call
    // is memory for good.
    Promise.resolve().then(() => this.dial());
  }

  private dial(): void {
    if (this.#ended) return;
    const { host, port, TCP } = this.#options;
    try {
      this.#carrier = new TCP.io({
        host,
        port,
        target: this,
        onReadable: NativeTls.onReadable,
        onWritable: NativeTls.onWritable,
        onError: NativeTls.onError,
      });
    } catch (error) {
      this.fail(asFailure(error));
    }
  }

  private static onReadable(this: StreamCallbacks): void {
    const tls = this.target as NativeTls;
    tls.#arrived = true;
    tls.work();
  }

  private static onWritable(this: StreamCallbacks, room: number): void {
    const tls = this.target as NativeTls;
    tls.#room = room;
    tls.work();
  }

  private static onError(this: StreamCallbacks, error?: Error): void {
    const tls = this.target as NativeTls;
    tls.#ending = error === undefined ? closedByPeer() : asFailure(error);
    tls.work();
  }

  get format(): string {
    return "buffer";
  }

  set format(format: string) {
    if (format !== "buffer") throw new RangeError(`format "${format}" is not supported, only "buffer"`);
  }

  get alpn(): string | undefined {
    return this.#alpn;
  }

  read(byteLength = Number.MAX_SAFE_INTEGER): ArrayBuffer | undefined {
    if (this.#ended || !this.#established) return undefined;
    const bytes = this.#session!.read(byteLength);
    if (bytes === undefined) return undefined;
    this.#toldBytes = Math.max(0, this.#toldBytes - bytes.byteLength);
    // The next record, if it is here already, must not be reported from inside `read`.
    if (this.#session!.readable === 0) Promise.resolve().then(() => this.work());
    return bytes;
  }

  write(buffer: BufferLike): number {
    if (this.#ended) throw new Failure("closed", "write on a TLS stream that has ended", "back-off");
    const bytes = bytesOf(buffer);
    const room = this.#established ? this.#session!.writable : 0;
    if (bytes.length > room) {
      throw new Failure("output-full", `write of ${bytes.length} bytes where ${room} fit`, "retry");
    }
    this.#session!.write(bytes);
    try {
      this.drain();
    } catch (error) {
      this.#ending ??= asFailure(error);
      Promise.resolve().then(() => this.work());
    }
    // A carrier may end within its `write`, and the session with it.
    this.#toldRoom = this.#session?.writable ?? 0;
    return this.#toldRoom;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#ended) this.release(true);
    this.#ended = true;
  }

  /** Moves bytes until nothing changes, then reports. */
  private work(): void {
    if (this.#ended) return;
    try {
      if (this.#room > 0) this.#session ??= this.open();
      while (this.#session !== undefined && this.advance()) {}
    } catch (error) {
      this.#ending ??= asFailure(error);
    }
    this.report();
  }

  private open(): TlsSession {
    const { host, secure } = this.#options;
    const { serverName, applicationLayerProtocolNegotiation, roots, clock, sessions } = secure;
    const names = (applicationLayerProtocolNegotiation ?? []).map((name) => `${name}\0`).join("");
    return new this.#shared.Session({
      serverName,
      alpn: encodeUtf8(names).slice().buffer,
      roots,
      now: Math.floor(clock.wall()! / 1000),
      saved: sessions?.take(host),
    });
  }

  /** One round between carrier and session. @returns whether bytes moved, so that another may move more */
  private advance(): boolean {
    const session = this.#session!;
    const phase = session.step();
    let moved = this.drain();
    if (this.#session !== session) return false;
    if (phase > PHASE.open || session.readable > 0 || !this.#arrived) return moved;
    const room = session.room;
    const bytes = room > 0 ? this.#carrier!.read(room) : undefined;
    if (bytes !== undefined) {
      session.feed(bytes);
      moved = true;
    } else if (room > 0) {
      this.#arrived = false;
    }
    return moved;
  }

  /** Hands ciphertext to the carrier. */
  private drain(): boolean {
    let moved = false;
    while (this.#room > 0) {
      const bytes = this.#session?.take(this.#room);
      if (bytes === undefined) break;
      this.#room = this.#carrier!.write(bytes);
      moved = true;
    }
    return moved;
  }

  /** Tells the owner what has changed. Each callback may read, write or close. */
  private report(): void {
    if (this.#ended) return;
    const session = this.#session;
    const phase = session?.step();
    if (session !== undefined && phase === PHASE.failed) {
      this.fail(failureOf(session));
      return;
    }
    if (session !== undefined && phase !== PHASE.handshaking && !this.#established && !this.establish(session)) return;
    if (this.#established) {
      this.keep(session!);
      this.offer(session!);
    }
    if (this.#ended || (session?.readable ?? 0) > 0) return;
    if (session?.step() === PHASE.ended) this.fail(closedByPeer());
    else if (this.#ending !== undefined) this.fail(this.endOf(this.#ending));
  }

  /** The handshake has passed the session's checks; what remains is the protocol. @returns whether it may be used */
  private establish(session: TlsSession): boolean {
    const { requireAlpn, applicationLayerProtocolNegotiation } = this.#options.secure;
    this.#alpn = session.alpn;
    const offered = applicationLayerProtocolNegotiation ?? [];
    if (this.#alpn === undefined ? requireAlpn : !offered.includes(this.#alpn)) {
      this.fail(new TlsError("tls-alpn", "the server selected none of the protocols that were offered"));
      return false;
    }
    this.#established = true;
    const { onOpen } = this.#shared;
    const [version, suite, resumed] = session.about();
    this.#options.secure.sessions?.opened(resumed);
    onOpen?.({ version, suite, resumed });
    return true;
  }

  /** Hands on a session as soon as the server has given it: what comes next may be the end of this life. */
  private keep(session: TlsSession): void {
    const { host, secure } = this.#options;
    const { sessions } = secure;
    const saved = sessions && this.#given < GIVEN_MAX ? session.save() : undefined;
    if (saved === undefined) return;
    this.#given++;
    sessions!.keep(host, new Uint8Array(saved));
  }

  private offer(session: TlsSession): void {
    const room = session.writable;
    if (room > this.#toldRoom) {
      this.#toldRoom = room;
      this.#options.onWritable?.(room);
    }
    if (this.#ended) return;
    const bytes = session.readable;
    if (bytes <= this.#toldBytes) return;
    this.#toldBytes = bytes;
    Promise.resolve().then(() => this.tell());
  }

  private tell(): void {
    const bytes = this.#ended ? 0 : this.#session!.readable;
    if (bytes > 0) this.#options.onReadable?.(bytes);
  }

  /** What the carrier's end means: as it is before it was connected, and when it broke after the handshake. */
  private endOf(failure: Failure): Failure {
    if (this.#session === undefined || (this.#established && failure.code !== "closed")) return failure;
    const when = this.#established ? "without a closing alert" : "within the handshake";
    return new TlsError("tls-closed", `the connection ended ${when}`, failure);
  }

  private fail(failure: Failure): void {
    if (this.#ended) return;
    this.#ended = true;
    this.release(failure.code === "closed");
    this.#options.onError?.(failure);
  }

  /** Lets go of session and carrier. `orderly`: says goodbye. */
  private release(orderly: boolean): void {
    const session = this.#session;
    if (session !== undefined) {
      if (orderly && this.#established) session.end();
      try {
        this.drain();
      } catch {
        // The carrier has ended before its time: there is nobody to say goodbye to.
      }
      session.close();
      this.#session = undefined;
    }
    this.#carrier?.close();
    this.#carrier = undefined;
  }
}

/** What needs no connection to be refused. */
function refuse({ secure }: TlsOptions): TlsError | undefined {
  if (secure.clock.wall() === undefined) {
    return new TlsError("tls-clock", "the clock is not set, so certificate dates cannot be checked");
  }
  if (secure.roots.length === 0) return new TlsError("tls-untrusted", "no root certificates are given");
  return undefined;
}

function closedByPeer(): Failure {
  return new Failure("closed", "the server closed the connection", "back-off");
}

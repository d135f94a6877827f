// The firmware's TLS class in Node: node:tls over any ECMA-419 TCP class. The server is always verified: by OpenSSL against the
// given roots alone and this machine's clock, and then once more by what the chip's class asks, so that the desk takes no server
// that the chip would refuse.

import { constants, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { connect, createSecureContext, type PeerCertificate, type TLSSocket } from "node:tls";
import { encodePem } from "../../firmware/bytes/pem.js";
import { Failure } from "../../firmware/platform/failure.js";
import { TlsError, type TlsOptions, type TlsStream } from "../../firmware/platform/tls.js";
import { StreamBase } from "../world/stream.js";
import { endOf } from "../world/tls-client.js";
import { alpnFault, clockUnset } from "../world/tls-verdict.js";
import { RecordPipe } from "./record-pipe.js";
import { tlsErrorOf } from "./tls-errors.js";
import { checkPath } from "./tls-path.js";

/** Bytes of output that may wait to be encrypted and sent. */
const OUTPUT_LIMIT = 16_384;
/** Unread bytes above which nothing more is decrypted. */
const INPUT_LIMIT = 65_536;
/** How long a closed connection may take to send what was written before, in milliseconds. */
const LINGER_MS = 5_000;

/** Forward secrecy and AEAD only, as tls-session.c has it; the level is that of RSA with 2048 bits, and without SHA-1. */
const CIPHERS = [
  ...["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"],
  ...["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"],
  ...["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"],
  ...["ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305", "@SECLEVEL=2"],
].join(":");
const CURVES = "P-256:P-384";
const SIGNATURES = [
  ...["ecdsa_secp256r1_sha256", "ecdsa_secp384r1_sha384", "rsa_pss_rsae_sha256", "rsa_pss_rsae_sha384"],
  ...["rsa_pkcs1_sha256", "rsa_pkcs1_sha384"],
].join(":");

/** TLS 1.2 or 1.3 client. Deadlines are its owner's: it waits for the server as long as it is let. */
export class NodeTLS extends StreamBase implements TlsStream {
  readonly #options: TlsOptions;
  readonly #pipe: RecordPipe | undefined;
  #socket: TLSSocket | undefined;
  #established = false;
  /** The connection below has ended. */
  #ending = false;
  #alpn: string | undefined;
  /** A ticket came before the server was judged. */
  #ticket: Buffer | undefined;

  constructor(options: TlsOptions) {
    super(options);
    this.#options = options;
    const refusal = refuseBeforeDialling(options);
    if (refusal !== undefined) {
      queueMicrotask(() => this.fail(refusal));
      return;
    }
    this.#pipe = new RecordPipe(options.TCP.io, options, {
      connected: () => this.#handshake(),
      ended: (failure, connected) => this.#belowEnded(failure, connected),
    });
  }

  get alpn(): string | undefined {
    return this.#alpn;
  }

  #handshake(): void {
    const { serverName, roots, applicationLayerProtocolNegotiation } = this.#options.secure;
    const socket = connect({
      socket: this.#pipe!,
      host: serverName,
      // An address is checked against the certificate, but is no server name (RFC 6066 §3).
      servername: isIP(serverName) === 0 ? serverName : "",
      ...(applicationLayerProtocolNegotiation && { ALPNProtocols: [...applicationLayerProtocolNegotiation] }),
      // Said here, so that no environment variable or command-line flag of Node's can relax it.
      rejectUnauthorized: true,
      // Node asks again, without a certificate, when a server's wish for a second handshake was declined.
      checkServerIdentity: (host, shown) => (this.#established ? undefined : checkIdentity(host, shown)),
      secureContext: createSecureContext({
        ca: roots.map((der) => encodePem("CERTIFICATE", der)),
        minVersion: "TLSv1.2",
        ciphers: CIPHERS,
        ecdhCurve: CURVES,
        sigalgs: SIGNATURES,
        // What was verified stays: a server that renegotiates could show another certificate.
        secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
        // An anchor is a name and a key; it need not be self-signed.
        allowPartialTrustChain: true,
      }),
    });
    this.#socket = socket;
    socket.once("secureConnect", () => this.#secured(socket));
    socket.on("session", (session: Buffer) => {
      // TLS 1.2 tells of a session that has a name alone, too.
      if (socket.getProtocol() === "TLSv1.2" && socket.getTLSTicket() === undefined) return;
      if (this.#established) this.#keep(session);
      else this.#ticket = session;
    });
    socket.on("data", (bytes: Buffer) => {
      if (this.unread + bytes.length >= INPUT_LIMIT && !this.#ending) socket.pause();
      this.deliver(new Uint8Array(bytes));
    });
    socket.on("end", () => {
      const end = new Failure("closed", "the server closed the connection", "back-off");
      this.#end(endOf(end, this.#established, this.#established));
    });
    socket.on("error", (error: NodeJS.ErrnoException) => this.#end(tlsErrorOf(error, serverName)));
  }

  #secured(socket: TLSSocket): void {
    const refusal = this.#judge(socket);
    if (refusal === undefined) {
      this.#established = true;
      this.#options.secure.sessions?.opened(false);
      if (this.#ticket !== undefined) this.#keep(this.#ticket);
      this.grant(OUTPUT_LIMIT);
    } else {
      this.#end(refusal);
    }
  }

  /** What came is told; this class offers none: on a desk each connection shows what the server's certificates are worth. */
  #keep(session: Buffer): void {
    const { host, secure } = this.#options;
    secure.sessions?.keep(host, new Uint8Array(session));
  }

  /** What node:tls leaves to its user: the chip's view of the path, dates by the device's clock, and the protocol. */
  #judge(socket: TLSSocket): TlsError | undefined {
    const { secure } = this.#options;
    const wallMs = secure.clock.wall();
    if (wallMs === undefined) return clockUnset();
    const anchors = secure.roots.map((der) => new X509Certificate(der));
    const refusal = checkPath(certificatesOf(socket), anchors, { host: secure.serverName, wallMs });
    if (refusal !== undefined) return refusal;
    this.#alpn = socket.alpnProtocol || undefined;
    const fault = alpnFault(this.#alpn, secure);
    return fault === undefined ? undefined : new TlsError("tls-alpn", fault);
  }

  #belowEnded(failure: Failure, connected: boolean): void {
    // Bytes that wait in the pipe or behind the decryption came before the end: their amount is bounded, so they may all come.
    this.#ending = true;
    this.#socket?.resume();
    const settle = () => {
      if (!this.alive) return;
      if (this.#pipe!.readableLength + (this.#socket?.readableLength ?? 0) > 0) setImmediate(settle);
      else this.#end(connected ? endOf(failure, this.#established, false) : failure);
    };
    setImmediate(settle);
  }

  #end(failure: Failure): void {
    this.#drop();
    this.fail(failure);
  }

  /** Ends socket and connection at once. */
  #drop(): void {
    this.#socket?.destroy();
    this.#pipe?.destroy();
  }

  protected override transmit(bytes: Uint8Array): number {
    const socket = this.#socket!;
    socket.write(bytes, () => this.grant(this.#space()));
    return this.#space();
  }

  protected override consumed(): void {
    if (this.#socket?.isPaused() && this.unread < INPUT_LIMIT / 2) this.#socket.resume();
  }

  protected override shut(open: boolean): void {
    if (!open) {
      this.#drop();
      return;
    }
    const socket = this.#socket!;
    const linger = setTimeout(() => this.#drop(), LINGER_MS);
    linger.unref();
    socket.once("close", () => clearTimeout(linger));
    // Sends what was written and close_notify, then closes the connection below.
    socket.destroySoon();
  }

  #space(): number {
    return Math.max(0, OUTPUT_LIMIT - this.#socket!.writableLength);
  }
}

/** RFC 9525 §6: an alternative name, whole or with `*` for its whole first label; the subject says nothing. */
function checkIdentity(host: string, { raw }: PeerCertificate): Error | undefined {
  const certificate = new X509Certificate(raw);
  const found =
    isIP(host) === 0
      ? certificate.checkHost(host, { subject: "never", partialWildcards: false, singleLabelSubdomains: false })
      : certificate.checkIP(host);
  if (found !== undefined) return undefined;
  const names = certificate.subjectAltName ?? "none";
  return Object.assign(new Error(`the certificate is not for ${host} but for: ${names}`), {
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
  });
}

/** What needs no connection to be refused. */
function refuseBeforeDialling({ secure }: TlsOptions): TlsError | undefined {
  if (secure.clock.wall() === undefined) return clockUnset();
  // An empty list must not make OpenSSL fall back to anything.
  if (secure.roots.length === 0) return new TlsError("tls-untrusted", "no root certificates are given");
  return undefined;
}

/** The certificates that the server sent, its own first. May be asked once a connection: Node takes them off its list. */
function certificatesOf(socket: TLSSocket): X509Certificate[] {
  const certificates: X509Certificate[] = [];
  for (let next = socket.getPeerX509Certificate(); next !== undefined; next = next.issuerCertificate)
    certificates.push(next);
  return certificates;
}

// A TLS client that does no IO of its own: ciphertext is fed in and taken out by the caller, the time is an argument.
// Over mbedTLS 2.28, 3.x or 4.x; knows nothing of JavaScript, so the chip, platform lin and a test in Node all wrap
// this one file. The server is always verified: chain to a given root, names, purposes, dates against the given time.
// There is no off switch.

#ifndef SIMKEY_TLS_SESSION_H
#define SIMKEY_TLS_SESSION_H

#include <stddef.h>
#include <stdint.h>

// Ciphertext held between the carrier and mbedTLS: one full read of the modem's socket (AT+CARECV, 1460 bytes).
#define SIMKEY_TLS_IN_ROOM 1460
// Most plaintext in one write, and the ciphertext staged for the carrier: one such record with its header, nonce and tag.
#define SIMKEY_TLS_PLAIN_MAX 2048
#define SIMKEY_TLS_OUT_ROOM (SIMKEY_TLS_PLAIN_MAX + 128)
#define SIMKEY_TLS_ROOTS_MAX 8
#define SIMKEY_TLS_ALPN_MAX 4
#define SIMKEY_TLS_ALPN_BYTES_MAX 128
// A saved session carries the server's ticket, and in TLS 1.2 its certificate. A bigger one is not kept: it is to fit into a
// slot of 2,048 bytes together with the host's name.
#define SIMKEY_TLS_SAVED_MAX 1984

typedef struct simkey_tls simkey_tls;

typedef enum {
  SIMKEY_TLS_HANDSHAKING = 0,
  SIMKEY_TLS_OPEN = 1,
  // The server said close_notify: all that it sent has been read.
  SIMKEY_TLS_ENDED = 2,
  SIMKEY_TLS_FAILED = 3,
} simkey_tls_phase;

// Why a session failed. `code` is one of the codes of firmware/platform/tls.ts.
typedef struct {
  const char *code;
  // mbedTLS's error, negative.
  int error;
  // MBEDTLS_X509_BADCERT_*, MBEDTLS_X509_BADCRL_* and SIMKEY_TLS_BADCERT_* of all certificates in the chain.
  uint32_t flags;
  // The server's alert (RFC 8446 §6), or -1.
  int alert;
} simkey_tls_failure;

// One trust anchor, DER or PEM.
typedef struct {
  const uint8_t *bytes;
  size_t length;
} simkey_tls_root;

typedef struct {
  // SNI, and the name that the certificate must bear.
  const char *server_name;
  // Protocol names, each ended by a NUL, most wanted first; none: length 0.
  const char *alpn;
  size_t alpn_length;
  const simkey_tls_root *roots;
  size_t root_count;
  // The device's clock, in seconds since 1970-01-01 UTC.
  int64_t now;
  // What simkey_tls_save gave on an earlier connection, or length 0. Ignored unless it is for the same name, protocols and roots.
  const uint8_t *saved;
  size_t saved_length;
} simkey_tls_options;

// All arguments are copied. Never NULL but for want of memory; a session that could not be set up is in phase FAILED.
simkey_tls *simkey_tls_open(const simkey_tls_options *options);
// Keys are wiped. NULL is harmless.
void simkey_tls_free(simkey_tls *session);

// How much ciphertext simkey_tls_feed takes now.
size_t simkey_tls_room(const simkey_tls *session);
// Takes over at most simkey_tls_room bytes from the carrier; returns how many.
size_t simkey_tls_feed(simkey_tls *session, const uint8_t *bytes, size_t length);
// Goes on as far as the ciphertext at hand allows: handshake, then one record to read. Call until nothing changes.
simkey_tls_phase simkey_tls_step(simkey_tls *session);
// Ciphertext waiting for the carrier.
size_t simkey_tls_pending(const simkey_tls *session);
size_t simkey_tls_take(simkey_tls *session, uint8_t *into, size_t most);

// Decrypted bytes at hand. Only when there are none does simkey_tls_step read the next record.
size_t simkey_tls_readable(const simkey_tls *session);
size_t simkey_tls_read(simkey_tls *session, uint8_t *into, size_t most);
// How much plaintext simkey_tls_write takes now: 0 while an earlier record waits for the carrier.
size_t simkey_tls_writable(const simkey_tls *session);
// Encrypts at most simkey_tls_writable bytes; returns 0, or -1 when the session failed.
int simkey_tls_write(simkey_tls *session, const uint8_t *bytes, size_t length);
// Queues close_notify, if there is room.
void simkey_tls_end(simkey_tls *session);

// The protocol the server selected, or NULL.
const char *simkey_tls_alpn(const simkey_tls *session);
const simkey_tls_failure *simkey_tls_why(const simkey_tls *session);
// Protocol version and suite, for a log: "TLSv1.2 …".
const char *simkey_tls_version(const simkey_tls *session);
const char *simkey_tls_suite(const simkey_tls *session);
// Whether the handshake went on from a saved session.
int simkey_tls_resumed(const simkey_tls *session);
// A session for a later connection that has come since this was last asked: a secret. Returns its length, 0 if there is none
// or it exceeds `most`. TLS 1.3 gives it behind the handshake, and may give several.
size_t simkey_tls_save(simkey_tls *session, uint8_t *into, size_t most);
// Whether there is one.
int simkey_tls_has_fresh(const simkey_tls *session);

#endif

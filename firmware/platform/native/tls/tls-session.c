// A TLS client over mbedTLS that does no IO. See tls-session.h.
//
// mbedTLS pulls ciphertext out of `in` and pushes it into `out`; both are bounded, and it is told to come again when one is
// empty or full.

#include "tls-library.h"
#include "tls-session.h"

#include <stdlib.h>
#include <string.h>

#include <mbedtls/md.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>
#if MBEDTLS_VERSION_NUMBER < 0x04000000
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#endif
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#include <psa/crypto.h>
#endif

#include "tls-trust.h"
#include "tls-verdict.h"

#if MBEDTLS_VERSION_NUMBER < 0x03060300
#include "tls-join.h"
#define JOINS 1
#endif

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

// RFC 5289, RFC 7905 and, where the library has it, RFC 8446: forward secrecy and AEAD only. What it lacks is not offered.
static const int suites[] = {
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
  MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
  MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
  MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
#endif
  MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
  MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
  MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
  MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
  MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
  MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
  0,
};

#if MBEDTLS_VERSION_NUMBER >= 0x03000000
static const uint16_t groups[] = {
  MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
  MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
  MBEDTLS_SSL_IANA_TLS_GROUP_NONE,
};
// PKCS #1 goes before PSS: some versions offer PSS for TLS 1.3 and refuse a server that takes it in TLS 1.2.
static const uint16_t signatures[] = {
  MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256,
  MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
  MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,
  MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384,
  MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256,
  MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384,
  MBEDTLS_TLS1_3_SIG_NONE,
};
#else
static const mbedtls_ecp_group_id groups[] = { MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_SECP384R1, MBEDTLS_ECP_DP_NONE };
static const int signatures[] = { MBEDTLS_MD_SHA256, MBEDTLS_MD_SHA384, MBEDTLS_MD_NONE };
#endif

enum { FINGERPRINT = 32 };

struct simkey_tls {
  mbedtls_ssl_context ssl;
  mbedtls_ssl_config config;
#if MBEDTLS_VERSION_NUMBER < 0x04000000
  mbedtls_entropy_context entropy;
  mbedtls_ctr_drbg_context random;
#endif
#if JOINS
  simkey_tls_join join;
#endif
  simkey_tls_phase phase;
  simkey_tls_failure failure;
  simkey_tls_trust trust;
  // The handshake was finished, so the library may be asked what came of it.
  int opened;
  // A saved session was offered to the server.
  int offered;
  // The server has given a session that was not saved yet.
  int fresh;
  // The clock, and the library's own time, when the session was made: milliseconds.
  int64_t opened_at, opened_ms;
  uint8_t fingerprint[FINGERPRINT];
  char alpn_names[SIMKEY_TLS_ALPN_BYTES_MAX];
  const char *alpn[SIMKEY_TLS_ALPN_MAX + 1];
  size_t in_begin, in_end, out_begin, out_end;
  uint8_t in[SIMKEY_TLS_IN_ROOM];
  uint8_t out[SIMKEY_TLS_OUT_ROOM];
};

// How a saved session begins; what follows is mbedTLS's own, which tells by itself what other build it is of.
typedef struct {
  uint64_t version;
  uint64_t valid_until;
  // By the device's clock, in milliseconds since 1970: the library's own time begins anew with the chip.
  int64_t received_at;
  uint8_t fingerprint[FINGERPRINT];
} saved_header;

enum { SAVED_VERSION = 2 };

// From 3.6 on the library offers no ticket of TLS 1.3 that seems to come from the future, and tells the server its age.
#if MBEDTLS_VERSION_NUMBER >= 0x03060000 && defined(MBEDTLS_SSL_PROTO_TLS1_3) && defined(MBEDTLS_SSL_SESSION_TICKETS) && \
  defined(MBEDTLS_HAVE_TIME)
#define AGES 1
#endif

static int fail(simkey_tls *session, int error) {
  // The library gives that error for an empty list of certificates, too.
  int by_alert = error == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE && session->ssl.in_msgtype == MBEDTLS_SSL_MSG_ALERT;
  simkey_tls_failure *failure = &session->failure;
  failure->error = error;
  // The library has several errors for a certificate that it refuses. Flags that no certificate set are a saved session's.
  failure->flags = session->trust.judged && !session->opened ? mbedtls_ssl_get_verify_result(&session->ssl) : 0;
  failure->alert = by_alert ? session->ssl.in_msg[1] : -1;
  failure->code = simkey_tls_verdict(error, failure->flags, failure->alert);
  // A server of TLS 1.1 finds none of the suites it knows and says handshake_failure, in a record of its own version.
  if (failure->alert == MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE && session->ssl.in_hdr[2] < 3) failure->code = "tls-version";
  session->phase = SIMKEY_TLS_FAILED;
  return -1;
}

// Before a server was heard. What does not tell better for itself goes by `code`.
static int fail_early(simkey_tls *session, int error, const char *code) {
  fail(session, error);
  if (strcmp(session->failure.code, "tls-protocol") == 0) session->failure.code = code;
  return -1;
}

// ---------------------------------------------------------------- carrier

static int on_send(void *context, const unsigned char *bytes, size_t length) {
  simkey_tls *session = context;
  if (session->out_begin == session->out_end) session->out_begin = session->out_end = 0;
  size_t room = sizeof session->out - session->out_end;
  size_t count = length < room ? length : room;
  if (count == 0) return MBEDTLS_ERR_SSL_WANT_WRITE;
  memcpy(session->out + session->out_end, bytes, count);
  session->out_end += count;
  return (int)count;
}

static size_t pull(void *context, uint8_t *into, size_t most) {
  simkey_tls *session = context;
  size_t held = session->in_end - session->in_begin;
  size_t count = held < most ? held : most;
  memcpy(into, session->in + session->in_begin, count);
  session->in_begin += count;
  return count;
}

static int on_receive(void *context, unsigned char *into, size_t most) {
#if JOINS
  simkey_tls *session = context;
  int count = simkey_tls_join_read(&session->join, into, most, pull, session);
  if (count == SIMKEY_TLS_JOIN_MEMORY) return MBEDTLS_ERR_SSL_ALLOC_FAILED;
  if (count < 0) return MBEDTLS_ERR_SSL_INVALID_RECORD;
#else
  int count = (int)pull(context, into, most);
#endif
  return count > 0 ? count : MBEDTLS_ERR_SSL_WANT_READ;
}

size_t simkey_tls_room(const simkey_tls *session) {
  return sizeof session->in - (session->in_end - session->in_begin);
}

size_t simkey_tls_feed(simkey_tls *session, const uint8_t *bytes, size_t length) {
  size_t held = session->in_end - session->in_begin;
  size_t count = length < sizeof session->in - held ? length : sizeof session->in - held;
  if (count == 0) return 0;
  memmove(session->in, session->in + session->in_begin, held);
  memcpy(session->in + held, bytes, count);
  session->in_begin = 0;
  session->in_end = held + count;
  return count;
}

size_t simkey_tls_pending(const simkey_tls *session) {
  return session->out_end - session->out_begin;
}

size_t simkey_tls_take(simkey_tls *session, uint8_t *into, size_t most) {
  size_t count = simkey_tls_pending(session) < most ? simkey_tls_pending(session) : most;
  if (count == 0) return 0;
  memcpy(into, session->out + session->out_begin, count);
  session->out_begin += count;
  return count;
}

// ---------------------------------------------------------------- setting up

// What a saved session is bound to: name, protocols and roots.
static int fingerprint(simkey_tls *session, const simkey_tls_options *options) {
  mbedtls_md_context_t hash;
  mbedtls_md_init(&hash);
  int error = mbedtls_md_setup(&hash, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 0);
  if (!error) error = mbedtls_md_starts(&hash);
  if (!error) error = mbedtls_md_update(&hash, (const uint8_t *)options->server_name, strlen(options->server_name) + 1);
  if (!error && options->alpn_length > 0)
    error = mbedtls_md_update(&hash, (const uint8_t *)options->alpn, options->alpn_length);
  for (size_t i = 0; !error && i < options->root_count; i++)
    error = mbedtls_md_update(&hash, options->roots[i].bytes, options->roots[i].length);
  if (!error) error = mbedtls_md_finish(&hash, session->fingerprint);
  mbedtls_md_free(&hash);
  return error;
}

static int set_alpn(simkey_tls *session, const simkey_tls_options *options) {
  size_t length = options->alpn_length;
  if (length == 0) return 0;
  if (length > sizeof session->alpn_names || options->alpn[length - 1] != 0) return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
  memcpy(session->alpn_names, options->alpn, length);
  size_t count = 0;
  for (size_t at = 0; at < length; at += strlen(session->alpn_names + at) + 1) {
    if (count == SIMKEY_TLS_ALPN_MAX) return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
    session->alpn[count++] = session->alpn_names + at;
  }
  return mbedtls_ssl_conf_alpn_protocols(&session->config, session->alpn);
}

static int set_random(simkey_tls *session) {
#if MBEDTLS_VERSION_NUMBER < 0x04000000
  int error = mbedtls_ctr_drbg_seed(&session->random, mbedtls_entropy_func, &session->entropy, NULL, 0);
  if (error) return error;
  mbedtls_ssl_conf_rng(&session->config, mbedtls_ctr_drbg_random, &session->random);
#else
  (void)session;
#endif
#if MBEDTLS_VERSION_NUMBER >= 0x04000000 || defined(MBEDTLS_SSL_PROTO_TLS1_3)
  // Harmless when it was called before.
  return psa_crypto_init();
#else
  return 0;
#endif
}

static void set_algorithms(mbedtls_ssl_config *config) {
  mbedtls_ssl_conf_ciphersuites(config, suites);
  mbedtls_ssl_conf_cert_profile(config, &mbedtls_x509_crt_profile_next);
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  mbedtls_ssl_conf_groups(config, groups);
  mbedtls_ssl_conf_sig_algs(config, signatures);
  mbedtls_ssl_conf_min_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_2);
#else
  mbedtls_ssl_conf_curves(config, groups);
  mbedtls_ssl_conf_sig_hashes(config, signatures);
  mbedtls_ssl_conf_min_version(config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
#endif
#if defined(MBEDTLS_SSL_SESSION_TICKETS)
  mbedtls_ssl_conf_session_tickets(config, MBEDTLS_SSL_SESSION_TICKETS_ENABLED);
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
  // Never the saved secret alone (RFC 8446 §2.2, psk_ke): who learns it later could read what was said by it.
  mbedtls_ssl_conf_tls13_key_exchange_modes(
    config, MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL | MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL
  );
#endif
#if defined(MBEDTLS_SSL_PROTO_TLS1_3) && MBEDTLS_VERSION_NUMBER >= 0x03060100 && MBEDTLS_VERSION_NUMBER < 0x04000000
  mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(config, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
#endif
#endif
}

// Goes on from a saved session if it is for the same peer and its certificates are still good. One that does not load
// is no fault.
static void resume(simkey_tls *session, const simkey_tls_options *options) {
  saved_header header;
  if (options->saved_length <= sizeof header) return;
  memcpy(&header, options->saved, sizeof header);
  if (header.version != SAVED_VERSION || header.received_at < 0) return;
  if (memcmp(header.fingerprint, session->fingerprint, FINGERPRINT) != 0 || header.valid_until < session->trust.now) return;
  mbedtls_ssl_session saved;
  mbedtls_ssl_session_init(&saved);
  const uint8_t *body = options->saved + sizeof header;
  int error = mbedtls_ssl_session_load(&saved, body, options->saved_length - sizeof header);
#if AGES
  // A clock that was set back makes it new, not one of the future.
  int64_t age = session->opened_at > header.received_at ? session->opened_at - header.received_at : 0;
  if (!error) saved.ticket_reception_time = session->opened_ms - age;
#endif
  if (!error) error = mbedtls_ssl_set_session(&session->ssl, &saved);
  if (!error) {
    session->trust.valid_until = header.valid_until;
    session->offered = 1;
  }
  mbedtls_ssl_session_free(&saved);
}

static int set_up(simkey_tls *session, const simkey_tls_options *options) {
  mbedtls_ssl_config *config = &session->config;
  // Without a name the library would ask for none.
  if (options->server_name == NULL) return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
  int stream = MBEDTLS_SSL_TRANSPORT_STREAM;
  int error = mbedtls_ssl_config_defaults(config, MBEDTLS_SSL_IS_CLIENT, stream, MBEDTLS_SSL_PRESET_DEFAULT);
  if (error) return error;
  mbedtls_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_REQUIRED);
  mbedtls_ssl_conf_ca_chain(config, &session->trust.roots, NULL);
  mbedtls_ssl_conf_verify(config, simkey_tls_trust_judge, &session->trust);
  set_algorithms(config);
  if ((error = set_alpn(session, options))) return error;
  if ((error = fingerprint(session, options))) return error;
  if ((error = mbedtls_ssl_setup(&session->ssl, config))) return error;
  if ((error = mbedtls_ssl_set_hostname(&session->ssl, options->server_name))) return error;
  session->trust.host = session->ssl.hostname;
  mbedtls_ssl_set_bio(&session->ssl, session, on_send, on_receive, NULL);
  session->opened_at = options->now * 1000;
#if AGES
  session->opened_ms = mbedtls_ms_time();
#endif
  resume(session, options);
  return 0;
}

static int trust_roots(simkey_tls *session, const simkey_tls_options *options) {
  if (options->root_count == 0 || options->root_count > SIMKEY_TLS_ROOTS_MAX) return MBEDTLS_ERR_SSL_CA_CHAIN_REQUIRED;
  for (size_t i = 0; i < options->root_count; i++) {
    int error = simkey_tls_trust_add_root(&session->trust, options->roots[i].bytes, options->roots[i].length);
    if (error) return error;
  }
  return 0;
}

simkey_tls *simkey_tls_open(const simkey_tls_options *options) {
  simkey_tls *session = calloc(1, sizeof *session);
  if (session == NULL) return NULL;
  mbedtls_ssl_init(&session->ssl);
  mbedtls_ssl_config_init(&session->config);
  simkey_tls_trust_begin(&session->trust);
#if MBEDTLS_VERSION_NUMBER < 0x04000000
  mbedtls_entropy_init(&session->entropy);
  mbedtls_ctr_drbg_init(&session->random);
#endif
  session->failure.alert = -1;
  int error;
  if (simkey_tls_trust_set_clock(&session->trust, options->now) != 0)
    fail_early(session, MBEDTLS_ERR_SSL_BAD_INPUT_DATA, "tls-clock");
  else if ((error = set_random(session)))
    fail_early(session, error, "tls-local");
  else if ((error = trust_roots(session, options)))
    fail_early(session, error, "tls-untrusted");
  else if ((error = set_up(session, options)))
    fail_early(session, error, "tls-local");
  return session;
}

void simkey_tls_free(simkey_tls *session) {
  if (session == NULL) return;
  mbedtls_ssl_free(&session->ssl);
  mbedtls_ssl_config_free(&session->config);
  simkey_tls_trust_free(&session->trust);
#if MBEDTLS_VERSION_NUMBER < 0x04000000
  mbedtls_ctr_drbg_free(&session->random);
  mbedtls_entropy_free(&session->entropy);
#endif
#if JOINS
  simkey_tls_join_free(&session->join);
#endif
  mbedtls_platform_zeroize(session, sizeof *session);
  free(session);
}

// ---------------------------------------------------------------- running

static int wants_more(int error) {
  return error == MBEDTLS_ERR_SSL_WANT_READ || error == MBEDTLS_ERR_SSL_WANT_WRITE;
}

// A ticket of TLS 1.3 makes the library ask for more first, though more is at hand, and then tell of the ticket.
static int moved_on(simkey_tls *session, int error, size_t before) {
#if defined(MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
  if (error == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) {
    session->fresh = 1;
    return 1;
  }
#endif
  return error == MBEDTLS_ERR_SSL_WANT_READ && session->in_begin != before;
}

// Decrypts the next record with data. Nothing is copied: what was decrypted waits in mbedTLS's own buffer.
static int read_record(simkey_tls *session) {
  uint8_t nothing;
  size_t before;
  int error;
  do {
    before = session->in_begin;
    error = mbedtls_ssl_read(&session->ssl, &nothing, 0);
  } while (moved_on(session, error, before));
  return error;
}

// Whether the handshake itself has given a session: TLS 1.2, by a ticket (RFC 5077) or by the server's own memory (an id).
static int came_with_handshake(const simkey_tls *session) {
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  if (mbedtls_ssl_get_version_number(&session->ssl) != MBEDTLS_SSL_VERSION_TLS1_2) return 0;
#endif
  const mbedtls_ssl_session *given = session->ssl.session;
#if defined(MBEDTLS_SSL_SESSION_TICKETS)
  if (given->ticket_len > 0) return 1;
#endif
  return given->id_len > 0;
}

simkey_tls_phase simkey_tls_step(simkey_tls *session) {
  if (session->phase == SIMKEY_TLS_HANDSHAKING) {
    int error = mbedtls_ssl_handshake(&session->ssl);
    if (wants_more(error)) return session->phase;
    if (error) {
      fail(session, error);
      return session->phase;
    }
    session->phase = SIMKEY_TLS_OPEN;
    session->opened = 1;
    session->fresh = came_with_handshake(session);
  }
  if (session->phase == SIMKEY_TLS_OPEN && simkey_tls_readable(session) == 0) {
    int error = read_record(session);
    if (error == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) session->phase = SIMKEY_TLS_ENDED;
    else if (error < 0 && !wants_more(error)) fail(session, error);
  }
  return session->phase;
}

size_t simkey_tls_readable(const simkey_tls *session) {
  return session->phase == SIMKEY_TLS_OPEN ? mbedtls_ssl_get_bytes_avail(&session->ssl) : 0;
}

size_t simkey_tls_read(simkey_tls *session, uint8_t *into, size_t most) {
  size_t readable = simkey_tls_readable(session);
  if (readable == 0 || most == 0) return 0;
  int count = mbedtls_ssl_read(&session->ssl, into, most < readable ? most : readable);
  if (count < 0) fail(session, count);
  return count < 0 ? 0 : (size_t)count;
}

size_t simkey_tls_writable(const simkey_tls *session) {
  if (session->phase != SIMKEY_TLS_OPEN || simkey_tls_pending(session) > 0) return 0;
  // One record's worth: a server may ask for shorter ones (RFC 6066 §4, RFC 8449).
  int record = mbedtls_ssl_get_max_out_record_payload(&session->ssl);
  if (record < 0) return 0;
  return record < SIMKEY_TLS_PLAIN_MAX ? (size_t)record : SIMKEY_TLS_PLAIN_MAX;
}

int simkey_tls_write(simkey_tls *session, const uint8_t *bytes, size_t length) {
  if (length == 0) return 0;
  if (length > simkey_tls_writable(session)) return fail(session, MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL);
  int count = mbedtls_ssl_write(&session->ssl, bytes, length);
  if (count == (int)length) return 0;
  return fail(session, count < 0 ? count : MBEDTLS_ERR_SSL_INTERNAL_ERROR);
}

void simkey_tls_end(simkey_tls *session) {
  if (session->phase == SIMKEY_TLS_OPEN || session->phase == SIMKEY_TLS_ENDED) mbedtls_ssl_close_notify(&session->ssl);
}

// ---------------------------------------------------------------- asking

const char *simkey_tls_alpn(const simkey_tls *session) {
  return session->opened ? mbedtls_ssl_get_alpn_protocol(&session->ssl) : NULL;
}

const simkey_tls_failure *simkey_tls_why(const simkey_tls *session) {
  return &session->failure;
}

const char *simkey_tls_version(const simkey_tls *session) {
  const char *version = session->opened ? mbedtls_ssl_get_version(&session->ssl) : NULL;
  return version == NULL ? "" : version;
}

const char *simkey_tls_suite(const simkey_tls *session) {
  const char *suite = session->opened ? mbedtls_ssl_get_ciphersuite(&session->ssl) : NULL;
  return suite == NULL ? "" : suite;
}

int simkey_tls_resumed(const simkey_tls *session) {
  return session->opened && session->offered && !session->trust.judged;
}

int simkey_tls_has_fresh(const simkey_tls *session) {
  return session->fresh;
}

size_t simkey_tls_save(simkey_tls *session, uint8_t *into, size_t most) {
  saved_header header = { .version = SAVED_VERSION, .valid_until = session->trust.valid_until };
  memcpy(header.fingerprint, session->fingerprint, FINGERPRINT);
  if (!session->fresh || session->phase == SIMKEY_TLS_HANDSHAKING || session->phase == SIMKEY_TLS_FAILED) return 0;
  session->fresh = 0;
  header.received_at = session->opened_at;
#if AGES
  header.received_at += mbedtls_ms_time() - session->opened_ms;
#endif
  if (most <= sizeof header) return 0;
  mbedtls_ssl_session saved;
  mbedtls_ssl_session_init(&saved);
  size_t length = 0;
  memcpy(into, &header, sizeof header);
  int error = mbedtls_ssl_get_session(&session->ssl, &saved);
  if (!error) error = mbedtls_ssl_session_save(&saved, into + sizeof header, most - sizeof header, &length);
  mbedtls_ssl_session_free(&saved);
  return error ? 0 : sizeof header + length;
}

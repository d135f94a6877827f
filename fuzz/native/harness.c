// See harness.h.

#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/ecp.h>
#include <mbedtls/entropy.h>
#include <mbedtls/oid.h>
#include <mbedtls/version.h>

void broken(const char *what, const char *file, int line) {
  fprintf(stderr, "PROMISE BROKEN: %s (%s:%d)\n", what, file, line);
  abort();
}

// ---------------------------------------------------------------- inputs

uint8_t next_byte(input *from) {
  if (from->left == 0) return 0;
  from->left--;
  return *from->at++;
}

size_t next_word(input *from) {
  size_t high = next_byte(from);
  return high << 8 | next_byte(from);
}

uint8_t *next_piece(input *from, size_t most, size_t *length) {
  *length = most < from->left ? most : from->left;
  uint8_t *piece = malloc(*length > 0 ? *length : 1);
  if (*length > 0) memcpy(piece, from->at, *length);
  from->at += *length;
  from->left -= *length;
  return piece;
}

// ---------------------------------------------------------------- randomness and time

int draw(void *state, unsigned char *into, size_t length) {
  uint64_t *at = state;
  for (size_t i = 0; i < length; i++) {
    // xorshift64
    *at ^= *at << 13;
    *at ^= *at >> 7;
    *at ^= *at << 17;
    into[i] = (unsigned char)(*at >> 32);
  }
  return 0;
}

static uint64_t client_state;

// By these names the session's calls of mbedtls_ctr_drbg_seed, mbedtls_ctr_drbg_random and mbedtls_entropy_func end here.
int mbedtls_ctr_drbg_seed(
  mbedtls_ctr_drbg_context *context, int (*entropy)(void *, unsigned char *, size_t), void *source,
  const unsigned char *custom, size_t length
) {
  (void)context, (void)entropy, (void)source, (void)custom, (void)length;
  client_state = 0x0123456789abcdef;
  return 0;
}

int mbedtls_ctr_drbg_random(void *context, unsigned char *into, size_t length) {
  (void)context;
  return draw(&client_state, into, length);
}

int mbedtls_entropy_func(void *context, unsigned char *into, size_t length) {
  (void)context;
  memset(into, 0, length);
  return 0;
}

// mbedTLS writes it into its hello.
time_t time(time_t *into) {
  if (into != NULL) *into = NOW;
  return NOW;
}

// ---------------------------------------------------------------- certificates

enum { CERTIFICATE_MAX = 1024 };

// SEQUENCE { [2] "fuzz.example" }
static const unsigned char alternative_names[] = "\x30\x0e\x82\x0c" SERVER_NAME;
// SEQUENCE { [0] { SEQUENCE { [2] "example" } } }
static const unsigned char constraints[] = "\x30\x0d\xa0\x0b\x30\x09\x82\x07" "example";
enum { NAMES_BYTES = sizeof alternative_names - 1, LIMITS_BYTES = sizeof constraints - 1 };

typedef struct {
  const char *subject, *issuer;
  mbedtls_pk_context *key, *signer;
  const char *oid;
  const unsigned char *value;
  size_t length;
  int authority;
} request;

static void must(int error) {
  if (error >= 0) return;
  fprintf(stderr, "mbedTLS -0x%x where the fuzzer sets itself up\n", (unsigned)-error);
  exit(2);
}

static void make_key(mbedtls_pk_context *key, uint64_t *state) {
  mbedtls_pk_init(key);
  must(mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)));
  must(mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*key), draw, state));
}

static void set_serial(mbedtls_x509write_cert *certificate) {
#if MBEDTLS_VERSION_NUMBER >= 0x03040000
  must(mbedtls_x509write_crt_set_serial_raw(certificate, (unsigned char[]){ 1 }, 1));
#else
  mbedtls_mpi one;
  mbedtls_mpi_init(&one);
  must(mbedtls_mpi_lset(&one, 1));
  must(mbedtls_x509write_crt_set_serial(certificate, &one));
  mbedtls_mpi_free(&one);
#endif
}

// Signs a certificate. Returns it as DER; to be kept.
static simkey_tls_root sign(const request *wanted, uint64_t *state) {
  static unsigned char buffer[CERTIFICATE_MAX];
  mbedtls_x509write_cert certificate;
  mbedtls_x509write_crt_init(&certificate);
  mbedtls_x509write_crt_set_md_alg(&certificate, MBEDTLS_MD_SHA256);
  mbedtls_x509write_crt_set_subject_key(&certificate, wanted->key);
  mbedtls_x509write_crt_set_issuer_key(&certificate, wanted->signer);
  must(mbedtls_x509write_crt_set_subject_name(&certificate, wanted->subject));
  must(mbedtls_x509write_crt_set_issuer_name(&certificate, wanted->issuer));
  must(mbedtls_x509write_crt_set_validity(&certificate, "20200101000000", "20400101000000"));
  set_serial(&certificate);
  must(mbedtls_x509write_crt_set_basic_constraints(&certificate, wanted->authority, -1));
  if (wanted->oid != NULL)
    must(mbedtls_x509write_crt_set_extension(&certificate, wanted->oid, 3, 0, wanted->value, wanted->length));
  int length = mbedtls_x509write_crt_der(&certificate, buffer, sizeof buffer, draw, state);
  must(length);
  mbedtls_x509write_crt_free(&certificate);
  uint8_t *kept = malloc((size_t)length);
  memcpy(kept, buffer + sizeof buffer - length, (size_t)length);
  return (simkey_tls_root){ kept, (size_t)length };
}

identity *the_identity(void) {
  static identity made;
  if (made.root.length > 0) return &made;
  uint64_t state = 0xfedcba9876543210;
  mbedtls_pk_context root, between;
  make_key(&root, &state);
  make_key(&between, &state);
  make_key(&made.key, &state);
  const char *names = MBEDTLS_OID_SUBJECT_ALT_NAME, *limits = MBEDTLS_OID_NAME_CONSTRAINTS;
  made.root = sign(&(request){ "CN=root", "CN=root", &root, &root, NULL, NULL, 0, 1 }, &state);
  simkey_tls_root chain[] = {
    sign(&(request){ "CN=server", "CN=M", &made.key, &between, names, alternative_names, NAMES_BYTES, 0 }, &state),
    sign(&(request){ "CN=M", "CN=root", &between, &root, limits, constraints, LIMITS_BYTES, 1 }, &state),
  };
  mbedtls_x509_crt_init(&made.chain);
  for (size_t i = 0; i < sizeof chain / sizeof chain[0]; i++) {
    must(mbedtls_x509_crt_parse_der(&made.chain, chain[i].bytes, chain[i].length));
    free((void *)chain[i].bytes);
  }
  mbedtls_pk_free(&root);
  mbedtls_pk_free(&between);
  return &made;
}

simkey_tls_options client_options(void) {
  return (simkey_tls_options){
    .server_name = SERVER_NAME,
    .alpn = "mqtt\0x-amzn-mqtt-ca",
    .alpn_length = 20,
    .roots = &the_identity()->root,
    .root_count = 1,
    .now = NOW,
  };
}

// ---------------------------------------------------------------- promises

static int is_code(const char *code) {
  static const char *const codes[] = {
    "tls-untrusted", "tls-chain-length", "tls-critical-extension", "tls-usage", "tls-constraint", "tls-name", "tls-expired",
    "tls-not-yet-valid", "tls-clock", "tls-alpn", "tls-version", "tls-alert", "tls-protocol", "tls-local",
  };
  for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
    if (code != NULL && strcmp(code, codes[i]) == 0) return 1;
  return 0;
}

simkey_tls_phase check(const simkey_tls *session, simkey_tls_phase before) {
  simkey_tls_phase phase = simkey_tls_step((simkey_tls *)session);
  PROMISE(phase >= before);
  PROMISE(simkey_tls_room(session) <= SIMKEY_TLS_IN_ROOM);
  PROMISE(simkey_tls_pending(session) <= SIMKEY_TLS_OUT_ROOM);
  PROMISE(simkey_tls_writable(session) <= SIMKEY_TLS_PLAIN_MAX);
  PROMISE(simkey_tls_readable(session) <= 16384);
  PROMISE(phase == SIMKEY_TLS_OPEN || simkey_tls_writable(session) + simkey_tls_readable(session) == 0);
  PROMISE(phase != SIMKEY_TLS_FAILED || is_code(simkey_tls_why(session)->code));
  PROMISE(phase != SIMKEY_TLS_HANDSHAKING || simkey_tls_version(session)[0] == 0);
  PROMISE(simkey_tls_suite(session) != NULL);
  return phase;
}

// Scenarios of the native TLS session that no server is needed for. Run by name; without one, the names are printed.

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <mbedtls/ssl.h>

#include "tls-session.h"

static int failures;

#define EXPECT(what)                                             \
  do {                                                           \
    if (!(what)) printf("line %d: not so: " #what "\n", __LINE__), failures++; \
  } while (0)

// ---------------------------------------------------------------- in place of the library's own

static int modes_set;

void __wrap_mbedtls_ssl_conf_tls13_key_exchange_modes(mbedtls_ssl_config *config, int modes) {
  (void)config;
  modes_set = modes;
}

static int no_dates;

struct tm *__real_gmtime_r(const time_t *seconds, struct tm *into);

struct tm *__wrap_gmtime_r(const time_t *seconds, struct tm *into) {
  return no_dates ? NULL : __real_gmtime_r(seconds, into);
}

// ---------------------------------------------------------------- scenarios

// A certificate that signed itself, made for this test: P-256, CN=none.
static const uint8_t root[] = {
#include "root.inc"
};
static const simkey_tls_root roots[] = { { root, sizeof root } };

static simkey_tls_options good(void) {
  return (simkey_tls_options){ .server_name = "a.example", .roots = roots, .root_count = 1, .now = 1800000000 };
}

static int fails_with(simkey_tls_options options, const char *code) {
  simkey_tls *session = simkey_tls_open(&options);
  simkey_tls_phase phase = simkey_tls_step(session);
  const char *found = simkey_tls_why(session)->code;
  int as_wanted = phase == SIMKEY_TLS_FAILED && found != NULL && strcmp(found, code) == 0;
  if (!as_wanted) printf("phase %d, code %s, not %s\n", phase, found ? found : "none", code);
  simkey_tls_free(session);
  return as_wanted;
}

static void asked_without_setup(void) {
  uint8_t bytes[SIMKEY_TLS_SAVED_MAX];
  simkey_tls_options options = good();
  options.root_count = 0;
  simkey_tls *session = simkey_tls_open(&options);
  for (int i = 0; i < 2; i++) {
    EXPECT(simkey_tls_version(session)[0] == 0);
    EXPECT(simkey_tls_suite(session)[0] == 0);
    EXPECT(simkey_tls_alpn(session) == NULL);
    EXPECT(!simkey_tls_resumed(session));
    EXPECT(simkey_tls_pending(session) == 0);
    EXPECT(simkey_tls_readable(session) == 0);
    EXPECT(simkey_tls_writable(session) == 0);
    EXPECT(simkey_tls_read(session, bytes, sizeof bytes) == 0);
    EXPECT(simkey_tls_take(session, bytes, sizeof bytes) == 0);
    EXPECT(simkey_tls_feed(session, (const uint8_t *)"?", 1) == 1);
    EXPECT(simkey_tls_save(session, bytes, sizeof bytes) == 0);
    simkey_tls_end(session);
    EXPECT(simkey_tls_step(session) == SIMKEY_TLS_FAILED);
    EXPECT(simkey_tls_write(session, bytes, 1) == -1);
  }
  simkey_tls_free(session);
}

static void asked_within_handshake(void) {
  simkey_tls_options options = good();
  simkey_tls *session = simkey_tls_open(&options);
  EXPECT(simkey_tls_step(session) == SIMKEY_TLS_HANDSHAKING);
  EXPECT(simkey_tls_version(session)[0] == 0);
  EXPECT(simkey_tls_suite(session)[0] == 0);
  EXPECT(simkey_tls_alpn(session) == NULL);
  EXPECT(simkey_tls_pending(session) > 0);
  simkey_tls_free(session);
}

static void no_such_date(void) {
  static const int64_t moments[] = { -1, INT64_MIN, INT64_MAX, INT64_C(253402300800) };
  for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
    simkey_tls_options options = good();
    options.now = moments[i];
    EXPECT(fails_with(options, "tls-clock"));
  }
  no_dates = 1;
  EXPECT(fails_with(good(), "tls-clock"));
}

static void options_that_cannot_be(void) {
  char long_name[SIMKEY_TLS_PLAIN_MAX];
  simkey_tls_options options = good();
  memset(long_name, 'a', sizeof long_name - 1);
  long_name[sizeof long_name - 1] = 0;
  options.server_name = long_name;
  EXPECT(fails_with(options, "tls-local"));
  options.server_name = NULL;
  EXPECT(fails_with(options, "tls-local"));

  const struct {
    const char *alpn;
    size_t length;
  } offers[] = { { "mqtt", 4 }, { "a\0b\0c\0d\0e", 10 }, { "", 1 }, { long_name, SIMKEY_TLS_ALPN_BYTES_MAX + 1 } };
  for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
    options = good();
    options.alpn = offers[i].alpn;
    options.alpn_length = offers[i].length;
    EXPECT(fails_with(options, "tls-local"));
  }

  static const simkey_tls_root bad[][1] = {
    { { NULL, 0 } }, { { (const uint8_t *)"\x30", 1 } }, { { (const uint8_t *)"-----BEGIN CERTIFICATE-----", 27 } },
    { { (const uint8_t *)"?", 1 } }, { { root, sizeof root - 1 } },
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    options = good();
    options.roots = bad[i];
    EXPECT(fails_with(options, "tls-untrusted"));
  }
  options = good();
  options.root_count = SIMKEY_TLS_ROOTS_MAX + 1;
  EXPECT(fails_with(options, "tls-untrusted"));
}

static void nothing_moved(void) {
  simkey_tls_options options = good();
  simkey_tls *session = simkey_tls_open(&options);
  for (int i = 0; i < 2; i++) {
    EXPECT(simkey_tls_feed(session, NULL, 0) == 0);
    EXPECT(simkey_tls_take(session, NULL, 0) == 0);
    EXPECT(simkey_tls_read(session, NULL, 0) == 0);
    EXPECT(simkey_tls_write(session, NULL, 0) == 0);
    EXPECT(simkey_tls_save(session, NULL, 0) == 0);
    EXPECT(simkey_tls_step(session) == SIMKEY_TLS_HANDSHAKING);
  }
  simkey_tls_free(session);
  simkey_tls_free(NULL);
}

static void new_keys_with_each_session(void) {
  simkey_tls_options options = good();
  simkey_tls_free(simkey_tls_open(&options));
  EXPECT(modes_set == (MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL | MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL));
}

static const struct {
  const char *name;
  void (*run)(void);
} scenarios[] = {
  { "a session that could not be set up answers whatever it is asked", asked_without_setup },
  { "a session in its handshake knows no version, suite or protocol yet", asked_within_handshake },
  { "a clock that no date stands for is none", no_such_date },
  { "options that cannot be are told as what they are", options_that_cannot_be },
  { "nothing may be fed, taken, read, written and saved", nothing_moved },
  { "TLS 1.3 goes on from a session by a new key exchange only", new_keys_with_each_session },
};

int main(int count, char **arguments) {
  for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
    if (count < 2) printf("%s\n", scenarios[i].name);
    else if (strcmp(arguments[1], scenarios[i].name) == 0) scenarios[i].run();
  }
  return failures > 0;
}

// Target: the client and a server of mbedTLS, with a line between them that an input leads: what moves when, what is damaged on
// the way, when the server wants another handshake, and what becomes of a saved session until it is used.
//
// What the client hands out is what the server wrote, from its beginning and without a gap, however the line behaves.

#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>
#include <mbedtls/version.h>

enum { HELD_MAX = 1 << 16, STEPS_MAX = 64, CONNECTIONS_MAX = 3, ROUNDS_MAX = 64 };
// mbedTLS's MBEDTLS_SSL_RENEGOTIATION_DONE, which is in no public header.
enum { RENEGOTIATED = 2 };

typedef struct {
  uint8_t bytes[HELD_MAX];
  size_t begin, end;
} line;

typedef struct {
  simkey_tls *client;
  simkey_tls_phase phase;
  mbedtls_ssl_context server;
  int server_open, server_failed;
  line up, down;
  size_t server_wrote, client_read, client_wrote, server_read;
  uint8_t saved[SIMKEY_TLS_SAVED_MAX];
  size_t saved_length;
  // The part of the saved session that says what it is bound to was changed; and that of the one that was offered.
  int unbound, offered_unbound;
} world;

static mbedtls_ssl_config config;
static mbedtls_ssl_ticket_context tickets;
static uint64_t server_state;

// ---------------------------------------------------------------- the line

static size_t put(line *to, const uint8_t *bytes, size_t length) {
  if (to->begin == to->end) to->begin = to->end = 0;
  size_t count = length < HELD_MAX - to->end ? length : HELD_MAX - to->end;
  if (count > 0) memcpy(to->bytes + to->end, bytes, count);
  to->end += count;
  return count;
}

static size_t get(line *from, uint8_t *into, size_t most) {
  size_t held = from->end - from->begin, count = held < most ? held : most;
  if (count > 0) memcpy(into, from->bytes + from->begin, count);
  from->begin += count;
  return count;
}

static int on_send(void *context, const unsigned char *bytes, size_t length) {
  world *at = context;
  size_t count = put(&at->down, bytes, length);
  return count > 0 ? (int)count : MBEDTLS_ERR_SSL_WANT_WRITE;
}

static int on_receive(void *context, unsigned char *into, size_t most) {
  world *at = context;
  size_t count = get(&at->up, into, most);
  return count > 0 ? (int)count : MBEDTLS_ERR_SSL_WANT_READ;
}

// What the server says, for the other target's seeds.
static void record(const uint8_t *bytes, size_t length) {
  const char *path = getenv("FUZZ_RECORD");
  FILE *file = path == NULL ? NULL : fopen(path, "ab");
  if (file == NULL) return;
  fwrite(bytes, 1, length, file);
  fclose(file);
}

// ---------------------------------------------------------------- both ends

static uint8_t pattern(size_t i) {
  return (uint8_t)(i * 7 + (i >> 8));
}

static void server_goes_on(world *at) {
  uint8_t bytes[512];
  if (at->server_failed) return;
  for (int rounds = 0; rounds < ROUNDS_MAX; rounds++) {
    int result = at->server_open ? mbedtls_ssl_read(&at->server, bytes, sizeof bytes) : mbedtls_ssl_handshake(&at->server);
    if (!at->server_open && result == 0) {
      at->server_open = 1;
      continue;
    }
    if (result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE) return;
    if (result <= 0) {
      at->server_failed = 1;
      return;
    }
    for (int i = 0; i < result; i++) PROMISE(bytes[i] == pattern(at->server_read++));
    PROMISE(at->server_read <= at->client_wrote);
  }
}

static void client_reads(world *at) {
  for (size_t held; (held = simkey_tls_readable(at->client)) > 0;) {
    uint8_t *bytes = malloc(held);
    size_t count = simkey_tls_read(at->client, bytes, held);
    for (size_t i = 0; i < count; i++) PROMISE(bytes[i] == pattern(at->client_read++));
    PROMISE(at->client_read <= at->server_wrote);
    free(bytes);
    at->phase = check(at->client, at->phase);
    if (count == 0) return;
  }
}

static int move_down(world *at, size_t most) {
  size_t room = simkey_tls_room(at->client);
  uint8_t *bytes = malloc(room + 1);
  size_t count = get(&at->down, bytes, most < room ? most : room);
  record(bytes, count);
  PROMISE(simkey_tls_feed(at->client, bytes, count) == count);
  free(bytes);
  at->phase = check(at->client, at->phase);
  client_reads(at);
  return count > 0;
}

static int move_up(world *at, size_t most) {
  uint8_t bytes[SIMKEY_TLS_OUT_ROOM];
  size_t room = HELD_MAX - (at->up.begin == at->up.end ? 0 : at->up.end);
  if (most > room) most = room;
  size_t count = simkey_tls_take(at->client, bytes, most < sizeof bytes ? most : sizeof bytes);
  put(&at->up, bytes, count);
  at->phase = check(at->client, at->phase);
  server_goes_on(at);
  return count > 0;
}

static void settle(world *at) {
  int moved = 1;
  for (int rounds = 0; moved && rounds < ROUNDS_MAX; rounds++) {
    server_goes_on(at);
    moved = move_up(at, HELD_MAX);
    moved |= move_down(at, HELD_MAX);
  }
}

static void server_writes(world *at, size_t length) {
  uint8_t bytes[2048];
  if (!at->server_open || at->server_failed || length > sizeof bytes) return;
  // What is written must fit, so that nothing is half written.
  if (at->down.begin == at->down.end) at->down.begin = at->down.end = 0;
  if (HELD_MAX - at->down.end < 2 * length + 256) return;
  for (size_t i = 0; i < length; i++) bytes[i] = pattern(at->server_wrote + i);
  int count = mbedtls_ssl_write(&at->server, bytes, length);
  if (count > 0) at->server_wrote += (size_t)count;
  else if (count != MBEDTLS_ERR_SSL_WANT_READ && count != MBEDTLS_ERR_SSL_WANT_WRITE) at->server_failed = 1;
}

static void client_writes(world *at, size_t length) {
  size_t room = simkey_tls_writable(at->client);
  if (length > room) length = room;
  uint8_t *bytes = malloc(length + 1);
  for (size_t i = 0; i < length; i++) bytes[i] = pattern(at->client_wrote + i);
  if (simkey_tls_write(at->client, bytes, length) == 0) at->client_wrote += length;
  free(bytes);
  at->phase = check(at->client, at->phase);
}

static void not_renegotiated(const world *at) {
#if defined(MBEDTLS_SSL_RENEGOTIATION)
  PROMISE(at->server.renego_status != RENEGOTIATED);
#else
  (void)at;
#endif
}

static void another_handshake(world *at) {
#if defined(MBEDTLS_SSL_RENEGOTIATION)
  if (!at->server_open || at->server_failed) return;
  int result = mbedtls_ssl_renegotiate(&at->server);
  if (result != 0 && result != MBEDTLS_ERR_SSL_WANT_READ && result != MBEDTLS_ERR_SSL_WANT_WRITE) at->server_failed = 1;
#else
  (void)at;
#endif
}

static void server_alerts(world *at, uint8_t what) {
  uint8_t level = what & 1 ? MBEDTLS_SSL_ALERT_LEVEL_FATAL : MBEDTLS_SSL_ALERT_LEVEL_WARNING;
  if (!at->server_failed) mbedtls_ssl_send_alert_message(&at->server, level, what);
}

static void server_ends(world *at) {
  if (at->server_open && !at->server_failed) mbedtls_ssl_close_notify(&at->server);
}

// ---------------------------------------------------------------- connections

static void connect(world *at) {
  simkey_tls_options options = client_options();
  uint8_t *saved = malloc(at->saved_length + 1);
  memcpy(saved, at->saved, at->saved_length);
  options.saved = saved;
  options.saved_length = at->saved_length;
  at->offered_unbound = at->unbound;
  at->client = simkey_tls_open(&options);
  free(saved);
  at->phase = check(at->client, SIMKEY_TLS_HANDSHAKING);
  mbedtls_ssl_init(&at->server);
  PROMISE(mbedtls_ssl_setup(&at->server, &config) == 0);
  mbedtls_ssl_set_bio(&at->server, at, on_send, on_receive, NULL);
  at->server_open = at->server_failed = 0;
  at->server_wrote = at->client_read = at->client_wrote = at->server_read = 0;
  at->up.begin = at->up.end = at->down.begin = at->down.end = 0;
}

enum { KEEPS_OLD = 1, SHORT_OF_ROOM = 2 };

// Takes the session along for the next connection, unless it keeps the one before.
static void save(world *at, uint8_t how) {
  size_t most = how & SHORT_OF_ROOM ? at->server_wrote % SIMKEY_TLS_SAVED_MAX : SIMKEY_TLS_SAVED_MAX;
  uint8_t *saved = malloc(most + 1);
  size_t length = simkey_tls_save(at->client, saved, most);
  PROMISE(length <= most);
  PROMISE(length == 0 || at->phase == SIMKEY_TLS_OPEN || at->phase == SIMKEY_TLS_ENDED);
  if (length > 0 && !(how & KEEPS_OLD)) {
    memcpy(at->saved, saved, length);
    at->saved_length = length;
    at->unbound = 0;
  }
  free(saved);
}

static void hang_up(world *at, uint8_t how) {
  if (at->offered_unbound) PROMISE(!simkey_tls_resumed(at->client));
  save(at, how);
  simkey_tls_free(at->client);
  mbedtls_ssl_free(&at->server);
}

static void set_up_server(void) {
  static const char *alpn[] = { "mqtt", NULL };
  identity *own = the_identity();
  server_state = 0x1122334455667788;
  mbedtls_ssl_config_init(&config);
  mbedtls_ssl_ticket_init(&tickets);
  int error =
    mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
  if (!error) error = mbedtls_ssl_ticket_setup(&tickets, draw, &server_state, MBEDTLS_CIPHER_AES_256_GCM, 86400);
  if (!error) error = mbedtls_ssl_conf_own_cert(&config, &own->chain, &own->key);
  if (!error) error = mbedtls_ssl_conf_alpn_protocols(&config, alpn);
  PROMISE(error == 0);
  mbedtls_ssl_conf_rng(&config, draw, &server_state);
  mbedtls_ssl_conf_session_tickets_cb(&config, mbedtls_ssl_ticket_write, mbedtls_ssl_ticket_parse, &tickets);
#if defined(MBEDTLS_SSL_RENEGOTIATION)
  mbedtls_ssl_conf_renegotiation(&config, MBEDTLS_SSL_RENEGOTIATION_ENABLED);
#endif
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  // Randomness of its own in TLS 1.3 would make no two runs alike.
  mbedtls_ssl_conf_max_tls_version(&config, MBEDTLS_SSL_VERSION_TLS1_2);
#endif
}

// ---------------------------------------------------------------- what an input says

static void damage_line(world *at, input *in) {
  size_t held = at->down.end - at->down.begin, where = next_word(in);
  uint8_t change = next_byte(in);
  if (held > 0) at->down.bytes[at->down.begin + where % held] ^= change;
}

static void damage_saved(world *at, input *in) {
  size_t where = next_word(in);
  uint8_t change = next_byte(in);
  if (at->saved_length == 0) return;
  where %= at->saved_length;
  at->saved[where] ^= change;
  // The version, 8 bytes, valid_until and received_at, then the fingerprint, 32.
  if (change != 0 && (where < 8 || (where >= 24 && where < 56))) at->unbound = 1;
}

static void insert(world *at, input *in) {
  size_t length;
  uint8_t *bytes = next_piece(in, next_byte(in), &length);
  put(&at->down, bytes, length);
  free(bytes);
}

enum {
  SETTLE, DOWN, UP, DAMAGE, SERVER_WRITES, CLIENT_WRITES, RENEGOTIATE, CLIENT_ENDS, SERVER_ENDS, AGAIN, CUT, INSERT, ALERT,
  DAMAGE_SAVED, SHORTEN_SAVED,
};

// @returns whether it was a new connection
static int step(world *at, uint8_t what, input *in) {
  size_t amount = (size_t)1 << (what & 15);
  switch (what >> 4) {
    case SETTLE: settle(at); break;
    case DOWN: move_down(at, amount); break;
    case UP: move_up(at, amount); break;
    case DAMAGE: damage_line(at, in); break;
    case SERVER_WRITES: server_writes(at, amount); break;
    case CLIENT_WRITES: client_writes(at, amount); break;
    case RENEGOTIATE: another_handshake(at); break;
    case CLIENT_ENDS: simkey_tls_end(at->client); break;
    case SERVER_ENDS: server_ends(at); break;
    case CUT: at->down.begin += (at->down.end - at->down.begin) / (1 + (what & 15)); break;
    case INSERT: insert(at, in); break;
    case ALERT: server_alerts(at, next_byte(in)); break;
    case DAMAGE_SAVED: damage_saved(at, in); break;
    case SHORTEN_SAVED: at->saved_length = next_word(in) % (at->saved_length + 1); break;
    case AGAIN: hang_up(at, what); connect(at); return 1;
    default: server_goes_on(at);
  }
  at->phase = check(at->client, at->phase);
  not_renegotiated(at);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (config.endpoint != MBEDTLS_SSL_IS_SERVER || config.f_rng == NULL) set_up_server();
  server_state = 0x8877665544332211;
  world *at = calloc(1, sizeof *at);
  input in = { data, size };
  connect(at);
  for (int steps = 0, connections = 1; in.left > 0 && steps < STEPS_MAX && connections <= CONNECTIONS_MAX; steps++)
    connections += step(at, next_byte(&in), &in);
  hang_up(at, 0);
  free(at);
  return 0;
}

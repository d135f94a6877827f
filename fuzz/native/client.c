// Target: hostile bytes into the client. The first byte says how it is used, the second how long the pieces are; all others are
// what the server says.

#include "harness.h"

#include <stdlib.h>

enum { WITHOUT_ALPN = 1, TALKS = 2, SLOW_CARRIER = 4, ENDS = 8, TOO_MUCH = 16 };

static void take(simkey_tls *session, size_t most) {
  for (size_t held; (held = simkey_tls_pending(session)) > 0 && most > 0;) {
    size_t count = held < most ? held : most;
    uint8_t *bytes = malloc(count);
    PROMISE(simkey_tls_take(session, bytes, count) == count);
    free(bytes);
    if (most != SIZE_MAX) return;
  }
}

static void read(simkey_tls *session) {
  for (size_t held; (held = simkey_tls_readable(session)) > 0;) {
    uint8_t *bytes = malloc(held);
    PROMISE(simkey_tls_read(session, bytes, held) <= held);
    free(bytes);
    check(session, SIMKEY_TLS_HANDSHAKING);
  }
}

static void talk(simkey_tls *session) {
  size_t room = simkey_tls_writable(session);
  if (room == 0) return;
  uint8_t *bytes = calloc(1, room);
  simkey_tls_write(session, bytes, room);
  free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  input in = { data, size };
  uint8_t how = next_byte(&in);
  size_t most = (size_t)next_byte(&in) * 8 + 1;
  simkey_tls_options options = client_options();
  if (how & WITHOUT_ALPN) options.alpn_length = 0;
  simkey_tls *session = simkey_tls_open(&options);
  simkey_tls_phase phase = check(session, SIMKEY_TLS_HANDSHAKING);
  while (in.left > 0 && simkey_tls_room(session) > 0) {
    size_t length, room = simkey_tls_room(session);
    uint8_t *piece = next_piece(&in, most < room || how & TOO_MUCH ? most : room, &length);
    // What there is no room for is left.
    PROMISE(simkey_tls_feed(session, piece, length) == (length < room ? length : room));
    free(piece);
    phase = check(session, phase);
    if (how & TALKS) talk(session);
    take(session, how & SLOW_CARRIER ? 3 : SIZE_MAX);
    read(session);
    phase = check(session, phase);
  }
  if (how & ENDS) simkey_tls_end(session);
  uint8_t *saved = malloc(SIMKEY_TLS_SAVED_MAX);
  PROMISE(simkey_tls_save(session, saved, SIMKEY_TLS_SAVED_MAX) <= SIMKEY_TLS_SAVED_MAX);
  free(saved);
  check(session, phase);
  simkey_tls_free(session);
  return 0;
}

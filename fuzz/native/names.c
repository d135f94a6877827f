// Target: the walk over certificates' names and constraints. An input is a chain: some authorities with what they constrain, then
// a server. What one authority more says never makes a name allowed that was not, and the work is bounded.

#include "harness.h"

#include <stdlib.h>
#include <string.h>

#include "tls-names.h"

enum { AUTHORITIES_MAX = 12, PIECE_MAX = 4096, RAW = 0x80 };

typedef struct {
  uint8_t *bytes;
  size_t length;
} block;

static block joined(const uint8_t *head, size_t head_length, block tail) {
  block both = { malloc(head_length + tail.length + 1), head_length + tail.length };
  memcpy(both.bytes, head, head_length);
  if (tail.length > 0) memcpy(both.bytes + head_length, tail.bytes, tail.length);
  free(tail.bytes);
  // Exactly its size, so that a read beyond it is seen.
  both.bytes = realloc(both.bytes, both.length > 0 ? both.length : 1);
  return both;
}

static block wrapped(uint8_t tag, block inner) {
  uint8_t head[] = { tag, 0x82, (uint8_t)(inner.length >> 8), (uint8_t)inner.length };
  return joined(head, sizeof head, inner);
}

// Extensions with one extension, 2.5.29.n, of that value; or the bytes as they are.
static block extensions(input *in, uint8_t n, int raw) {
  block value;
  value.bytes = next_piece(in, next_word(in) % PIECE_MAX, &value.length);
  if (raw) return value;
  uint8_t oid[] = { 0x06, 3, 0x55, 0x1d, n };
  return wrapped(0x30, wrapped(0x30, joined(oid, sizeof oid, wrapped(0x04, value))));
}

static simkey_tls_der der(block of) {
  return (simkey_tls_der){ of.bytes, of.length };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const hosts[] = { "a.b.example", "10.1.2.3", "::1", "", NULL };
  input in = { data, size };
  uint8_t how = next_byte(&in);
  const char *host = hosts[next_byte(&in) % (sizeof hosts / sizeof hosts[0])];
  block server = extensions(&in, 17, how & RAW), subject;
  subject.bytes = next_piece(&in, next_word(&in) % PIECE_MAX, &subject.length);

  block authorities[AUTHORITIES_MAX];
  size_t count = (how & ~RAW) % (AUTHORITIES_MAX + 1);
  simkey_tls_names names;
  simkey_tls_names_begin(&names);
  int allowed = 1;
  for (size_t i = 0; i < count; i++) {
    authorities[i] = extensions(&in, 30, how & RAW);
    simkey_tls_names_constrain(&names, der(authorities[i]));
    PROMISE(names.count <= i + 1 && names.count <= SIMKEY_TLS_NAMES_AUTHORITIES);
    int now = simkey_tls_names_allow(&names, der(server), der(subject), host);
    PROMISE(names.work <= SIMKEY_TLS_NAMES_WORK);
    PROMISE(!now || allowed);
    allowed = now;
  }
  for (size_t i = 0; i < count; i++) free(authorities[i].bytes);
  free(server.bytes);
  free(subject.bytes);
  return 0;
}

// Target: the joining layer, fed a stream of records in pieces. What comes out is what went in, in other records: the same
// handshake bytes, each record whole messages, all other records untouched; and however it is cut, the same.

#include "harness.h"

#include <stdlib.h>
#include <string.h>

#include "tls-join.h"

enum { HEADER = 5, ALERT = 21, HANDSHAKE = 22, MESSAGE_HEADER = 4, LENGTH_MAX = 1 << 18 };

// Gives `budget` bytes, then none until it is set anew: as a carrier does.
typedef struct {
  const uint8_t *at;
  size_t left, budget;
} source;

typedef struct {
  uint8_t *bytes;
  size_t length;
  int error;
} result;

static size_t pull(void *context, uint8_t *into, size_t most) {
  source *from = context;
  size_t count = most < from->left ? most : from->left;
  if (count > from->budget) count = from->budget;
  if (count > 0) memcpy(into, from->at, count);
  from->at += count;
  from->budget -= count;
  from->left -= count;
  return count;
}

static result run(const uint8_t *data, size_t size, size_t piece, size_t most) {
  simkey_tls_join join;
  memset(&join, 0, sizeof join);
  source from = { data, size, 0 };
  result out = { malloc(size + HEADER * (size / MESSAGE_HEADER + 1) + 1), 0, 0 };
  uint8_t *into = malloc(most);
  for (;;) {
    size_t left = from.left;
    from.budget = piece;
    int count = simkey_tls_join_read(&join, into, most, pull, &from);
    if (count < 0) out.error = count;
    if (count < 0 || (count == 0 && left == 0)) break;
    // It never waits while there is something.
    PROMISE(count > 0 || from.left < left);
    PROMISE((size_t)count <= most);
    memcpy(out.bytes + out.length, into, (size_t)count);
    out.length += (size_t)count;
  }
  free(into);
  simkey_tls_join_free(&join);
  return out;
}

// What must not change: payloads of handshake records one behind the other, alerts and all from the first other record on as they
// are. Returns its length.
static size_t essence(const uint8_t *bytes, size_t length, uint8_t *into) {
  size_t count = 0;
  while (length >= HEADER && (bytes[0] == HANDSHAKE || bytes[0] == ALERT)) {
    size_t payload = (size_t)bytes[3] << 8 | bytes[4];
    size_t whole = payload + HEADER < length ? payload + HEADER : length;
    size_t skipped = bytes[0] == HANDSHAKE ? HEADER : 0;
    memcpy(into + count, bytes + skipped, whole - skipped);
    count += whole - skipped;
    bytes += whole;
    length -= whole;
  }
  if (length > 0 && bytes[0] != HANDSHAKE) {
    memcpy(into + count, bytes, length);
    count += length;
  }
  return count;
}

// Each record of handshake messages that came out whole holds whole messages.
static void whole_messages(const uint8_t *bytes, size_t length) {
  while (length >= HEADER && (bytes[0] == HANDSHAKE || bytes[0] == ALERT)) {
    size_t payload = (size_t)bytes[3] << 8 | bytes[4];
    if (payload + HEADER > length) return;
    PROMISE(bytes[0] == ALERT || (payload > 0 && payload <= SIMKEY_TLS_MESSAGE_MAX));
    for (size_t at = HEADER; bytes[0] == HANDSHAKE && at < payload + HEADER;) {
      PROMISE(at + MESSAGE_HEADER <= payload + HEADER);
      at += MESSAGE_HEADER + ((size_t)bytes[at + 1] << 16 | (size_t)bytes[at + 2] << 8 | bytes[at + 3]);
      PROMISE(at <= payload + HEADER);
    }
    bytes += payload + HEADER;
    length -= payload + HEADER;
  }
}

static void prefix(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length) {
  size_t length = a_length < b_length ? a_length : b_length;
  PROMISE(length == 0 || memcmp(a, b, length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  input in = { data, size };
  size_t piece = (size_t)next_byte(&in) + 1;
  size_t most = (size_t)next_byte(&in) * 16 + 1;
  if (in.left > LENGTH_MAX) return 0;
  result some = run(in.at, in.left, piece, most);
  result all = run(in.at, in.left, in.left + 1, in.left + HEADER);
  whole_messages(some.bytes, some.length);
  whole_messages(all.bytes, all.length);
  PROMISE(some.error == all.error);

  uint8_t *before = malloc(in.left + 1), *after = malloc(some.length + 1), *other = malloc(all.length + 1);
  size_t before_length = essence(in.at, in.left, before);
  size_t after_length = essence(some.bytes, some.length, after), other_length = essence(all.bytes, all.length, other);
  PROMISE(after_length <= before_length && other_length <= before_length);
  prefix(before, before_length, after, after_length);
  prefix(before, before_length, other, other_length);
  // Less may have come out before an error.
  PROMISE(some.error || after_length == other_length);
  free(before);
  free(after);
  free(other);
  free(some.bytes);
  free(all.bytes);
  return 0;
}

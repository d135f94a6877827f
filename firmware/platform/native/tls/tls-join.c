// Joins handshake messages that a server split over several records. See tls-join.h.

#include "tls-join.h"

#include <stdlib.h>
#include <string.h>

enum { ALERT = 21, HANDSHAKE = 22 };
enum { RECORD_HEADER = 5, MESSAGE_HEADER = 4 };

// Length of the whole messages at the front, 0 if there is none, or MALFORMED if one could never fit.
static int whole(const simkey_tls_join *join) {
  size_t end = 0;
  while (join->length - end >= MESSAGE_HEADER) {
    const uint8_t *message = join->messages + end;
    size_t length = MESSAGE_HEADER + (((size_t)message[1] << 16) | ((size_t)message[2] << 8) | message[3]);
    if (length > SIMKEY_TLS_MESSAGE_MAX) return SIMKEY_TLS_JOIN_MALFORMED;
    if (length > join->length - end) break;
    end += length;
  }
  return (int)end;
}

// Begins to hand on a record with `length` bytes of messages.
static void begin(simkey_tls_join *join, size_t length) {
  memcpy(join->out_header, join->header, 3);
  join->out_header[3] = (uint8_t)(length >> 8);
  join->out_header[4] = (uint8_t)length;
  join->out_length = length;
  join->given = 0;
}

// Hands on what was begun; what remains is the front of the next message.
static size_t give(simkey_tls_join *join, uint8_t *into, size_t most) {
  int in_header = join->given < RECORD_HEADER;
  const uint8_t *from = in_header ? join->out_header + join->given : join->messages + (join->given - RECORD_HEADER);
  size_t at_hand = RECORD_HEADER + (in_header ? 0 : join->out_length) - join->given;
  size_t count = at_hand < most ? at_hand : most;
  memcpy(into, from, count);
  join->given += count;
  if (join->given == RECORD_HEADER + join->out_length) {
    join->length -= join->out_length;
    memmove(join->messages, join->messages + join->out_length, join->length);
    join->out_length = 0;
  }
  return count;
}

// Hands on a record that is no handshake message as it came.
static size_t pass(simkey_tls_join *join, uint8_t *into, size_t most, simkey_tls_pull pull, void *source) {
  size_t count;
  if (join->given < RECORD_HEADER) {
    count = RECORD_HEADER - join->given < most ? RECORD_HEADER - join->given : most;
    memcpy(into, join->header + join->given, count);
    join->given += count;
  } else {
    count = pull(source, into, join->left < most ? join->left : most);
    join->left -= count;
  }
  if (join->given == RECORD_HEADER && (join->left == 0 || join->through)) {
    join->passing = 0;
    join->header_length = 0;
  }
  return count;
}

// A record's header is complete: decides what becomes of the record.
static int classify(simkey_tls_join *join) {
  join->left = ((size_t)join->header[3] << 8) | join->header[4];
  if (join->header[0] != HANDSHAKE) {
    if (join->length > 0) return SIMKEY_TLS_JOIN_MALFORMED;
    join->passing = 1;
    join->given = 0;
    join->through = join->header[0] != ALERT;
    if (join->through) simkey_tls_join_free(join);
    return 0;
  }
  if (join->left == 0 || join->left > SIMKEY_TLS_MESSAGE_MAX) return SIMKEY_TLS_JOIN_MALFORMED;
  if (join->messages == NULL) join->messages = malloc(SIMKEY_TLS_MESSAGE_MAX);
  return join->messages == NULL ? SIMKEY_TLS_JOIN_MEMORY : 0;
}

int simkey_tls_join_read(simkey_tls_join *join, uint8_t *into, size_t most, simkey_tls_pull pull, void *source) {
  for (;;) {
    if (join->out_length > 0) return (int)give(join, into, most);
    if (join->passing) return (int)pass(join, into, most, pull, source);
    if (join->through) return (int)pull(source, into, most);

    if (join->header_length < RECORD_HEADER) {
      size_t count = pull(source, join->header + join->header_length, RECORD_HEADER - join->header_length);
      if (count == 0) return 0;
      join->header_length += count;
      if (join->header_length < RECORD_HEADER) continue;
      int refused = classify(join);
      if (refused) return refused;
      continue;
    }

    size_t room = SIMKEY_TLS_MESSAGE_MAX - join->length;
    size_t count = pull(source, join->messages + join->length, join->left < room ? join->left : room);
    if (count == 0) return 0;
    join->length += count;
    join->left -= count;
    int end = whole(join);
    if (end < 0) return end;
    if (end > 0) begin(join, (size_t)end);
    if (join->left == 0) join->header_length = 0;
  }
}

void simkey_tls_join_free(simkey_tls_join *join) {
  free(join->messages);
  join->messages = NULL;
  join->length = 0;
}

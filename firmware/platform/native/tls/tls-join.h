// Joins handshake messages that a server split over several records (RFC 5246 §6.2.1), for mbedTLS before 3.6.3, which wants
// each within one record. Works while records are in the clear, which is all of TLS 1.2's handshake but Finished. Record
// boundaries are no part of the transcript, so nothing that is verified changes. No IO: it pulls from a function it is given.

#ifndef SIMKEY_TLS_JOIN_H
#define SIMKEY_TLS_JOIN_H

#include <stddef.h>
#include <stdint.h>

// Longest handshake message, its header included: what one record can carry (RFC 5246 §6.2.1).
#define SIMKEY_TLS_MESSAGE_MAX 16384

#define SIMKEY_TLS_JOIN_MALFORMED (-1)
#define SIMKEY_TLS_JOIN_MEMORY (-2)

// All zero to begin with.
typedef struct {
  // Header of the record under way, how much of it is there, how much of its payload is not.
  uint8_t header[5];
  size_t header_length;
  size_t left;
  // Messages so far. Allocated with the first record, freed with the last.
  uint8_t *messages;
  size_t length;
  // Of a record that is being handed on: its header, its payload's length, and how much of both was given.
  uint8_t out_header[5];
  size_t out_length;
  size_t given;
  // An alert passes as it is; from the first record of another kind on, all does.
  int passing;
  int through;
} simkey_tls_join;

// Hands over at most `most` bytes of the stream; 0 when there are none yet.
typedef size_t (*simkey_tls_pull)(void *source, uint8_t *into, size_t most);

// Gives the next bytes of the joined stream. Returns how many, 0 when more input is needed, or a negative SIMKEY_TLS_JOIN_*.
int simkey_tls_join_read(simkey_tls_join *join, uint8_t *into, size_t most, simkey_tls_pull pull, void *source);
void simkey_tls_join_free(simkey_tls_join *join);

#endif

// One piece of DER (X.690 §10) and the values in it, walked from front to back: definite lengths, single-byte tags, no copies.
// Knows nothing of TLS; whatever the bytes are, nothing outside of the piece is read.

#ifndef SIMKEY_TLS_DER_H
#define SIMKEY_TLS_DER_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  const uint8_t *at;
  size_t length;
} simkey_tls_der;

enum {
  SIMKEY_TLS_DER_BOOLEAN = 0x01,
  SIMKEY_TLS_DER_OCTET_STRING = 0x04,
  SIMKEY_TLS_DER_OID = 0x06,
  SIMKEY_TLS_DER_SEQUENCE = 0x30,
};

// Takes the next value off the front. Returns 0 where there is none or it is malformed.
int simkey_tls_der_next(simkey_tls_der *from, uint8_t *tag, simkey_tls_der *content);
// The same for a value that must have this tag.
int simkey_tls_der_take(simkey_tls_der *from, uint8_t tag, simkey_tls_der *content);
// Whether both hold the same bytes.
int simkey_tls_der_same(simkey_tls_der a, simkey_tls_der b);

#endif

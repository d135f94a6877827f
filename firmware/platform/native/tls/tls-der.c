// Walking DER. See tls-der.h.

#include "tls-der.h"

#include <string.h>

// More length octets than a certificate in a handshake message can need are refused (RFC 8446 §4.4.2: below 2^24 bytes).
enum { LENGTH_OCTETS_MAX = 3, HIGH_TAG = 0x1f };

int simkey_tls_der_next(simkey_tls_der *from, uint8_t *tag, simkey_tls_der *content) {
  if (from->length < 2 || (from->at[0] & HIGH_TAG) == HIGH_TAG) return 0;
  size_t head = 2;
  size_t length = from->at[1];
  if (length >= 0x80) {
    size_t octets = length & 0x7f;
    if (octets == 0 || octets > LENGTH_OCTETS_MAX || octets > from->length - head) return 0;
    for (length = 0; octets > 0; octets--) length = length << 8 | from->at[head++];
  }
  if (length > from->length - head) return 0;
  *tag = from->at[0];
  content->at = from->at + head;
  content->length = length;
  from->at += head + length;
  from->length -= head + length;
  return 1;
}

int simkey_tls_der_take(simkey_tls_der *from, uint8_t tag, simkey_tls_der *content) {
  uint8_t found;
  return simkey_tls_der_next(from, &found, content) && found == tag;
}

int simkey_tls_der_same(simkey_tls_der a, simkey_tls_der b) {
  return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

// Whom a session trusts: its roots, and what it asks of each certificate beyond what mbedTLS does. Dates by the device's clock,
// a name among the alternative ones (RFC 9525 §6: the subject's common name says nothing), name constraints, and what an
// authority's certificates may be used for.

#ifndef SIMKEY_TLS_TRUST_H
#define SIMKEY_TLS_TRUST_H

#include <stddef.h>
#include <stdint.h>

#include <mbedtls/x509_crt.h>

#include "tls-names.h"

typedef struct {
  mbedtls_x509_crt roots;
  // Moments as decimal digits, YYYYMMDDhhmmss: they compare as they read. `valid_until`: of the chain's first certificate to end.
  uint64_t now;
  uint64_t valid_until;
  // Whether certificates were shown: a session that is gone on from shows none.
  int judged;
  // The name that the server's certificate must bear. Not its own.
  const char *host;
  simkey_tls_names names;
} simkey_tls_trust;

// To be called before anything else. All zero but for mbedTLS's own.
void simkey_tls_trust_begin(simkey_tls_trust *trust);
void simkey_tls_trust_free(simkey_tls_trust *trust);
// Sets the clock, in seconds since 1970-01-01 UTC. Returns 0, or -1 where there is no such date before the year 10000.
int simkey_tls_trust_set_clock(simkey_tls_trust *trust, int64_t now);
// Adds an anchor, DER or PEM. Returns 0 or an error of mbedTLS.
int simkey_tls_trust_add_root(simkey_tls_trust *trust, const uint8_t *bytes, size_t length);
// What mbedTLS calls for each certificate of a chain, from the anchor, or as far up as it came, down to the server's at depth 0.
int simkey_tls_trust_judge(void *trust, mbedtls_x509_crt *certificate, int depth, uint32_t *flags);

#endif

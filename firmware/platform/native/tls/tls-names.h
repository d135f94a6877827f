// Name constraints (RFC 5280 §4.2.1.10), which mbedTLS does not judge: what the authorities of a chain may speak for.
// The certificates are handed over from the anchor down, as mbedTLS verifies them; nothing is copied or allocated.
//
// DNS names, addresses and permitted directory names are compared. A constraint of another kind, an excluded directory name, and
// whatever is malformed refuse each certificate that bears such a name: what cannot be judged is not let through.

#ifndef SIMKEY_TLS_NAMES_H
#define SIMKEY_TLS_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "tls-der.h"

// Authorities in a chain: mbedTLS ends at 8 intermediates and the anchor.
#define SIMKEY_TLS_NAMES_AUTHORITIES 10
// Most subtrees that are looked at for one chain, so that a chain made for it takes no more than some 10 ms of the chip.
#define SIMKEY_TLS_NAMES_WORK 65536

typedef struct {
  // The extension's value of each authority that has one. They lie in the certificates.
  simkey_tls_der constraints[SIMKEY_TLS_NAMES_AUTHORITIES];
  size_t count;
  size_t work;
} simkey_tls_names;

// Begins with a new chain.
void simkey_tls_names_begin(simkey_tls_names *names);
// Whether all authorities so far allow the names of a certificate below them. `host`, where it is given, is the name that the
// certificate was accepted for: it is judged as well, since one of the certificate's may be a wildcard.
// @param extensions  the certificate's Extensions, or length 0
// @param subject     its subject, a Name
// @param host        a NUL-terminated name, or NULL
int simkey_tls_names_allow(simkey_tls_names *names, simkey_tls_der extensions, simkey_tls_der subject, const char *host);
// Notes what an authority's certificate constrains. Returns 0 where that is malformed or too much.
int simkey_tls_names_constrain(simkey_tls_names *names, simkey_tls_der extensions);

#endif

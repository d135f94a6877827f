// What the targets share: randomness that repeats, a clock that stands, certificates that are made anew at each start and always
// alike, and promises. Compiled with mbedtls_ctr_drbg_* renamed to fuzz_*, so that each input gives the same run.

#ifndef SIMKEY_FUZZ_HARNESS_H
#define SIMKEY_FUZZ_HARNESS_H

#include "tls-library.h"
#include "tls-session.h"

#include <stddef.h>
#include <stdint.h>

#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>

#define SERVER_NAME "fuzz.example"
// 2027-01-15, within the validity of all certificates.
#define NOW 1800000000

#define PROMISE(what)                                   \
  do {                                                  \
    if (!(what)) broken(#what, __FILE__, __LINE__);     \
  } while (0)
// Says which promise was broken, and aborts.
_Noreturn void broken(const char *what, const char *file, int line);

// What is left of an input. Behind its end all is zero.
typedef struct {
  const uint8_t *at;
  size_t left;
} input;
uint8_t next_byte(input *from);
size_t next_word(input *from);
// The next bytes in memory of exactly that size, so that a read beyond them is seen. To be freed.
uint8_t *next_piece(input *from, size_t most, size_t *length);

// Randomness of its own for each user, from a state that is set to begin with.
int draw(void *state, unsigned char *into, size_t length);

// A root, an authority that it signed, constrained to the domain `example`, and a server.
typedef struct {
  simkey_tls_root root;
  mbedtls_x509_crt chain;
  mbedtls_pk_context key;
} identity;
identity *the_identity(void);
// A client that trusts the root.
simkey_tls_options client_options(void);

// What always holds, whatever was fed. `before`: the phase at the last call.
simkey_tls_phase check(const simkey_tls *session, simkey_tls_phase before);

#endif

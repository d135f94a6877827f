// What an update is checked by: SHA-256 as it comes, and ES256, by mbedTLS through PSA. Knows nothing of JavaScript.

#ifndef SIMKEY_UPDATE_CHECKS_H
#define SIMKEY_UPDATE_CHECKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIMKEY_SHA256_BYTES 32
// R and S (RFC 7518 §3.4).
#define SIMKEY_ES256_SIGNATURE_BYTES 64
// An uncompressed point of P-256.
#define SIMKEY_ES256_POINT_BYTES 65

typedef struct simkey_sha256 simkey_sha256;

// NULL without memory.
simkey_sha256 *simkey_sha256_open(void);
// Returns false when the library or the chip fails.
bool simkey_sha256_update(simkey_sha256 *hash, const uint8_t *bytes, size_t length);
// Once; what is hashed after is an error.
bool simkey_sha256_end(simkey_sha256 *hash, uint8_t digest[SIMKEY_SHA256_BYTES]);
// NULL is nothing.
void simkey_sha256_free(simkey_sha256 *hash);

// Whether the signature is that of the message by the key. Any other length, a point that is not on the curve, and a failure of
// the library say no.
bool simkey_es256_verify(const uint8_t *message, size_t message_length, const uint8_t *signature, size_t signature_length,
                         const uint8_t *point, size_t point_length);

#endif

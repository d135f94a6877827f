// ES256 with the device's own key, by mbedTLS through PSA. Knows nothing of JavaScript. Signatures are deterministic (RFC 6979),
// so they are those of firmware/jwt/p256.ts to the byte.

#ifndef SIMKEY_ES256_SIGN_H
#define SIMKEY_ES256_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIMKEY_ES256_SCALAR_BYTES 32
// R and S (RFC 7518 §3.4).
#define SIMKEY_ES256_SIGNED_BYTES 64
// An uncompressed point.
#define SIMKEY_ES256_PUBLIC_BYTES 65

// Signs a message, which is hashed here. Returns false for a scalar that is none, and when the library or the chip fails;
// `signature` is undefined then.
bool simkey_es256_sign(const uint8_t *message, size_t message_length, const uint8_t *scalar, size_t scalar_length,
                       uint8_t signature[SIMKEY_ES256_SIGNED_BYTES]);

// The public point of a scalar. Returns false as above.
bool simkey_es256_public(const uint8_t *scalar, size_t scalar_length, uint8_t point[SIMKEY_ES256_PUBLIC_BYTES]);

#endif

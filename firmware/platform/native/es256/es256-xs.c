// ES256 by mbedTLS for XS: firmware/platform/moddable/mbedtls/key.ts declares it. What fails gives undefined.
// Pointers into XS's heap hold only until something is allocated there, so each is used at once.

#include "xsmc.h"
#include "mc.xs.h"

#include "es256-sign.h"

typedef struct {
  const uint8_t *bytes;
  size_t length;
} Bytes;

static Bytes bytes_of(xsMachine *the, xsSlot *slot) {
  void *data;
  xsUnsignedValue length;
  xsmcGetBufferReadable(*slot, &data, &length);
  return (Bytes){ data, length };
}

void xs_simkey_es256_sign(xsMachine *the) {
  Bytes message = bytes_of(the, &xsArg(0));
  Bytes scalar = bytes_of(the, &xsArg(1));
  uint8_t signature[SIMKEY_ES256_SIGNED_BYTES];
  if (simkey_es256_sign(message.bytes, message.length, scalar.bytes, scalar.length, signature))
    xsmcSetArrayBuffer(xsResult, signature, sizeof signature);
}

void xs_simkey_es256_public(xsMachine *the) {
  Bytes scalar = bytes_of(the, &xsArg(0));
  uint8_t point[SIMKEY_ES256_PUBLIC_BYTES];
  if (simkey_es256_public(scalar.bytes, scalar.length, point)) xsmcSetArrayBuffer(xsResult, point, sizeof point);
}

// Slots, SHA-256 and ES256 for XS: firmware/platform/moddable/esp32/update-native.ts declares them.
// Pointers into XS's heap hold only until something is allocated there, so each is used at once.

#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include "update-checks.h"
#include "update-slots.h"

void xs_simkey_sha256_destructor(void *data);
static const xsHostHooks hooks = { xs_simkey_sha256_destructor, NULL, NULL };

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

void xs_simkey_slots_are_two(xsMachine *the) {
  xsmcSetBoolean(xsResult, simkey_slots_are_two());
}

void xs_simkey_slots_state(xsMachine *the) {
  xsmcSetString(xsResult, (char *)simkey_slots_state());
}

void xs_simkey_slots_choose(xsMachine *the) {
  xsmcSetInteger(xsResult, simkey_slots_choose());
}

void xs_simkey_slots_confirm(xsMachine *the) {
  xsmcSetInteger(xsResult, simkey_slots_confirm());
}

void xs_simkey_slots_undo(xsMachine *the) {
  (void)the;
  simkey_slots_undo();
}

void xs_simkey_slots_chip(xsMachine *the) {
  xsmcSetString(xsResult, (char *)simkey_slots_chip());
}

void xs_simkey_es256_verify(xsMachine *the) {
  Bytes message = bytes_of(the, &xsArg(0));
  Bytes signature = bytes_of(the, &xsArg(1));
  Bytes point = bytes_of(the, &xsArg(2));
  bool holds =
    simkey_es256_verify(message.bytes, message.length, signature.bytes, signature.length, point.bytes, point.length);
  xsmcSetBoolean(xsResult, holds);
}

void xs_simkey_sha256_destructor(void *data) {
  simkey_sha256_free(data);
}

static simkey_sha256 *hash_of(xsMachine *the) {
  return xsmcGetHostDataValidate(xsThis, (void *)&hooks);
}

void xs_simkey_sha256_constructor(xsMachine *the) {
  simkey_sha256 *hash = simkey_sha256_open();
  if (hash == NULL) xsUnknownError("no memory");
  xsmcSetHostData(xsThis, hash);
  xsSetHostHooks(xsThis, (xsHostHooks *)&hooks);
}

void xs_simkey_sha256_update(xsMachine *the) {
  simkey_sha256 *hash = hash_of(the);
  Bytes bytes = bytes_of(the, &xsArg(0));
  if (!simkey_sha256_update(hash, bytes.bytes, bytes.length)) xsUnknownError("no digest");
}

// The object is done with: its memory outside of XS is free again at once.
void xs_simkey_sha256_digest(xsMachine *the) {
  simkey_sha256 *hash = hash_of(the);
  uint8_t digest[SIMKEY_SHA256_BYTES];
  bool is_done = simkey_sha256_end(hash, digest);
  xsmcSetHostData(xsThis, NULL);
  xsmcSetHostDestructor(xsThis, NULL);
  simkey_sha256_free(hash);
  if (!is_done) xsUnknownError("no digest");
  xsmcSetArrayBuffer(xsResult, digest, sizeof digest);
}

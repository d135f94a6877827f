// The native TLS session as a class in XS: firmware/platform/moddable/tls-session.ts declares it.
// Pointers into XS's heap hold only until something is allocated there, so each is used at once.

#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include <stdlib.h>

#include "tls-library.h"
#include "tls-session.h"

#include <mbedtls/platform_util.h>

enum { NAME, ALPN, ROOTS, NOW, SAVED, FIRST_ROOT };

void xs_simkey_tls_destructor(void *data);
static const xsHostHooks hooks = { xs_simkey_tls_destructor, NULL, NULL };

static simkey_tls *session_of(xsMachine *the) {
  return xsmcGetHostDataValidate(xsThis, (void *)&hooks);
}

void xs_simkey_tls_destructor(void *data) {
  simkey_tls_free(data);
}

static simkey_tls_root bytes_of(xsMachine *the, xsSlot *slot) {
  simkey_tls_root bytes = { NULL, 0 };
  if (xsmcTypeOf(*slot) == xsUndefinedType) return bytes;
  void *data;
  xsUnsignedValue length;
  xsmcGetBufferReadable(*slot, &data, &length);
  bytes.bytes = data;
  bytes.length = length;
  return bytes;
}

void xs_simkey_tls_constructor(xsMachine *the) {
  xsmcVars(FIRST_ROOT + SIMKEY_TLS_ROOTS_MAX);
  xsmcGet(xsVar(NAME), xsArg(0), xsID_serverName);
  xsmcGet(xsVar(ALPN), xsArg(0), xsID_alpn);
  xsmcGet(xsVar(ROOTS), xsArg(0), xsID_roots);
  xsmcGet(xsVar(NOW), xsArg(0), xsID_now);
  xsmcGet(xsVar(SAVED), xsArg(0), xsID_saved);
  xsmcGet(xsResult, xsVar(ROOTS), xsID_length);
  size_t root_count = (size_t)xsmcToInteger(xsResult);
  if (root_count > SIMKEY_TLS_ROOTS_MAX) xsRangeError("too many roots");
  for (size_t i = 0; i < root_count; i++) xsmcGetIndex(xsVar(FIRST_ROOT + i), xsVar(ROOTS), (xsIndex)i);
  xsNumberValue seconds = xsmcToNumber(xsVar(NOW));
  // Other numbers, NaN among them, have no int64_t.
  int64_t now = seconds >= 0 && seconds < 1e15 ? (int64_t)seconds : -1;
  (void)xsmcToString(xsVar(NAME));

  // From here on nothing is allocated in XS's heap.
  simkey_tls_root roots[SIMKEY_TLS_ROOTS_MAX];
  for (size_t i = 0; i < root_count; i++) roots[i] = bytes_of(the, &xsVar(FIRST_ROOT + i));
  simkey_tls_root alpn = bytes_of(the, &xsVar(ALPN));
  simkey_tls_root saved = bytes_of(the, &xsVar(SAVED));
  simkey_tls *session = simkey_tls_open(&(simkey_tls_options){
    .server_name = xsmcToString(xsVar(NAME)),
    .alpn = (const char *)alpn.bytes,
    .alpn_length = alpn.length,
    .roots = roots,
    .root_count = root_count,
    .now = now,
    .saved = saved.bytes,
    .saved_length = saved.length,
  });
  if (session == NULL) xsUnknownError("no memory");
  xsmcSetHostData(xsThis, session);
  xsSetHostHooks(xsThis, (xsHostHooks *)&hooks);
}

void xs_simkey_tls_close(xsMachine *the) {
  simkey_tls *session = xsmcGetHostData(xsThis);
  if (session == NULL) return;
  session = session_of(the);
  xsmcSetHostData(xsThis, NULL);
  xsmcSetHostDestructor(xsThis, NULL);
  simkey_tls_free(session);
}

void xs_simkey_tls_get_room(xsMachine *the) {
  xsmcSetInteger(xsResult, (int)simkey_tls_room(session_of(the)));
}

void xs_simkey_tls_feed(xsMachine *the) {
  simkey_tls *session = session_of(the);
  simkey_tls_root bytes = bytes_of(the, &xsArg(0));
  if (simkey_tls_feed(session, bytes.bytes, bytes.length) < bytes.length) xsRangeError("no room");
}

void xs_simkey_tls_step(xsMachine *the) {
  xsmcSetInteger(xsResult, simkey_tls_step(session_of(the)));
}

// The first argument. To be asked before the session: what makes a number may run code that closes it.
static xsNumberValue most_wanted(xsMachine *the) {
  return xsmcToNumber(xsArg(0));
}

static size_t smaller(xsNumberValue most, size_t held) {
  if (!(most > 0)) return 0;
  return most < (xsNumberValue)held ? (size_t)most : held;
}

void xs_simkey_tls_take(xsMachine *the) {
  xsNumberValue most = most_wanted(the);
  simkey_tls *session = session_of(the);
  size_t count = smaller(most, simkey_tls_pending(session));
  if (count > 0) simkey_tls_take(session, xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)count), count);
}

void xs_simkey_tls_get_readable(xsMachine *the) {
  xsmcSetInteger(xsResult, (int)simkey_tls_readable(session_of(the)));
}

void xs_simkey_tls_read(xsMachine *the) {
  xsNumberValue most = most_wanted(the);
  simkey_tls *session = session_of(the);
  size_t count = smaller(most, simkey_tls_readable(session));
  if (count > 0) simkey_tls_read(session, xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)count), count);
}

void xs_simkey_tls_get_writable(xsMachine *the) {
  xsmcSetInteger(xsResult, (int)simkey_tls_writable(session_of(the)));
}

void xs_simkey_tls_write(xsMachine *the) {
  simkey_tls *session = session_of(the);
  simkey_tls_root bytes = bytes_of(the, &xsArg(0));
  simkey_tls_write(session, bytes.bytes, bytes.length);
}

void xs_simkey_tls_end(xsMachine *the) {
  simkey_tls_end(session_of(the));
}

void xs_simkey_tls_get_alpn(xsMachine *the) {
  const char *alpn = simkey_tls_alpn(session_of(the));
  if (alpn != NULL) xsmcSetString(xsResult, (char *)alpn);
}

void xs_simkey_tls_why(xsMachine *the) {
  const simkey_tls_failure *failure = simkey_tls_why(session_of(the));
  xsmcVars(1);
  xsmcSetNewArray(xsResult, 0);
  xsmcSetString(xsVar(0), (char *)(failure->code == NULL ? "tls-protocol" : failure->code));
  xsmcSetIndex(xsResult, 0, xsVar(0));
  xsmcSetInteger(xsVar(0), failure->error);
  xsmcSetIndex(xsResult, 1, xsVar(0));
  xsmcSetNumber(xsVar(0), failure->flags);
  xsmcSetIndex(xsResult, 2, xsVar(0));
  xsmcSetInteger(xsVar(0), failure->alert);
  xsmcSetIndex(xsResult, 3, xsVar(0));
}

void xs_simkey_tls_about(xsMachine *the) {
  simkey_tls *session = session_of(the);
  xsmcVars(1);
  xsmcSetNewArray(xsResult, 0);
  xsmcSetString(xsVar(0), (char *)simkey_tls_version(session));
  xsmcSetIndex(xsResult, 0, xsVar(0));
  xsmcSetString(xsVar(0), (char *)simkey_tls_suite(session));
  xsmcSetIndex(xsResult, 1, xsVar(0));
  xsmcSetBoolean(xsVar(0), simkey_tls_resumed(session) != 0);
  xsmcSetIndex(xsResult, 2, xsVar(0));
}

void xs_simkey_tls_save(xsMachine *the) {
  simkey_tls *session = session_of(the);
  // Asked each time that something has moved, and mostly there is none.
  if (!simkey_tls_has_fresh(session)) return;
  uint8_t *bytes = malloc(SIMKEY_TLS_SAVED_MAX);
  if (bytes == NULL) return;
  size_t length = simkey_tls_save(session, bytes, SIMKEY_TLS_SAVED_MAX);
  if (length > 0) {
    xsTry {
      xsmcSetArrayBuffer(xsResult, bytes, (xsIntegerValue)length);
    }
    xsCatch {
      // Without memory there is no resumption, and that is no fault.
      xsmcSetUndefined(xsResult);
    }
    // A plain memset before free is left out by the compiler.
    mbedtls_platform_zeroize(bytes, length);
  }
  free(bytes);
}

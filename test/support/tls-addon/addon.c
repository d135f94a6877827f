// The native TLS session as a class in Node (Node-API), so that tests run the very C code that the chip runs.
// Shape: TlsSession of firmware/platform/native/tls/session.ts.

#include <node_api.h>
#include <stdlib.h>
#include <string.h>

#include "tls-session.h"

enum { NAME_MAX_BYTES = 256 };

static napi_value undefined(napi_env env) {
  napi_value value;
  napi_get_undefined(env, &value);
  return value;
}

static napi_value number(napi_env env, double of) {
  napi_value value;
  napi_create_double(env, of, &value);
  return value;
}

static napi_value string(napi_env env, const char *text) {
  if (text == NULL) return undefined(env);
  napi_value value;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value);
  return value;
}

static napi_value list(napi_env env, const napi_value *values, uint32_t count) {
  napi_value array;
  napi_create_array_with_length(env, count, &array);
  for (uint32_t i = 0; i < count; i++) napi_set_element(env, array, i, values[i]);
  return array;
}

// Bytes of an ArrayBuffer or a view; length 0 for anything else.
static simkey_tls_root bytes_of(napi_env env, napi_value value) {
  simkey_tls_root found = { NULL, 0 };
  bool is;
  if (napi_is_arraybuffer(env, value, &is) == napi_ok && is) {
    napi_get_arraybuffer_info(env, value, (void **)&found.bytes, &found.length);
  } else if (napi_is_typedarray(env, value, &is) == napi_ok && is) {
    napi_get_typedarray_info(env, value, NULL, &found.length, (void **)&found.bytes, NULL, NULL);
  }
  return found;
}

// An ArrayBuffer with what `fill` gives, at most `most` bytes; undefined for none.
static napi_value filled(
  napi_env env, simkey_tls *session, size_t most, size_t (*fill)(simkey_tls *, uint8_t *, size_t)
) {
  uint8_t *bytes = malloc(most > 0 ? most : 1);
  size_t count = fill(session, bytes, most);
  napi_value buffer = undefined(env);
  if (count > 0) {
    void *into;
    napi_create_arraybuffer(env, count, &into, &buffer);
    memcpy(into, bytes, count);
  }
  free(bytes);
  return buffer;
}

static simkey_tls *begin(napi_env env, napi_callback_info info, napi_value *argument) {
  napi_value this;
  size_t count = 1;
  void *session = NULL;
  napi_get_cb_info(env, info, &count, argument, &this, NULL);
  napi_unwrap(env, this, &session);
  if (session == NULL) napi_throw_error(env, NULL, "the session is closed");
  return session;
}

#define METHOD(name, ...)                                         \
  static napi_value name(napi_env env, napi_callback_info info) { \
    napi_value argument;                                          \
    simkey_tls *session = begin(env, info, &argument);            \
    if (session == NULL) return NULL;                             \
    __VA_ARGS__                                                   \
  }

static size_t at_most(napi_env env, napi_value argument, size_t held) {
  double most = 0;
  napi_get_value_double(env, argument, &most);
  if (!(most > 0)) return 0;
  return most < (double)held ? (size_t)most : held;
}

METHOD(room, return number(env, (double)simkey_tls_room(session));)
METHOD(step, return number(env, simkey_tls_step(session));)
METHOD(readable, return number(env, (double)simkey_tls_readable(session));)
METHOD(writable, return number(env, (double)simkey_tls_writable(session));)
METHOD(alpn, return string(env, simkey_tls_alpn(session));)
METHOD(take, return filled(env, session, at_most(env, argument, simkey_tls_pending(session)), simkey_tls_take);)
METHOD(do_read, return filled(env, session, at_most(env, argument, simkey_tls_readable(session)), simkey_tls_read);)
METHOD(save, return filled(env, session, SIMKEY_TLS_SAVED_MAX, simkey_tls_save);)
METHOD(end, simkey_tls_end(session); return NULL;)

METHOD(feed, {
  simkey_tls_root bytes = bytes_of(env, argument);
  if (simkey_tls_feed(session, bytes.bytes, bytes.length) < bytes.length) napi_throw_error(env, NULL, "no room");
  return NULL;
})

METHOD(do_write, {
  simkey_tls_root bytes = bytes_of(env, argument);
  simkey_tls_write(session, bytes.bytes, bytes.length);
  return NULL;
})

METHOD(why, {
  const simkey_tls_failure *failure = simkey_tls_why(session);
  napi_value parts[] = {
    string(env, failure->code), number(env, failure->error), number(env, failure->flags), number(env, failure->alert),
  };
  return list(env, parts, 4);
})

METHOD(about, {
  napi_value resumed;
  napi_get_boolean(env, simkey_tls_resumed(session) != 0, &resumed);
  napi_value parts[] = { string(env, simkey_tls_version(session)), string(env, simkey_tls_suite(session)), resumed };
  return list(env, parts, 3);
})

static void finalize(napi_env env, void *session, void *hint) {
  (void)env, (void)hint;
  simkey_tls_free(session);
}

static napi_value do_close(napi_env env, napi_callback_info info) {
  napi_value this;
  void *session = NULL;
  napi_get_cb_info(env, info, NULL, NULL, &this, NULL);
  if (napi_remove_wrap(env, this, &session) == napi_ok) simkey_tls_free(session);
  return NULL;
}

static napi_value construct(napi_env env, napi_callback_info info) {
  napi_value this, options, value;
  size_t count = 1;
  napi_get_cb_info(env, info, &count, &options, &this, NULL);

  char server_name[NAME_MAX_BYTES] = "";
  napi_get_named_property(env, options, "serverName", &value);
  napi_get_value_string_utf8(env, value, server_name, sizeof server_name, NULL);
  napi_get_named_property(env, options, "alpn", &value);
  simkey_tls_root alpn = bytes_of(env, value);
  napi_get_named_property(env, options, "saved", &value);
  simkey_tls_root saved = bytes_of(env, value);
  double now = 0;
  napi_get_named_property(env, options, "now", &value);
  napi_get_value_double(env, value, &now);

  simkey_tls_root roots[SIMKEY_TLS_ROOTS_MAX];
  uint32_t root_count = 0;
  napi_value given;
  napi_get_named_property(env, options, "roots", &given);
  napi_get_array_length(env, given, &root_count);
  for (uint32_t i = 0; i < root_count && i < SIMKEY_TLS_ROOTS_MAX; i++) {
    napi_get_element(env, given, i, &value);
    roots[i] = bytes_of(env, value);
  }

  simkey_tls *session = simkey_tls_open(&(simkey_tls_options){
    .server_name = server_name,
    .alpn = (const char *)alpn.bytes,
    .alpn_length = alpn.length,
    .roots = roots,
    .root_count = root_count,
    .now = now >= 0 && now < 1e15 ? (int64_t)now : -1,
    .saved = saved.bytes,
    .saved_length = saved.length,
  });
  if (session == NULL) {
    napi_throw_error(env, NULL, "no memory");
    return NULL;
  }
  napi_wrap(env, this, session, finalize, NULL, NULL);
  return this;
}

NAPI_MODULE_INIT() {
  const napi_property_descriptor properties[] = {
    { "room", 0, 0, room, 0, 0, napi_default, 0 },
    { "feed", 0, feed, 0, 0, 0, napi_default, 0 },
    { "step", 0, step, 0, 0, 0, napi_default, 0 },
    { "take", 0, take, 0, 0, 0, napi_default, 0 },
    { "readable", 0, 0, readable, 0, 0, napi_default, 0 },
    { "read", 0, do_read, 0, 0, 0, napi_default, 0 },
    { "writable", 0, 0, writable, 0, 0, napi_default, 0 },
    { "write", 0, do_write, 0, 0, 0, napi_default, 0 },
    { "end", 0, end, 0, 0, 0, napi_default, 0 },
    { "alpn", 0, 0, alpn, 0, 0, napi_default, 0 },
    { "why", 0, why, 0, 0, 0, napi_default, 0 },
    { "about", 0, about, 0, 0, 0, napi_default, 0 },
    { "save", 0, save, 0, 0, 0, napi_default, 0 },
    { "close", 0, do_close, 0, 0, 0, napi_default, 0 },
  };
  napi_value class;
  napi_define_class(
    env, "Session", NAPI_AUTO_LENGTH, construct, NULL, sizeof properties / sizeof properties[0], properties, &class
  );
  napi_set_named_property(env, exports, "Session", class);
  return exports;
}

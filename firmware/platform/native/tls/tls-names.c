// Judges names against name constraints. See tls-names.h.

#include "tls-names.h"

#include <string.h>

// Tags of a GeneralName (RFC 5280 §4.2.1.6).
enum {
  OTHER_NAME = 0xa0,
  MAIL = 0x81,
  DNS = 0x82,
  X400 = 0xa3,
  DIRECTORY = 0xa4,
  EDI_PARTY = 0xa5,
  URI = 0x86,
  ADDRESS = 0x87,
  REGISTERED_ID = 0x88,
};
enum { PERMITTED = 0xa0, EXCLUDED = 0xa1 };
enum { IPV4_BYTES = 4, IPV6_BYTES = 16 };

typedef enum { OUTSIDE, WITHIN, CANNOT_TELL } place;

static const uint8_t alternative_names[] = { 0x55, 0x1d, 0x11 };
static const uint8_t name_constraints[] = { 0x55, 0x1d, 0x1e };
// emailAddress of PKCS #9, a mail address within a subject.
static const uint8_t mail_attribute[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01 };

static int is_kind(uint8_t tag) {
  static const uint8_t kinds[] = { OTHER_NAME, MAIL, DNS, X400, DIRECTORY, EDI_PARTY, URI, ADDRESS, REGISTERED_ID };
  return memchr(kinds, tag, sizeof kinds) != NULL;
}

// ---------------------------------------------------------------- extensions

// Finds an extension's value. Returns 1, 0 where there is none, -1 where it is malformed or there twice.
static int find(simkey_tls_der extensions, const uint8_t *id, size_t id_length, simkey_tls_der *value) {
  simkey_tls_der list, one, oid;
  simkey_tls_der wanted = { id, id_length };
  int found = 0;
  if (extensions.length == 0) return 0;
  if (!simkey_tls_der_take(&extensions, SIMKEY_TLS_DER_SEQUENCE, &list)) return -1;
  while (list.length > 0) {
    uint8_t tag;
    if (!simkey_tls_der_take(&list, SIMKEY_TLS_DER_SEQUENCE, &one)) return -1;
    if (!simkey_tls_der_take(&one, SIMKEY_TLS_DER_OID, &oid)) return -1;
    if (!simkey_tls_der_same(oid, wanted)) continue;
    if (found || !simkey_tls_der_next(&one, &tag, value)) return -1;
    if (tag == SIMKEY_TLS_DER_BOOLEAN && !simkey_tls_der_next(&one, &tag, value)) return -1;
    if (tag != SIMKEY_TLS_DER_OCTET_STRING) return -1;
    found = 1;
  }
  return found;
}

// ---------------------------------------------------------------- one name, one subtree

static uint8_t lower(uint8_t letter) {
  return letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter;
}

// Any labels may stand to the left of the base; with a dot in front, some must.
static place in_domain(simkey_tls_der base, simkey_tls_der name) {
  if (base.length == 0) return WITHIN;
  if (name.length < base.length) return OUTSIDE;
  size_t left = name.length - base.length;
  for (size_t i = 0; i < base.length; i++)
    if (lower(name.at[left + i]) != lower(base.at[i])) return OUTSIDE;
  return left == 0 || base.at[0] == '.' || name.at[left - 1] == '.' ? WITHIN : OUTSIDE;
}

// The base is an address and a mask.
static place in_range(simkey_tls_der base, simkey_tls_der name) {
  size_t length = base.length / 2;
  if (base.length != 2 * IPV4_BYTES && base.length != 2 * IPV6_BYTES) return CANNOT_TELL;
  if (name.length != IPV4_BYTES && name.length != IPV6_BYTES) return CANNOT_TELL;
  if (name.length != length) return OUTSIDE;
  for (size_t i = 0; i < length; i++)
    if ((name.at[i] ^ base.at[i]) & base.at[length + i]) return OUTSIDE;
  return WITHIN;
}

// Compares as bytes: case, blanks and kinds of strings are not made equal (RFC 5280 §7.1), so only equality tells something.
static place in_directory(simkey_tls_der base, simkey_tls_der name) {
  simkey_tls_der bases, names, wanted, found;
  if (!simkey_tls_der_take(&base, SIMKEY_TLS_DER_SEQUENCE, &bases)) return CANNOT_TELL;
  if (!simkey_tls_der_take(&name, SIMKEY_TLS_DER_SEQUENCE, &names)) return CANNOT_TELL;
  while (bases.length > 0) {
    uint8_t tag, other;
    if (!simkey_tls_der_next(&bases, &tag, &wanted)) return CANNOT_TELL;
    if (!simkey_tls_der_next(&names, &other, &found) || other != tag) return OUTSIDE;
    if (!simkey_tls_der_same(wanted, found)) return OUTSIDE;
  }
  return WITHIN;
}

static place locate(uint8_t kind, simkey_tls_der base, simkey_tls_der name, int excluded) {
  if (kind == DNS) return in_domain(base, name);
  if (kind == ADDRESS) return in_range(base, name);
  if (kind == DIRECTORY && !excluded) return in_directory(base, name);
  return CANNOT_TELL;
}

// ---------------------------------------------------------------- one name, all constraints

// Whether a list of subtrees lets the name pass: with one that it is in, or none of its kind; or, excluded, with none.
static int list_allows(simkey_tls_names *names, simkey_tls_der list, int excluded, uint8_t kind, simkey_tls_der name) {
  int of_kind = 0, within = 0;
  while (list.length > 0) {
    simkey_tls_der subtree, base;
    uint8_t base_kind;
    if (names->work == 0) return 0;
    names->work--;
    if (!simkey_tls_der_take(&list, SIMKEY_TLS_DER_SEQUENCE, &subtree)) return 0;
    if (!simkey_tls_der_next(&subtree, &base_kind, &base) || !is_kind(base_kind)) return 0;
    // Behind it would stand minimum and maximum, which RFC 5280 does not use.
    if (subtree.length > 0) return 0;
    if (base_kind != kind) continue;
    place where = locate(kind, base, name, excluded);
    if (where == CANNOT_TELL || (excluded && where == WITHIN)) return 0;
    of_kind = 1;
    within |= where == WITHIN;
  }
  return excluded || within || !of_kind;
}

static int all_allow(simkey_tls_names *names, uint8_t kind, simkey_tls_der name) {
  for (size_t i = 0; i < names->count; i++) {
    simkey_tls_der value = names->constraints[i], both, list;
    uint8_t tag;
    if (!simkey_tls_der_take(&value, SIMKEY_TLS_DER_SEQUENCE, &both) || value.length > 0) return 0;
    while (both.length > 0) {
      if (!simkey_tls_der_next(&both, &tag, &list) || (tag != PERMITTED && tag != EXCLUDED)) return 0;
      if (!list_allows(names, list, tag == EXCLUDED, kind, name)) return 0;
    }
  }
  return 1;
}

// ---------------------------------------------------------------- the names of a certificate

static int allow_alternatives(simkey_tls_names *names, simkey_tls_der extensions) {
  simkey_tls_der value, list, name;
  uint8_t kind;
  int found = find(extensions, alternative_names, sizeof alternative_names, &value);
  if (found <= 0) return found == 0;
  if (!simkey_tls_der_take(&value, SIMKEY_TLS_DER_SEQUENCE, &list) || value.length > 0) return 0;
  while (list.length > 0) {
    if (!simkey_tls_der_next(&list, &kind, &name) || !is_kind(kind)) return 0;
    if (!all_allow(names, kind, name)) return 0;
  }
  return 1;
}

static int has_mail(simkey_tls_der subject) {
  for (size_t i = 0; i + sizeof mail_attribute <= subject.length; i++)
    if (memcmp(subject.at + i, mail_attribute, sizeof mail_attribute) == 0) return 1;
  return 0;
}

static int allow_subject(simkey_tls_names *names, simkey_tls_der subject) {
  simkey_tls_der rest = subject, parts;
  if (!simkey_tls_der_take(&rest, SIMKEY_TLS_DER_SEQUENCE, &parts)) return 0;
  if (parts.length == 0) return 1;
  if (has_mail(subject) && !all_allow(names, MAIL, parts)) return 0;
  return all_allow(names, DIRECTORY, subject);
}

// Whether a host is given by its address.
static int is_address(const char *host) {
  return strchr(host, ':') != NULL || host[strspn(host, "0123456789.")] == 0;
}

static int allow_host(simkey_tls_names *names, const char *host) {
  if (host == NULL || is_address(host)) return 1;
  return all_allow(names, DNS, (simkey_tls_der){ (const uint8_t *)host, strlen(host) });
}

void simkey_tls_names_begin(simkey_tls_names *names) {
  names->count = 0;
  names->work = SIMKEY_TLS_NAMES_WORK;
}

int simkey_tls_names_allow(simkey_tls_names *names, simkey_tls_der extensions, simkey_tls_der subject, const char *host) {
  if (names->count == 0) return 1;
  return allow_alternatives(names, extensions) && allow_subject(names, subject) && allow_host(names, host);
}

int simkey_tls_names_constrain(simkey_tls_names *names, simkey_tls_der extensions) {
  simkey_tls_der value;
  int found = find(extensions, name_constraints, sizeof name_constraints, &value);
  if (found <= 0) return found == 0;
  if (names->count == SIMKEY_TLS_NAMES_AUTHORITIES) return 0;
  names->constraints[names->count++] = value;
  return 1;
}

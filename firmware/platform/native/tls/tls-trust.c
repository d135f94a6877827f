// Roots and the judgement of certificates. See tls-trust.h.

#include "tls-library.h"
#include "tls-trust.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mbedtls/asn1.h>
#include <mbedtls/oid.h>
#include <mbedtls/pem.h>

#include "tls-verdict.h"

// 9999-12-31 23:59:59, the last date that a certificate can name (RFC 5280 §4.1.2.5).
#define LAST_SECOND INT64_C(253402300799)

static uint64_t moment(const mbedtls_x509_time *t) {
  return ((((uint64_t)t->year * 100 + t->mon) * 100 + t->day) * 100 + t->hour) * 10000 + t->min * 100 + t->sec;
}

void simkey_tls_trust_begin(simkey_tls_trust *trust) {
  mbedtls_x509_crt_init(&trust->roots);
  trust->valid_until = UINT64_MAX;
  simkey_tls_names_begin(&trust->names);
}

void simkey_tls_trust_free(simkey_tls_trust *trust) {
  mbedtls_x509_crt_free(&trust->roots);
}

int simkey_tls_trust_set_clock(simkey_tls_trust *trust, int64_t now) {
  time_t seconds = (time_t)now;
  struct tm utc;
  if (now < 0 || now > LAST_SECOND || seconds != now || gmtime_r(&seconds, &utc) == NULL) return -1;
  trust->now = moment(&(mbedtls_x509_time){
    .year = utc.tm_year + 1900, .mon = utc.tm_mon + 1, .day = utc.tm_mday,
    .hour = utc.tm_hour, .min = utc.tm_min, .sec = utc.tm_sec,
  });
  return 0;
}

// ---------------------------------------------------------------- roots

// mbedTLS refuses critical extensions that it does not know; of these, name constraints are judged here.
static int on_unknown_extension(
  void *context, const mbedtls_x509_crt *certificate, const mbedtls_x509_buf *oid, int critical, const unsigned char *from,
  const unsigned char *end
) {
  (void)context, (void)certificate, (void)critical, (void)from, (void)end;
  if (MBEDTLS_OID_CMP(MBEDTLS_OID_NAME_CONSTRAINTS, oid) == 0) return 0;
  return MBEDTLS_ERR_X509_INVALID_EXTENSIONS + MBEDTLS_ERR_ASN1_UNEXPECTED_TAG;
}

static int add_der(simkey_tls_trust *trust, const uint8_t *bytes, size_t length) {
  return mbedtls_x509_crt_parse_der_with_ext_cb(&trust->roots, bytes, length, 1, on_unknown_extension, NULL);
}

// All certificates of a NUL-terminated text.
static int add_pem(simkey_tls_trust *trust, const uint8_t *text) {
  int count = 0, error = 0;
  while (!error) {
    mbedtls_pem_context pem;
    size_t used = 0;
    mbedtls_pem_init(&pem);
    error = mbedtls_pem_read_buffer(&pem, "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----", text, NULL, 0, &used);
    if (error == MBEDTLS_ERR_PEM_NO_HEADER_FOOTER_PRESENT && count > 0) return 0;
    if (!error) error = add_der(trust, pem.buf, pem.buflen);
    mbedtls_pem_free(&pem);
    text += used;
    count++;
  }
  return error;
}

int simkey_tls_trust_add_root(simkey_tls_trust *trust, const uint8_t *bytes, size_t length) {
  if (length == 0) return MBEDTLS_ERR_X509_INVALID_FORMAT;
  // DER begins with a SEQUENCE; mbedTLS wants PEM to end with a NUL.
  if (bytes[0] == SIMKEY_TLS_DER_SEQUENCE) return add_der(trust, bytes, length);
  uint8_t *text = malloc(length + 1);
  if (text == NULL) return MBEDTLS_ERR_X509_ALLOC_FAILED;
  memcpy(text, bytes, length);
  text[length] = 0;
  int error = add_pem(trust, text);
  free(text);
  return error;
}

// ---------------------------------------------------------------- certificates

static simkey_tls_der der_of(const mbedtls_x509_buf *buffer) {
  return (simkey_tls_der){ buffer->p, buffer->len };
}

static uint32_t judge_dates(simkey_tls_trust *trust, const mbedtls_x509_crt *certificate) {
  uint64_t until = moment(&certificate->valid_to);
  if (until < trust->valid_until) trust->valid_until = until;
  uint32_t ended = trust->now > until ? MBEDTLS_X509_BADCERT_EXPIRED : 0;
  uint32_t early = trust->now < moment(&certificate->valid_from) ? MBEDTLS_X509_BADCERT_FUTURE : 0;
  return ended | early;
}

// An authority's: mbedTLS asks for its mark as such and its key usage, not for what its certificates may be used for.
static uint32_t judge_authority(simkey_tls_trust *trust, const mbedtls_x509_crt *certificate) {
  const char *servers = MBEDTLS_OID_SERVER_AUTH;
  uint32_t flags = 0;
  if (mbedtls_x509_crt_check_extended_key_usage(certificate, servers, MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)) != 0)
    flags |= MBEDTLS_X509_BADCERT_EXT_KEY_USAGE;
  if (!simkey_tls_names_constrain(&trust->names, der_of(&certificate->v3_ext))) flags |= SIMKEY_TLS_BADCERT_CONSTRAINT;
  return flags;
}

int simkey_tls_trust_judge(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags) {
  simkey_tls_trust *trust = context;
  const char *host = depth == 0 ? trust->host : NULL;
  if (!trust->judged) trust->valid_until = UINT64_MAX;
  trust->judged = 1;

  // The library may have asked the system's clock.
  *flags &= ~(uint32_t)(MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE);
  *flags |= judge_dates(trust, certificate);
  if (!simkey_tls_names_allow(&trust->names, der_of(&certificate->v3_ext), der_of(&certificate->subject_raw), host))
    *flags |= SIMKEY_TLS_BADCERT_CONSTRAINT;
  if (depth > 0) {
    *flags |= judge_authority(trust, certificate);
    return 0;
  }
  if (!(certificate->ext_types & MBEDTLS_X509_EXT_SUBJECT_ALT_NAME)) *flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
  simkey_tls_names_begin(&trust->names);
  return 0;
}

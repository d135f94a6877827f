// What an error of mbedTLS means to the device, as tables. Where several flags are set, the gravest names the verdict.

#include "tls-library.h"
#include "tls-verdict.h"

#include <stddef.h>

#include <mbedtls/asn1.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#include <psa/crypto.h>
#endif
#if MBEDTLS_VERSION_NUMBER < 0x04000000
#include <mbedtls/ecp.h>
#include <mbedtls/rsa.h>
#endif

#define OF_USAGE (MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE | MBEDTLS_X509_BADCERT_NS_CERT_TYPE)
#define OF_DATES (MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE)

static const struct {
  uint32_t flags;
  const char *code;
} by_flags[] = {
  { ~(SIMKEY_TLS_BADCERT_CONSTRAINT | OF_USAGE | OF_DATES | MBEDTLS_X509_BADCERT_CN_MISMATCH), "tls-untrusted" },
  { OF_USAGE, "tls-usage" },
  { SIMKEY_TLS_BADCERT_CONSTRAINT, "tls-constraint" },
  { MBEDTLS_X509_BADCERT_FUTURE, "tls-not-yet-valid" },
  { MBEDTLS_X509_BADCERT_EXPIRED, "tls-expired" },
  { MBEDTLS_X509_BADCERT_CN_MISMATCH, "tls-name" },
};

// RFC 8446 §6.2, RFC 7301 §3.2
static const struct {
  int alert;
  const char *code;
} by_alert[] = {
  { 70, "tls-version" },
  { 120, "tls-alpn" },
};

static const struct {
  int error;
  const char *code;
} by_error[] = {
  { MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE, "tls-alert" },
  { MBEDTLS_ERR_X509_CERT_VERIFY_FAILED, "tls-untrusted" },
  { MBEDTLS_ERR_SSL_ALLOC_FAILED, "tls-local" },
  { MBEDTLS_ERR_X509_ALLOC_FAILED, "tls-local" },
  // A critical extension that it does not know, and one that it knows and cannot judge.
  { MBEDTLS_ERR_X509_INVALID_EXTENSIONS + MBEDTLS_ERR_ASN1_UNEXPECTED_TAG, "tls-critical-extension" },
#if MBEDTLS_VERSION_NUMBER >= 0x04000000
  // It no longer adds where the error came from, so a certificate with a wrong tag elsewhere goes by the same name.
  { MBEDTLS_ERR_ASN1_UNEXPECTED_TAG, "tls-critical-extension" },
#endif
  { MBEDTLS_ERR_X509_FEATURE_UNAVAILABLE, "tls-critical-extension" },
  // More than MBEDTLS_X509_MAX_INTERMEDIATE_CA.
  { MBEDTLS_ERR_X509_FATAL_ERROR, "tls-chain-length" },
  { MBEDTLS_ERR_SSL_NO_RNG, "tls-local" },
  { MBEDTLS_ERR_SSL_CA_CHAIN_REQUIRED, "tls-untrusted" },
#ifdef MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION
  { MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION, "tls-version" },
#endif
#ifdef MBEDTLS_ERR_SSL_BAD_HS_PROTOCOL_VERSION
  { MBEDTLS_ERR_SSL_BAD_HS_PROTOCOL_VERSION, "tls-version" },
#endif
#if MBEDTLS_VERSION_NUMBER < 0x04000000
  { MBEDTLS_ERR_ECP_VERIFY_FAILED, "tls-untrusted" },
  { MBEDTLS_ERR_RSA_VERIFY_FAILED, "tls-untrusted" },
  { MBEDTLS_ERR_RSA_INVALID_PADDING, "tls-untrusted" },
#endif
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  { PSA_ERROR_INVALID_SIGNATURE, "tls-untrusted" },
  { PSA_ERROR_INSUFFICIENT_MEMORY, "tls-local" },
  { PSA_ERROR_INSUFFICIENT_ENTROPY, "tls-local" },
#endif
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

const char *simkey_tls_verdict(int error, uint32_t flags, int alert) {
  for (size_t i = 0; i < COUNT(by_flags); i++)
    if (flags & by_flags[i].flags) return by_flags[i].code;
  for (size_t i = 0; i < COUNT(by_alert); i++)
    if (alert == by_alert[i].alert) return by_alert[i].code;
  for (size_t i = 0; i < COUNT(by_error); i++)
    if (error == by_error[i].error) return by_error[i].code;
  return "tls-protocol";
}

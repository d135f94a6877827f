// What an error of mbedTLS means to the device: one of the codes of firmware/platform/tls.ts.

#ifndef SIMKEY_TLS_VERDICT_H
#define SIMKEY_TLS_VERDICT_H

#include <stdint.h>

// A certificate bears a name that an authority above it may not speak for: a verification flag beside mbedTLS's own.
#define SIMKEY_TLS_BADCERT_CONSTRAINT UINT32_C(0x40000000)

// @param error  mbedTLS's error, negative
// @param flags  certificate verification flags, 0 if it was not the certificates
// @param alert  description of the server's fatal alert, or -1
const char *simkey_tls_verdict(int error, uint32_t flags, int alert);

#endif

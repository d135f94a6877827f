// mbedTLS's own header, and, where the library is from before TLS 1.3 (Debian 12 has 2.28), what one with it declares besides.
// So the calls that are made for TLS 1.3 only are compiled, and seen, with such a library too.

#ifndef FAKE_MBEDTLS_SSL_H
#define FAKE_MBEDTLS_SSL_H

#include_next <mbedtls/ssl.h>
#include <mbedtls/version.h>

#if MBEDTLS_VERSION_NUMBER < 0x03000000
#include <psa/crypto.h>
// RFC 8446 §B.4
#define MBEDTLS_TLS1_3_AES_128_GCM_SHA256 0x1301
#define MBEDTLS_TLS1_3_AES_256_GCM_SHA384 0x1302
#define MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256 0x1303
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK (1u << 0)
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL (1u << 1)
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL (1u << 2)
#define MBEDTLS_SSL_PROTO_TLS1_3
void mbedtls_ssl_conf_tls13_key_exchange_modes(mbedtls_ssl_config *config, int modes);
#endif

#endif

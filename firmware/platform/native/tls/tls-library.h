// mbedTLS as it was configured: its structures must be laid out here as in the library itself. Included before all of
// its headers.

#ifndef SIMKEY_TLS_LIBRARY_H
#define SIMKEY_TLS_LIBRARY_H

#if defined(ESP_PLATFORM)
// The SDK compiles modules outside of ESP-IDF's build, which hands these two to all that uses the library
// (components/mbedtls/CMakeLists.txt).
#define MBEDTLS_CONFIG_FILE "mbedtls/esp_config.h"
#define TF_PSA_CRYPTO_USER_CONFIG_FILE "mbedtls/esp_config.h"
#endif

// The description of a fatal alert and the version of its record have no public accessor.
#define MBEDTLS_ALLOW_PRIVATE_ACCESS

#endif

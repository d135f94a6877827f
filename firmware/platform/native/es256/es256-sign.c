// ES256 with the device's own key. See es256-sign.h. The library keeps a copy of the scalar for the time of a call, and wipes it.

#include "es256-sign.h"

#if defined(ESP_PLATFORM)
// The SDK compiles modules outside of ESP-IDF's build, which hands these two to all that uses the library
// (components/mbedtls/CMakeLists.txt).
#define MBEDTLS_CONFIG_FILE "mbedtls/esp_config.h"
#define TF_PSA_CRYPTO_USER_CONFIG_FILE "mbedtls/esp_config.h"
#endif
#include <psa/crypto.h>

#define ALGORITHM PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256)

// The library checks that 1 <= scalar < n.
static bool import(const uint8_t *scalar, size_t length, psa_key_id_t *key) {
  if (length != SIMKEY_ES256_SCALAR_BYTES) return false;
  // Harmless when it was called before.
  if (psa_crypto_init() != PSA_SUCCESS) return false;
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
  psa_set_key_bits(&attributes, 256);
  psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_MESSAGE);
  psa_set_key_algorithm(&attributes, ALGORITHM);
  return psa_import_key(&attributes, scalar, length, key) == PSA_SUCCESS;
}

bool simkey_es256_sign(const uint8_t *message, size_t message_length, const uint8_t *scalar, size_t scalar_length,
                       uint8_t signature[SIMKEY_ES256_SIGNED_BYTES]) {
  psa_key_id_t key = 0;
  if (!import(scalar, scalar_length, &key)) return false;
  size_t length = 0;
  psa_status_t status =
    psa_sign_message(key, ALGORITHM, message, message_length, signature, SIMKEY_ES256_SIGNED_BYTES, &length);
  (void)psa_destroy_key(key);
  return status == PSA_SUCCESS && length == SIMKEY_ES256_SIGNED_BYTES;
}

bool simkey_es256_public(const uint8_t *scalar, size_t scalar_length, uint8_t point[SIMKEY_ES256_PUBLIC_BYTES]) {
  psa_key_id_t key = 0;
  if (!import(scalar, scalar_length, &key)) return false;
  size_t length = 0;
  psa_status_t status = psa_export_public_key(key, point, SIMKEY_ES256_PUBLIC_BYTES, &length);
  (void)psa_destroy_key(key);
  return status == PSA_SUCCESS && length == SIMKEY_ES256_PUBLIC_BYTES;
}

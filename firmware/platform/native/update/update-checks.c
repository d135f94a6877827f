// SHA-256 and ES256. See update-checks.h.

#include "update-checks.h"

#include <stdlib.h>

#if defined(ESP_PLATFORM)
// The SDK compiles modules outside of ESP-IDF's build, which hands these two to all that uses the library
// (components/mbedtls/CMakeLists.txt).
#define MBEDTLS_CONFIG_FILE "mbedtls/esp_config.h"
#define TF_PSA_CRYPTO_USER_CONFIG_FILE "mbedtls/esp_config.h"
#endif
#include <psa/crypto.h>

struct simkey_sha256 {
  psa_hash_operation_t operation;
};

simkey_sha256 *simkey_sha256_open(void) {
  simkey_sha256 *hash = calloc(1, sizeof *hash);
  if (hash == NULL) return NULL;
  // Harmless when it was called before.
  if (psa_crypto_init() == PSA_SUCCESS && psa_hash_setup(&hash->operation, PSA_ALG_SHA_256) == PSA_SUCCESS) return hash;
  free(hash);
  return NULL;
}

bool simkey_sha256_update(simkey_sha256 *hash, const uint8_t *bytes, size_t length) {
  return psa_hash_update(&hash->operation, bytes, length) == PSA_SUCCESS;
}

bool simkey_sha256_end(simkey_sha256 *hash, uint8_t digest[SIMKEY_SHA256_BYTES]) {
  size_t length = 0;
  return psa_hash_finish(&hash->operation, digest, SIMKEY_SHA256_BYTES, &length) == PSA_SUCCESS &&
         length == SIMKEY_SHA256_BYTES;
}

void simkey_sha256_free(simkey_sha256 *hash) {
  if (hash == NULL) return;
  (void)psa_hash_abort(&hash->operation);
  free(hash);
}

bool simkey_es256_verify(const uint8_t *message, size_t message_length, const uint8_t *signature, size_t signature_length,
                         const uint8_t *point, size_t point_length) {
  if (signature_length != SIMKEY_ES256_SIGNATURE_BYTES || point_length != SIMKEY_ES256_POINT_BYTES) return false;
  if (psa_crypto_init() != PSA_SUCCESS) return false;
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1));
  psa_set_key_bits(&attributes, 256);
  psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_VERIFY_MESSAGE);
  psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_SHA_256));
  psa_key_id_t key = 0;
  if (psa_import_key(&attributes, point, point_length, &key) != PSA_SUCCESS) return false;
  psa_status_t status = psa_verify_message(key, PSA_ALG_ECDSA(PSA_ALG_SHA_256), message, message_length, signature,
                                           signature_length);
  (void)psa_destroy_key(key);
  return status == PSA_SUCCESS;
}

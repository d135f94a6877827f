// Reads orders, one a line, and prints what each tells; bytes are in hexadecimal, "-" for none.
//
//   sha256 PIECE...                      the digest of the pieces, one after the other
//   verify MESSAGE SIGNATURE POINT       yes or no

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "update-checks.h"

enum { LINE_MAX_BYTES = 1 << 16 };

// Each in a block of its own length: a read beyond it is found.
static uint8_t *bytes_of(const char *word, size_t *length) {
  *length = strcmp(word, "-") == 0 ? 0 : strlen(word) / 2;
  uint8_t *bytes = malloc(*length > 0 ? *length : 1);
  if (bytes == NULL) exit(2);
  for (size_t i = 0; i < *length; i++) {
    unsigned value;
    if (sscanf(word + 2 * i, "%2x", &value) != 1) exit(2);
    bytes[i] = (uint8_t)value;
  }
  return bytes;
}

static void digest_all(void) {
  simkey_sha256 *hash = simkey_sha256_open();
  if (hash == NULL) exit(2);
  for (char *word = strtok(NULL, " "); word != NULL; word = strtok(NULL, " ")) {
    size_t length;
    uint8_t *bytes = bytes_of(word, &length);
    if (!simkey_sha256_update(hash, bytes, length)) exit(3);
    free(bytes);
  }
  uint8_t digest[SIMKEY_SHA256_BYTES];
  if (!simkey_sha256_end(hash, digest)) exit(3);
  // It is done with.
  if (simkey_sha256_update(hash, digest, 1) || simkey_sha256_end(hash, digest)) exit(4);
  simkey_sha256_free(hash);
  for (size_t i = 0; i < sizeof digest; i++) printf("%02x", digest[i]);
  printf("\n");
}

static void verify(void) {
  uint8_t *parts[3];
  size_t lengths[3];
  for (int i = 0; i < 3; i++) {
    char *word = strtok(NULL, " ");
    if (word == NULL) exit(2);
    parts[i] = bytes_of(word, &lengths[i]);
  }
  bool holds = simkey_es256_verify(parts[0], lengths[0], parts[1], lengths[1], parts[2], lengths[2]);
  printf("%s\n", holds ? "yes" : "no");
  for (int i = 0; i < 3; i++) free(parts[i]);
}

int main(void) {
  static char line[LINE_MAX_BYTES];
  simkey_sha256_free(NULL);
  while (fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    const char *order = strtok(line, " ");
    if (order == NULL) return 2;
    if (strcmp(order, "sha256") == 0) digest_all();
    else if (strcmp(order, "verify") == 0) verify();
    else return 2;
  }
  return 0;
}

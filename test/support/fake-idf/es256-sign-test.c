// Reads orders, one a line, and prints what each tells; bytes are in hexadecimal, "-" for none.
//
//   sign MESSAGE SCALAR       the signature, or no
//   public SCALAR             the point, or no

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "es256-sign.h"

enum { LINE_MAX_BYTES = 1 << 16 };

// Each in a block of its own length: a read beyond it is found.
static uint8_t *bytes_of(const char *word, size_t *length) {
  if (word == NULL) exit(2);
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

static void print(bool is_made, const uint8_t *bytes, size_t length) {
  if (!is_made) printf("no");
  for (size_t i = 0; is_made && i < length; i++) printf("%02x", bytes[i]);
  printf("\n");
}

static void sign(void) {
  size_t message_length, scalar_length;
  uint8_t *message = bytes_of(strtok(NULL, " "), &message_length);
  uint8_t *scalar = bytes_of(strtok(NULL, " "), &scalar_length);
  uint8_t signature[SIMKEY_ES256_SIGNED_BYTES];
  print(simkey_es256_sign(message, message_length, scalar, scalar_length, signature), signature, sizeof signature);
  free(message);
  free(scalar);
}

static void show(void) {
  size_t length;
  uint8_t *scalar = bytes_of(strtok(NULL, " "), &length);
  uint8_t point[SIMKEY_ES256_PUBLIC_BYTES];
  print(simkey_es256_public(scalar, length, point), point, sizeof point);
  free(scalar);
}

int main(void) {
  static char line[LINE_MAX_BYTES];
  while (fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    const char *order = strtok(line, " ");
    if (order == NULL) return 2;
    if (strcmp(order, "sign") == 0) sign();
    else if (strcmp(order, "public") == 0) show();
    else return 2;
  }
  return 0;
}

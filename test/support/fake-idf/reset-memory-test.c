// Lives of a chip, one after the other: reads orders from its arguments, prints what each tells. RTC memory goes on from life to
// life in a file, as it does on the chip in RAM that keeps its power.
//
//   program FILE REASON [write WORD] [hunger] [slot N TEXT] [fill N LENGTH]
//
// It prints the cause twice, the word as it was at the start, or "lost", and what each slot held, or "-".

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esp_system.h"
#include "reset-memory.h"

extern unsigned char __start_rtc_noinit[], __stop_rtc_noinit[];

static esp_reset_reason_t reason;

esp_reset_reason_t esp_reset_reason(void) {
  return reason;
}

int main(int count, char **arguments) {
  if (count < 3) return 2;
  size_t size = (size_t)(__stop_rtc_noinit - __start_rtc_noinit);
  FILE *file = fopen(arguments[1], "rb");
  if (file == NULL || fread(__start_rtc_noinit, 1, size, file) != size) return 2;
  fclose(file);
  reason = (esp_reset_reason_t)atoi(arguments[2]);

  uint32_t word;
  bool kept = simkey_reset_read(&word);
  printf("%s %s", simkey_reset_cause(), simkey_reset_cause());
  if (kept) printf(" %lu", (unsigned long)word);
  else printf(" lost");
  for (size_t slot = 0; slot < SIMKEY_SLOTS + 1; slot++) {
    size_t length;
    const uint8_t *bytes = simkey_slot_read(slot, &length);
    if (bytes == NULL) printf(" -");
    else printf(" %zu:%.*s", length, length < 16 ? (int)length : 16, (const char *)bytes);
  }
  printf("\n");

  for (int i = 3; i < count; i++) {
    if (strcmp(arguments[i], "hunger") == 0) simkey_reset_by_watchdog();
    if (strcmp(arguments[i], "slot") == 0) {
      const char *text = arguments[i + 2];
      if (!simkey_slot_write((size_t)atoi(arguments[i + 1]), (const uint8_t *)text, strlen(text))) return 3;
      i += 2;
    } else if (strcmp(arguments[i], "fill") == 0) {
      static uint8_t bytes[SIMKEY_SLOT_BYTES + 1];
      memset(bytes, 'x', sizeof bytes);
      if (!simkey_slot_write((size_t)atoi(arguments[i + 1]), bytes, (size_t)atoi(arguments[i + 2]))) return 3;
      i += 2;
    } else if (strcmp(arguments[i], "write") == 0) simkey_reset_write((uint32_t)strtoul(arguments[++i], NULL, 10));
  }
  file = fopen(arguments[1], "wb");
  if (file == NULL || fwrite(__start_rtc_noinit, 1, size, file) != size) return 2;
  return fclose(file) == 0 ? 0 : 2;
}

// Lives of a chip, one after the other: reads orders from its arguments, prints what each tells. RTC memory goes on from life to
// life in a file, as it does on the chip in RAM that keeps its power.
//
//   program FILE REASON [write WORD] [hunger]     prints the cause, and the word as it was at the start, or "lost"

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
  if (kept) printf(" %lu\n", (unsigned long)word);
  else printf(" lost\n");

  for (int i = 3; i < count; i++) {
    if (strcmp(arguments[i], "hunger") == 0) simkey_reset_by_watchdog();
    if (strcmp(arguments[i], "write") == 0) simkey_reset_write((uint32_t)strtoul(arguments[++i], NULL, 10));
  }
  file = fopen(arguments[1], "wb");
  if (file == NULL || fwrite(__start_rtc_noinit, 1, size, file) != size) return 2;
  return fclose(file) == 0 ? 0 : 2;
}

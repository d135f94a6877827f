// The chip itself, for XS: restart, deep sleep, watchdog, what is known of the last restart, and the ROM's CRC-32.
// firmware/platform/moddable/esp32/system.ts declares it.

#include "xsmc.h"
#include "mc.xs.h"

#include "bootloader_random.h"
#include "esp_rom_crc.h"
#include "esp_sleep.h"
#include "esp_system.h"
#include "esp_timer.h"

#include "reset-memory.h"

void xs_simkey_restart(xsMachine *the) {
  (void)the;
  esp_restart();
}

// RAM is lost; what is to last is in NVS and in the outbox. The noise source (random.c) would draw current all the while: what
// feeds the analogue converter outlasts the sleep of the rest.
void xs_simkey_sleep(xsMachine *the) {
  bootloader_random_disable();
  esp_deep_sleep((uint64_t)(xsmcToNumber(xsArg(0)) * 1000));
}

void xs_simkey_reset_cause(xsMachine *the) {
  xsmcSetString(xsResult, (char *)simkey_reset_cause());
}

// Undefined when the word is lost.
void xs_simkey_reset_read(xsMachine *the) {
  uint32_t word;
  if (simkey_reset_read(&word)) xsmcSetNumber(xsResult, word);
}

void xs_simkey_reset_write(xsMachine *the) {
  simkey_reset_write((uint32_t)xsmcToInteger(xsArg(0)));
}

// One watchdog for the whole chip. It runs in esp_timer's own task, so it also ends a machine that is stuck; a chip that is
// stuck altogether is the business of ESP-IDF's interrupt watchdog.
static esp_timer_handle_t watchdog;

static void on_hunger(void *context) {
  (void)context;
  simkey_reset_by_watchdog();
  esp_restart();
}

// Starts it, or feeds it: the chip restarts unless this is called again within the given milliseconds.
void xs_simkey_watchdog_feed(xsMachine *the) {
  uint64_t microseconds = (uint64_t)(xsmcToNumber(xsArg(0)) * 1000);
  if (watchdog == NULL) {
    const esp_timer_create_args_t arguments = { .callback = on_hunger, .name = "simkey-watchdog" };
    if (esp_timer_create(&arguments, &watchdog) != ESP_OK) xsUnknownError("no watchdog");
  }
  esp_timer_stop(watchdog);
  esp_timer_start_once(watchdog, microseconds);
}

// CRC-32 as in Ethernet: the ROM's inverts at the beginning and at the end, so that 0 is what it begins with.
void xs_simkey_crc32(xsMachine *the) {
  void *bytes;
  xsUnsignedValue length;
  xsmcGetBufferReadable(xsArg(0), &bytes, &length);
  xsmcSetNumber(xsResult, esp_rom_crc32_le(0, bytes, length));
}

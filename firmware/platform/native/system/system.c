// The chip itself, for XS: restart, deep sleep, watchdog, what is known of the last restart, and the ROM's CRC-32.
// firmware/platform/moddable/esp32/system.ts declares it.

#include "xsmc.h"
#include "mc.xs.h"

#include "bootloader_random.h"
#include "esp_flash_encrypt.h"
#include "esp_rom_crc.h"
#include "esp_sleep.h"
#include "esp_system.h"
#include "esp_timer.h"
#include "sdkconfig.h"

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

void xs_simkey_slot_count(xsMachine *the) {
  xsmcSetInteger(xsResult, SIMKEY_SLOTS);
}

void xs_simkey_slot_size(xsMachine *the) {
  xsmcSetInteger(xsResult, SIMKEY_SLOT_BYTES);
}

// Undefined when it is lost or nothing.
void xs_simkey_slot_read(xsMachine *the) {
  size_t length;
  const uint8_t *bytes = simkey_slot_read((size_t)xsmcToInteger(xsArg(0)), &length);
  if (bytes != NULL) xsmcSetArrayBuffer(xsResult, (void *)bytes, (xsIntegerValue)length);
}

void xs_simkey_slot_write(xsMachine *the) {
  size_t slot = (size_t)xsmcToInteger(xsArg(0));
  void *bytes;
  xsUnsignedValue length;
  xsmcGetBufferReadable(xsArg(1), &bytes, &length);
  if (!simkey_slot_write(slot, bytes, length)) xsRangeError("no such slot, or too much for it");
}

// Whether what NVS keeps can be read with the chip's own key alone.
void xs_simkey_store_is_encrypted(xsMachine *the) {
#if !defined(CONFIG_NVS_ENCRYPTION)
  xsmcSetBoolean(xsResult, 0);
#elif defined(CONFIG_NVS_SEC_KEY_PROTECT_USING_HMAC)
  // Without a place for its key, which is the default, NVS is opened in clear.
  xsmcSetBoolean(xsResult, CONFIG_NVS_SEC_HMAC_EFUSE_KEY_ID >= 0);
#else
  xsmcSetBoolean(xsResult, esp_flash_encryption_enabled());
#endif
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

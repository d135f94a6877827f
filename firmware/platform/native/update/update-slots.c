// Slots for images on ESP-IDF. See update-slots.h.

#include "update-slots.h"

#include <stddef.h>

#include "esp_ota_ops.h"
#include "esp_system.h"
#include "sdkconfig.h"

#ifndef CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE
#error "an update cannot be undone without CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE"
#endif

// A table with one slot has the running one as its next.
static const esp_partition_t *other_slot(void) {
  const esp_partition_t *other = esp_ota_get_next_update_partition(NULL);
  return other == esp_ota_get_running_partition() ? NULL : other;
}

bool simkey_slots_are_two(void) {
  return other_slot() != NULL;
}

const char *simkey_slots_state(void) {
  esp_ota_img_states_t state;
  if (esp_ota_get_state_partition(esp_ota_get_running_partition(), &state) != ESP_OK) return "undefined";
  switch (state) {
    case ESP_OTA_IMG_NEW:
      return "new";
    case ESP_OTA_IMG_PENDING_VERIFY:
      return "pending";
    case ESP_OTA_IMG_VALID:
      return "valid";
    case ESP_OTA_IMG_INVALID:
      return "invalid";
    case ESP_OTA_IMG_ABORTED:
      return "aborted";
    default:
      return "undefined";
  }
}

simkey_slots_result simkey_slots_choose(void) {
  const esp_partition_t *other = other_slot();
  if (other == NULL) return SIMKEY_SLOTS_NONE;
  // The entry of one on trial would be written over: nothing could undo it then.
  esp_ota_img_states_t state;
  if (esp_ota_get_state_partition(esp_ota_get_running_partition(), &state) == ESP_OK &&
      state == ESP_OTA_IMG_PENDING_VERIFY)
    return SIMKEY_SLOTS_ON_TRIAL;
  switch (esp_ota_set_boot_partition(other)) {
    case ESP_OK:
      return SIMKEY_SLOTS_DONE;
    case ESP_ERR_OTA_VALIDATE_FAILED:
    case ESP_ERR_INVALID_ARG:
      return SIMKEY_SLOTS_NO_IMAGE;
    case ESP_ERR_OTA_SMALL_SEC_VER:
      return SIMKEY_SLOTS_TOO_OLD;
    case ESP_ERR_NOT_FOUND:
      return SIMKEY_SLOTS_NONE;
    default:
      return SIMKEY_SLOTS_FLASH;
  }
}

simkey_slots_result simkey_slots_confirm(void) {
  switch (esp_ota_mark_app_valid_cancel_rollback()) {
    case ESP_OK:
      return SIMKEY_SLOTS_DONE;
    // No entry of otadata is whole, or there is none.
    case ESP_FAIL:
    case ESP_ERR_NOT_FOUND:
      return SIMKEY_SLOTS_NONE;
    default:
      return SIMKEY_SLOTS_FLASH;
  }
}

void simkey_slots_undo(void) {
  // It fails where the other slot holds none that may run.
  (void)esp_ota_mark_app_invalid_rollback();
  esp_restart();
}

const char *simkey_slots_chip(void) {
  return CONFIG_IDF_TARGET;
}

// The two slots for images and the boot loader's word on them, on ESP-IDF's esp_ota_ops. Knows nothing of JavaScript.
// CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE must be set: else no image is ever on trial.

#ifndef SIMKEY_UPDATE_SLOTS_H
#define SIMKEY_UPDATE_SLOTS_H

#include <stdbool.h>

// Why the image in the other slot is not chosen.
typedef enum {
  SIMKEY_SLOTS_DONE,
  // There is no other slot, or no otadata.
  SIMKEY_SLOTS_NONE,
  // It is no image, its checksum or digest is wrong, or with secure boot its signature.
  SIMKEY_SLOTS_NO_IMAGE,
  // Its secure version is below the one in the chip's fuses (CONFIG_BOOTLOADER_APP_ANTI_ROLLBACK).
  SIMKEY_SLOTS_TOO_OLD,
  // The image that runs is on trial itself.
  SIMKEY_SLOTS_ON_TRIAL,
  // Flash does not keep what is written to otadata.
  SIMKEY_SLOTS_FLASH,
} simkey_slots_result;

// Whether there is a slot besides the one that runs.
bool simkey_slots_are_two(void);

// What the boot loader holds of the image that runs: a name of ImageState in firmware/platform/update.ts.
const char *simkey_slots_state(void);

// Has the boot loader's own check done on the image in the other slot, and chooses it for the next start, as new.
simkey_slots_result simkey_slots_choose(void);

// The image that runs stays, and its secure version becomes the least that the chip takes. Harmless when repeated.
// SIMKEY_SLOTS_NONE: the boot loader has said nothing of it, as of one that came over a cable and has not been restarted.
simkey_slots_result simkey_slots_confirm(void);

// The image that runs is undone, and the chip restarts into the other one. Where there is no other that may run, it restarts
// into the same; one on trial is then undone by the boot loader. Returns never.
void simkey_slots_undo(void);

// The chip as ESP-IDF names it.
const char *simkey_slots_chip(void);

#endif

// Why the chip has started, and a word and a few slots of bytes that outlive a restart and a deep sleep, in RTC memory. Knows
// nothing of JavaScript.

#ifndef SIMKEY_RESET_MEMORY_H
#define SIMKEY_RESET_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A name of ResetCause in firmware/platform/system.ts. The same all through a life.
const char *simkey_reset_cause(void);

// The word that was written last. Returns false when it is lost, as with the power.
bool simkey_reset_read(uint32_t *word);
void simkey_reset_write(uint32_t word);

// Slots of bytes: half of what the chips have of such memory.
#define SIMKEY_SLOTS 2
#define SIMKEY_SLOT_BYTES 2048

// What was written last, and its length; NULL when it is lost, nothing, or there is no such slot.
const uint8_t *simkey_slot_read(size_t slot, size_t *length);
// Nothing of what stood there is left. Length 0 wipes it. Returns false for more than fits, and for a slot that there is not.
bool simkey_slot_write(size_t slot, const uint8_t *bytes, size_t length);

// The restart that comes next is the watchdog's.
void simkey_reset_by_watchdog(void);

#endif

// Why the chip has started, and a word that outlives a restart and a deep sleep, in RTC memory. Knows nothing of JavaScript.

#ifndef SIMKEY_RESET_MEMORY_H
#define SIMKEY_RESET_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

// A name of ResetCause in firmware/platform/system.ts. The same all through a life.
const char *simkey_reset_cause(void);

// The word that was written last. Returns false when it is lost, as with the power.
bool simkey_reset_read(uint32_t *word);
void simkey_reset_write(uint32_t word);

// The restart that comes next is the watchdog's.
void simkey_reset_by_watchdog(void);

#endif

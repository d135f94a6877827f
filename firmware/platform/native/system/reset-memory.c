// Why the chip has started, and what outlives it, on ESP-IDF. See reset-memory.h.

#include "reset-memory.h"

#include <string.h>

#include "esp_attr.h"
#include "esp_system.h"

// What stands in RTC memory after power-on is anything: each field is one only beside its complement.
typedef struct {
  uint32_t value, complement;
} Field;

static RTC_NOINIT_ATTR Field note;
static RTC_NOINIT_ATTR Field watchdog;

static RTC_NOINIT_ATTR struct {
  Field length;
  uint8_t bytes[SIMKEY_SLOT_BYTES];
} slots[SIMKEY_SLOTS];

enum { HUNGRY = 0x5ab0d0e5 };

static bool is_whole(const Field *field) {
  return field->complement == ~field->value;
}

static void set(Field *field, uint32_t value) {
  field->value = value;
  field->complement = ~value;
}

static const char *cause_of(esp_reset_reason_t reason, bool hungry) {
  switch (reason) {
    case ESP_RST_SW:
      return hungry ? "watchdog" : "software";
    case ESP_RST_PANIC:
    case ESP_RST_CPU_LOCKUP:
      return "panic";
    case ESP_RST_INT_WDT:
    case ESP_RST_TASK_WDT:
    case ESP_RST_WDT:
      return "watchdog";
    case ESP_RST_BROWNOUT:
    case ESP_RST_PWR_GLITCH:
      return "brown-out";
    case ESP_RST_DEEPSLEEP:
      return "sleep";
    // A person, a programmer or a debugger is at the board.
    case ESP_RST_POWERON:
    case ESP_RST_EXT:
    case ESP_RST_USB:
    case ESP_RST_JTAG:
      return "power";
    default:
      return "unknown";
  }
}

const char *simkey_reset_cause(void) {
  static const char *cause;
  if (cause == NULL) {
    cause = cause_of(esp_reset_reason(), is_whole(&watchdog) && watchdog.value == HUNGRY);
    set(&watchdog, 0);
  }
  return cause;
}

bool simkey_reset_read(uint32_t *word) {
  *word = note.value;
  return is_whole(&note);
}

void simkey_reset_write(uint32_t word) {
  set(&note, word);
}

const uint8_t *simkey_slot_read(size_t slot, size_t *length) {
  if (slot >= SIMKEY_SLOTS || !is_whole(&slots[slot].length)) return NULL;
  *length = slots[slot].length.value;
  return *length > 0 && *length <= SIMKEY_SLOT_BYTES ? slots[slot].bytes : NULL;
}

bool simkey_slot_write(size_t slot, const uint8_t *bytes, size_t length) {
  if (slot >= SIMKEY_SLOTS || length > SIMKEY_SLOT_BYTES) return false;
  // A chip that ends in between finds none.
  set(&slots[slot].length, 0);
  memset(slots[slot].bytes, 0, SIMKEY_SLOT_BYTES);
  if (length > 0) memcpy(slots[slot].bytes, bytes, length);
  set(&slots[slot].length, length);
  return true;
}

void simkey_reset_by_watchdog(void) {
  set(&watchdog, HUNGRY);
}

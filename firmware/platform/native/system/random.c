// Random bytes from the system's generator, for XS. firmware/platform/moddable/random.ts declares it.

#include "xsmc.h"
#include "mc.xs.h"

#if ESP32
#include "bootloader_random.h"
#include "esp_random.h"
#include <stdbool.h>

// Whether the converter makes noise for the generator.
static bool noisy;
#else
#include <sys/random.h>
#endif

// The generator of the ESP32 is one of true random numbers only while Wi-Fi, Bluetooth or the SAR ADC's noise feeds it, and a
// device behind a modem has no radio of its own: so the ADC is made to, for good (ESP-IDF Programming Guide, Random Number
// Generation). Firmware that reads an ADC pin must end that first and may ask for no random bytes meanwhile.
void xs_simkey_random_start(xsMachine *the) {
  (void)the;
#if ESP32
  if (!noisy) bootloader_random_enable();
  noisy = true;
#endif
}

// Gives the converter to whoever reads a pin with it. ESP-IDF wants noise ended only where it was begun, and once: hence the
// flag.
void xs_simkey_random_stop(xsMachine *the) {
  (void)the;
#if ESP32
  if (noisy) bootloader_random_disable();
  noisy = false;
#endif
}

void xs_simkey_random_fill(xsMachine *the) {
  void *bytes;
  xsUnsignedValue length;
  xsmcGetBufferWritable(xsArg(0), &bytes, &length);
#if ESP32
  esp_fill_random(bytes, length);
#else
  for (size_t at = 0; at < length;) {
    ssize_t got = getrandom((uint8_t *)bytes + at, length - at, 0);
    if (got < 0) xsUnknownError("no random bytes");
    at += (size_t)got;
  }
#endif
}

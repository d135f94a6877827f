// What a build of ESP-IDF decided, as far as the firmware's C asks.

#ifndef FAKE_SDKCONFIG_H
#define FAKE_SDKCONFIG_H

#define CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE 1
#define CONFIG_IDF_TARGET "esp32c3"

#endif

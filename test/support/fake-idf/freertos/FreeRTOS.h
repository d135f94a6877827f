// What uart-port.c uses of FreeRTOS, over POSIX threads.

#ifndef FAKE_FREERTOS_H
#define FAKE_FREERTOS_H

#include <stdint.h>

typedef uint32_t TickType_t;
typedef int BaseType_t;
enum { pdFALSE = 0, pdTRUE = 1, pdPASS = 1 };
#define portMAX_DELAY 0xffffffffu
#define pdMS_TO_TICKS(ms) ((TickType_t)(ms))

#endif

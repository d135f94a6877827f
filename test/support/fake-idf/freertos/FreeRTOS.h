// What uart-port.c and memory.c use of FreeRTOS, the former over POSIX threads.

#ifndef FAKE_FREERTOS_H
#define FAKE_FREERTOS_H

#include <stdint.h>

typedef uint32_t TickType_t;
typedef int BaseType_t;
typedef unsigned UBaseType_t;
enum { configMAX_TASK_NAME_LEN = 16 };
enum { pdFALSE = 0, pdTRUE = 1, pdPASS = 1 };
#define portMAX_DELAY 0xffffffffu
#define pdMS_TO_TICKS(ms) ((TickType_t)(ms))

#endif

#ifndef FAKE_TASK_H
#define FAKE_TASK_H

#include "freertos/FreeRTOS.h"

typedef void *TaskHandle_t;
BaseType_t xTaskCreate(void (*task)(void *), const char *name, uint32_t stack, void *context, unsigned priority,
                       TaskHandle_t *handle);
void vTaskDelete(TaskHandle_t task);
void vTaskDelay(TickType_t ticks);

typedef struct {
  const char *pcTaskName;
  uint32_t usStackHighWaterMark;
} TaskStatus_t;
UBaseType_t uxTaskGetNumberOfTasks(void);
UBaseType_t uxTaskGetSystemState(TaskStatus_t *tasks, UBaseType_t room, void *time);

#endif

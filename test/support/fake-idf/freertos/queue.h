#ifndef FAKE_QUEUE_H
#define FAKE_QUEUE_H

#include "freertos/FreeRTOS.h"

typedef struct fake_queue *QueueHandle_t;
BaseType_t xQueueReceive(QueueHandle_t queue, void *into, TickType_t wait);
BaseType_t xQueueSendToBack(QueueHandle_t queue, const void *item, TickType_t wait);
BaseType_t xQueueSendToFront(QueueHandle_t queue, const void *item, TickType_t wait);

#endif

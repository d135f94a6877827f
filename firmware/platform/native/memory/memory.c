// See memory.h.

#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esp_heap_caps.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

// Nothing that XS or mbedTLS writes looks like it for long.
enum { PATTERN = 0x5ab0a5a5 };

// Each is one more task than there was a moment ago, and then some.
enum { TASKS_MORE = 4 };

static uint32_t *up(void *at) {
  return (uint32_t *)(((uintptr_t)at + sizeof(uint32_t) - 1) & ~(uintptr_t)(sizeof(uint32_t) - 1));
}

static uint32_t *down(void *at) {
  return (uint32_t *)((uintptr_t)at & ~(uintptr_t)(sizeof(uint32_t) - 1));
}

void simkey_paint(Paint *paint, void *begin, void *end) {
  paint->begin = up(begin);
  paint->end = down(end);
  if (paint->end < paint->begin) paint->end = paint->begin;
  for (uint32_t *word = paint->begin; word < paint->end; word++) *word = PATTERN;
}

size_t simkey_untouched(const Paint *paint) {
  size_t words = 0;
  for (const uint32_t *word = paint->begin; word < paint->end; word++) words += *word == PATTERN;
  return words * sizeof(uint32_t);
}

size_t simkey_used_above(const Paint *paint) {
  const uint32_t *from = paint->begin, *longest_end = paint->begin;
  size_t longest = 0;
  for (const uint32_t *word = paint->begin; word <= paint->end; word++) {
    if (word < paint->end && *word == PATTERN) continue;
    if ((size_t)(word - from) > longest) {
      longest = (size_t)(word - from);
      longest_end = word;
    }
    from = word + 1;
  }
  return (size_t)(paint->end - longest_end) * sizeof(uint32_t);
}

Heap simkey_heap(void) {
  return (Heap){
    .free = heap_caps_get_free_size(MALLOC_CAP_DEFAULT),
    .least = heap_caps_get_minimum_free_size(MALLOC_CAP_DEFAULT),
    .largest = heap_caps_get_largest_free_block(MALLOC_CAP_DEFAULT),
  };
}

static int by_name(const void *a, const void *b) {
  return strcmp(((const TaskStatus_t *)a)->pcTaskName, ((const TaskStatus_t *)b)->pcTaskName);
}

void simkey_tasks(char *text, size_t size) {
  if (size == 0) return;
  text[0] = 0;
  UBaseType_t room = uxTaskGetNumberOfTasks() + TASKS_MORE;
  TaskStatus_t *tasks = malloc(room * sizeof *tasks);
  if (tasks == NULL) return;
  UBaseType_t count = uxTaskGetSystemState(tasks, room, NULL);
  qsort(tasks, count, sizeof *tasks, by_name);
  size_t used = 0;
  for (UBaseType_t i = 0; i < count; i++) {
    char one[configMAX_TASK_NAME_LEN + 16];
    // ESP-IDF counts stacks in bytes.
    int length = snprintf(one, sizeof one, "%s%s:%lu", used == 0 ? "" : ",", tasks[i].pcTaskName,
                          (unsigned long)tasks[i].usStackHighWaterMark);
    if (length < 0 || (size_t)length >= sizeof one || used + (size_t)length >= size) continue;
    memcpy(text + used, one, (size_t)length + 1);
    used += (size_t)length;
  }
  free(tasks);
}

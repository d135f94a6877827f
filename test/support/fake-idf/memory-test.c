// What the memory report reads, over a fake heap and fake tasks. Without an argument it prints the scenarios' names.

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esp_heap_caps.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "memory.h"

size_t heap_caps_get_free_size(uint32_t caps) {
  return caps == MALLOC_CAP_DEFAULT ? 205432 : 0;
}
size_t heap_caps_get_minimum_free_size(uint32_t caps) {
  return caps == MALLOC_CAP_DEFAULT ? 161100 : 0;
}
size_t heap_caps_get_largest_free_block(uint32_t caps) {
  return caps == MALLOC_CAP_DEFAULT ? 110592 : 0;
}

static TaskStatus_t there[8];
static UBaseType_t how_many;

UBaseType_t uxTaskGetNumberOfTasks(void) {
  return how_many;
}
UBaseType_t uxTaskGetSystemState(TaskStatus_t *tasks, UBaseType_t room, void *time) {
  assert(time == NULL);
  if (room < how_many) return 0;
  memcpy(tasks, there, how_many * sizeof *tasks);
  return how_many;
}
static void begin(const char *name, uint32_t left) {
  there[how_many++] = (TaskStatus_t){ .pcTaskName = name, .usStackHighWaterMark = left };
}

static void paints_whole_words_only(void) {
  uint8_t bytes[40];
  memset(bytes, 7, sizeof bytes);
  // Aligned to a word by hand: the array need not be.
  uint8_t *at = (uint8_t *)(((uintptr_t)bytes + 7) & ~(uintptr_t)3);
  Paint paint;
  simkey_paint(&paint, at + 1, at + 23);
  assert(at[3] == 7 && at[4] != 7 && at[19] != 7 && at[20] == 7);
  assert(simkey_untouched(&paint) == 16);
}

static void tells_what_was_used_wherever_it_is(void) {
  uint32_t words[16];
  Paint paint;
  simkey_paint(&paint, words, words + 16);
  assert(simkey_untouched(&paint) == 64);
  words[0] = words[15] = words[14] = 1;
  assert(simkey_untouched(&paint) == 52);
}

static void tells_how_deep_a_stack_has_been(void) {
  uint32_t words[16];
  Paint paint;
  simkey_paint(&paint, words, words + 16);
  assert(simkey_used_above(&paint) == 0);
  // From above, with a hole: what a frame does not fill.
  words[15] = words[11] = 1;
  assert(simkey_used_above(&paint) == 20);
  // Somebody else, from below.
  words[0] = words[1] = 1;
  assert(simkey_used_above(&paint) == 20);
  for (int i = 0; i < 16; i++) words[i] = 1;
  assert(simkey_used_above(&paint) == 64);
}

static void paints_nothing_where_nothing_is(void) {
  uint32_t words[4] = { 1, 2, 3, 4 };
  Paint paint;
  simkey_paint(&paint, words + 3, words + 1);
  assert(simkey_untouched(&paint) == 0 && simkey_used_above(&paint) == 0);
  simkey_paint(&paint, (uint8_t *)words + 1, (uint8_t *)words + 3);
  assert(simkey_untouched(&paint) == 0);
  assert(words[0] == 1 && words[1] == 2 && words[2] == 3 && words[3] == 4);
}

static void reads_the_heap(void) {
  Heap heap = simkey_heap();
  assert(heap.free == 205432 && heap.least == 161100 && heap.largest == 110592);
}

static void names_the_tasks_in_order(void) {
  begin("main", 9000);
  begin("IDLE", 620);
  begin("esp_timer", 2816);
  char text[320];
  simkey_tasks(text, sizeof text);
  assert(strcmp(text, "IDLE:620,esp_timer:2816,main:9000") == 0);
}

static void leaves_out_whole_tasks_for_want_of_room(void) {
  begin("main", 9000);
  begin("IDLE", 620);
  begin("esp_timer", 2816);
  char *text = malloc(19);
  simkey_tasks(text, 19);
  // The second has no room, the third has.
  assert(strcmp(text, "IDLE:620,main:9000") == 0);
  simkey_tasks(text, 1);
  assert(text[0] == 0);
  simkey_tasks(NULL, 0);
  free(text);
}

static const struct {
  const char *name;
  void (*run)(void);
} SCENARIOS[] = {
  { "paints whole words only", paints_whole_words_only },
  { "tells what was used, wherever it is", tells_what_was_used_wherever_it_is },
  { "tells how deep a stack has been", tells_how_deep_a_stack_has_been },
  { "paints nothing where nothing is", paints_nothing_where_nothing_is },
  { "reads the heap", reads_the_heap },
  { "names the tasks in order", names_the_tasks_in_order },
  { "leaves out whole tasks for want of room", leaves_out_whole_tasks_for_want_of_room },
};

int main(int count, char **arguments) {
  for (size_t i = 0; i < sizeof SCENARIOS / sizeof *SCENARIOS; i++) {
    if (count < 2) printf("%s\n", SCENARIOS[i].name);
    else if (strcmp(arguments[1], SCENARIOS[i].name) == 0) {
      SCENARIOS[i].run();
      return 0;
    }
  }
  return count < 2 ? 0 : 2;
}

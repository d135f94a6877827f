// ESP-IDF v6.0's esp_heap_caps.h, as far as memory.c uses it.

#ifndef FAKE_HEAP_CAPS_H
#define FAKE_HEAP_CAPS_H

#include <stddef.h>
#include <stdint.h>

#define MALLOC_CAP_DEFAULT (1 << 12)

size_t heap_caps_get_free_size(uint32_t caps);
size_t heap_caps_get_minimum_free_size(uint32_t caps);
size_t heap_caps_get_largest_free_block(uint32_t caps);

#endif

// What RAM is left, for a desk's report. Knows nothing of JavaScript.

#ifndef SIMKEY_MEMORY_H
#define SIMKEY_MEMORY_H

#include <stddef.h>
#include <stdint.h>

// A heap's or a machine's part that nobody has used, painted so that use shows. Only whole words count.
typedef struct {
  uint32_t *begin, *end;
} Paint;

// Paints from `begin` to `end`; what is not whole words at either end is left as it is. An empty or turned range paints nothing.
void simkey_paint(Paint *paint, void *begin, void *end);

// Bytes of it that are as they were painted, wherever they lie.
size_t simkey_untouched(const Paint *paint);

// Bytes from the longest run of untouched words to the high end: what a stack that grows downwards has used at most, though
// somebody else uses what is below it, as XS's RegExp does.
size_t simkey_used_above(const Paint *paint);

// ESP-IDF's heap, in bytes: free now, the least that was ever free, and the largest block that could be had.
typedef struct {
  size_t free, least, largest;
} Heap;

Heap simkey_heap(void);

// Every task and the bytes of its stack that were never used, as `name:bytes`, separated by commas, in the order of the names.
// What does not fit in `size` bytes is left out whole.
void simkey_tasks(char *text, size_t size);

#endif

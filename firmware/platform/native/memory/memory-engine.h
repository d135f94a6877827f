// What XS has used of its block. Apart from memory-xs.c, for XS's inner and outer headers cannot be had together.

#ifndef SIMKEY_MEMORY_ENGINE_H
#define SIMKEY_MEMORY_ENGINE_H

#include <stdint.h>

// Bytes of chunks and numbers of slots: now, at most, and how many there is room for without another part of the block.
// `untouched`: bytes of the block between both that were never used; `stack`: slots of the stack, and the most that were used.
// Both begin with the first call, which paints what is free then.
typedef struct {
  uint32_t chunks, chunks_peak, chunks_room;
  uint32_t slots, slots_peak, slots_room;
  uint32_t untouched, stack, stack_peak;
} Engine;

// `machine` is XS's.
Engine simkey_engine(void *machine);

#endif

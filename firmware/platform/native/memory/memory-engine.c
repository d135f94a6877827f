// See memory-engine.h. Reads the machine as SDK 8.2.3 lays it out: chunks grow upwards from `heap`, slots downwards from the
// end of the block; what is between `heap_ptr` and `heap_pend` is nobody's yet (xs/platforms/mc/xsHosts.c).

#include "xsAll.h"

#include "memory-engine.h"
#include "memory.h"

static Paint block, stack;
static uint32_t stack_then;

Engine simkey_engine(void *machine) {
  txMachine *the = machine;
  if (block.begin == NULL) {
    simkey_paint(&block, the->heap_ptr, the->heap_pend);
    // Below the stack's pointer there is nothing that lives: the collector looks no further.
    simkey_paint(&stack, the->stackBottom, the->stack - 1);
    stack_then = (uint32_t)(the->stackTop - the->stack) + 1;
  }
  uint32_t slots = (uint32_t)(the->stackTop - the->stackBottom);
  return (Engine){
    .chunks = (uint32_t)the->currentChunksSize,
    .chunks_peak = (uint32_t)the->peakChunksSize,
    .chunks_room = (uint32_t)the->maximumChunksSize,
    .slots = (uint32_t)the->currentHeapCount,
    .slots_peak = (uint32_t)the->peakHeapCount,
    .slots_room = (uint32_t)the->maximumHeapCount,
    .untouched = (uint32_t)simkey_untouched(&block),
    .stack = slots,
    // What was used when it was painted, and what has been since.
    .stack_peak = stack_then + (uint32_t)(simkey_used_above(&stack) / sizeof(txSlot)),
  };
}

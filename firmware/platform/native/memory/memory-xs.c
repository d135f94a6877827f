// The memory report, for XS. firmware/platform/moddable/memory/report.ts declares it.

#include "xsmc.h"
#include "mc.xs.h"

#include "memory-engine.h"
#include "memory.h"

// Room for a dozen tasks' names and figures.
enum { TASKS = 320 };

// Fills an array of 32-bit numbers, in the order of FIGURES in report.ts. Returns the tasks.
void xs_simkey_memory(xsMachine *the) {
  uint32_t *figures;
  xsUnsignedValue length;
  xsmcGetBufferWritable(xsArg(0), (void **)&figures, &length);
  Heap heap = simkey_heap();
  Engine engine = simkey_engine(the);
  const uint32_t all[] = {
    (uint32_t)heap.free, (uint32_t)heap.least, (uint32_t)heap.largest, engine.chunks, engine.chunks_peak, engine.chunks_room,
    engine.slots, engine.slots_peak, engine.slots_room, engine.untouched, engine.stack, engine.stack_peak,
  };
  if (length < sizeof all) xsUnknownError("no room for the figures");
  memcpy(figures, all, sizeof all);
  char tasks[TASKS];
  simkey_tasks(tasks, sizeof tasks);
  xsmcSetString(xsResult, tasks);
}

// The native stack of the measured machine: a thread's, of which XS is told that it ends where a chip's task would have its end.
// It is painted, so that its depth can be told. A frame here is one of 32-bit x86 and not of Xtensa: what is alike is that no
// input decides how many there are.

#include "bench.h"

enum {
  PAINT = 0x5a,
  // Bytes without paint above which all was used.
  UNTOUCHED = 256,
  // What XS leaves free at the end of a task's stack (fxCStackLimit for ESP32, SDK 8.2.3).
  RESERVE = 1024,
  // Below the end, for native code that does not ask; and above the program, for the thread's own.
  BEYOND = 1 << 20,
  ABOVE = 1 << 16,
};

static size_t given;  // bytes of the task's stack
static char* low;     // end of the thread's
static char* top;     // where the program's part begins
static char* limit;   // where XS takes it for full; NULL, which is nowhere, while linking

char* fxCStackLimit() { return limit; }

int nativeIsFull(void) {
  return limit != NULL && (char*)__builtin_frame_address(0) <= limit + RESERVE;
}

size_t nativeDepth(void) {
  const char* byte = top;
  for (int painted = 0; byte > low && painted < UNTOUCHED; byte--) painted = byte[-1] == PAINT ? painted + 1 : 0;
  return top - byte - UNTOUCHED;
}

static void* onThread(void* run) {
  top = (char*)__builtin_frame_address(0) - UNTOUCHED;
  limit = top - given + RESERVE;
  memset(low, PAINT, top - low);
  ((void (*)(void))run)();
  return NULL;
}

void nativeRun(void (*run)(void), size_t bytes) {
  given = bytes;
  size_t all = (BEYOND + bytes + ABOVE) & ~4095ul;
  low = aligned_alloc(4096, all);
  pthread_attr_t how;
  pthread_t thread;
  if (!low || pthread_attr_init(&how) || pthread_attr_setstack(&how, low, all) || pthread_create(&thread, &how, onThread, run))
    fail(BENCH_FAILED, "no native stack", NULL);
  pthread_join(thread, NULL);
}

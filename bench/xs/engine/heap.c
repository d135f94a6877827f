// The memory of the measured machine: one block of a fixed size, as the SDK's `static` creation gives a chip's machine one.
// Chunks grow from its low end and slots, the stack first, from its high end. Where they would meet, chunks are collected and
// give their free end back; if that is not enough, the block is too small. The linking machine takes what it wants.

#include "bench.h"

void fail(int code, const char* why, const char* what) {
  fprintf(stderr, "%s%s%s\n", why, what ? ": " : "", what ? what : "");
  fflush(stdout);
  _exit(code);
}

void blockMake(Block* block, size_t bytes) {
  block->low = malloc(bytes);
  if (!block->low) fail(BENCH_FAILED, "no memory for the block", NULL);
  block->high = block->low + bytes;
}

void* fxAllocateChunks(txMachine* the, txSize size) {
  Block* block = the->context;
  if (!block) return malloc(size);
  if (!the->low) {
    the->low = block->low;
    the->high = block->high;
  }
  txBlock* first = the->firstBlock;
  if (!first) {
    if (the->low + size > the->high) return NULL;
    void* chunks = the->low;
    the->low += size;
    return chunks;
  }
  // What is free at the end of the chunks counts. The caller adds `size` to the limit and to the total.
  txSize grow = size - sizeof(txBlock) - (first->limit - first->current);
  if (the->low + grow > the->high) return NULL;
  the->low += grow;
  first->limit = (txByte*)the->low - size;
  the->maximumChunksSize += grow - size;
  return first->limit;
}

void fxFreeChunks(txMachine* the, void* chunks) {
  if (!the->context) free(chunks);
}

txSlot* fxAllocateSlots(txMachine* the, txSize count) {
  Block* block = the->context;
  txSize size = count * sizeof(txSlot);
  if (!block) return malloc(size);
  if (the->high - size < the->low && the->firstBlock) {
    fxCollect(the, XS_COMPACT_FLAG | XS_ORGANIC_FLAG);
    txBlock* first = the->firstBlock;
    the->maximumChunksSize -= first->limit - first->current;
    the->low = (uint8_t*)first->current;
    first->limit = first->current;
  }
  if (the->high - size < the->low) return NULL;
  the->high -= size;
  return (txSlot*)the->high;
}

void fxFreeSlots(txMachine* the, void* slots) {
  if (!the->context) free(slots);
}

void fxAbort(txMachine* the, int status) {
  if (status == XS_NATIVE_STACK_OVERFLOW_EXIT && nativeIsFull()) fail(TOO_SMALL, "native stack overflow", NULL);
  switch (status) {
    case XS_NOT_ENOUGH_MEMORY_EXIT:
      fail(TOO_SMALL, "memory full", NULL);
    case XS_STACK_OVERFLOW_EXIT:
      fail(TOO_SMALL, "stack overflow", NULL);
    case XS_UNHANDLED_EXCEPTION_EXIT:
      fail(PROGRAM_FAILED, "unhandled exception", fxToString(the, &mxException));
    case XS_UNHANDLED_REJECTION_EXIT:
      fail(PROGRAM_FAILED, "unhandled rejection", fxToString(the, &mxException));
    case XS_NO_MORE_KEYS_EXIT:
      fail(BENCH_FAILED, "no more keys", NULL);
    default:
      fail(BENCH_FAILED, "XS ended itself", NULL);
  }
}

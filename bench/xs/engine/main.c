// Runs one program on XS in a block of a given size and tells whether it fitted, in how many instructions.
//
//   engine BYTES STACK DIRECTORY [FILES [NATIVE CHUNK CHUNKS HEAP HEAPS]]
//
// DIRECTORY/modules lists what is linked, FILES (DIRECTORY) holds what the program reads; see link.c and host.c. NATIVE: bytes of
// the native stack (ample); the rest as in a manifest's "creation": first size and step of chunks in bytes, of slots in number.
//
// Prints what the program prints, then one line of figures. Exit codes: see bench.h.

#include "bench.h"

// The linking machine's own memory, which is no matter, and the SDK's sizes of tables (examples/manifest_base.json).
static txCreation linking = {
  .initialChunkSize = 1 << 20, .incrementalChunkSize = 1 << 18, .initialHeapCount = 1 << 16, .incrementalHeapCount = 1 << 12,
  .stackCount = 4096, .initialKeyCount = 16384, .incrementalKeyCount = 0, .nameModulo = 53, .symbolModulo = 3,
  .parserBufferSize = 1 << 16, .parserTableModulo = 1993,
};
// Both heaps of the measured machine grow in small steps, so that neither takes what the other needs.
static txCreation measured = {
  .initialChunkSize = 1024, .incrementalChunkSize = 256, .initialHeapCount = 64, .incrementalHeapCount = 32,
  .initialKeyCount = 32, .incrementalKeyCount = 32, .nameModulo = 53, .symbolModulo = 3,
  .parserBufferSize = 1024, .parserTableModulo = 17,
};

// How deep the stack was: down to where many slots are as they were painted. The free end of the stack is where XS matches
// regular expressions, so with little room the two meet and the depth is not known.
enum { PAINT = 0xa5, UNTOUCHED = 64 * sizeof(txSlot) };

static void paintStack(txMachine* the) { memset(the->stackBottom, PAINT, (char*)the->stack - (char*)the->stackBottom); }

static int stackDepth(txMachine* the) {
  const uint8_t* end = (uint8_t*)the->stackTop;
  const uint8_t* byte = end;
  for (int painted = 0; byte > (uint8_t*)the->stackBottom && painted < UNTOUCHED; byte--)
    painted = byte[-1] == PAINT ? painted + 1 : 0;
  return (end - byte - UNTOUCHED) / sizeof(txSlot);
}

enum { PLAIN = 4, WITH_FILES = 5, WITH_CREATION = 10, AMPLE_NATIVE = 4 << 20 };

static txMachine* root;
static size_t bytes;

static void measure(void);

int main(int count, char** words) {
  if (count != PLAIN && count != WITH_FILES && count != WITH_CREATION)
    fail(BENCH_FAILED, "usage: engine BYTES STACK DIRECTORY [FILES [NATIVE CHUNK CHUNKS HEAP HEAPS]]", NULL);
  if (sizeof(txSlot) != 16) fail(BENCH_FAILED, "slots are not those of a 32-bit chip: compile with -m32", NULL);
  hostLoad(words[count > PLAIN ? 4 : 3]);

  root = fxCreateMachine(&linking, "link", NULL, XS_NO_ID);
  hostInstall(root);
  linkScripts(root, words[3]);
  linkFreeze(root, !linkIsPeer());

  bytes = strtoul(words[1], NULL, 10) & ~15ul;
  measured.stackCount = strtol(words[2], NULL, 10);
  if (count == WITH_CREATION) {
    measured.initialChunkSize = strtol(words[6], NULL, 10);
    measured.incrementalChunkSize = strtol(words[7], NULL, 10);
    measured.initialHeapCount = strtol(words[8], NULL, 10);
    measured.incrementalHeapCount = strtol(words[9], NULL, 10);
  }
  nativeRun(measure, count == WITH_CREATION ? strtoul(words[5], NULL, 10) : AMPLE_NATIVE);
}

static void measure(void) {
  if (bytes < measured.stackCount * sizeof(txSlot) + measured.initialChunkSize)
    fail(TOO_SMALL, "not even the stack fits", NULL);
  Block block;
  blockMake(&block, bytes);
  txMachine* the = fxCloneMachine(&measured, root, "measured", &block);
  if (!the) fail(TOO_SMALL, "the machine itself does not fit", NULL);

  walkBegin(the);
  profileBegin(the);
  paintStack(the);
  fxBeginHost(the);
  mxTry(the) {
    mxPushStringC((txString)linkMain());
    fxAwaitImport(the, XS_IMPORT_NAMESPACE);
    mxPop();
  }
  mxCatch(the) fxAbort(the, XS_UNHANDLED_EXCEPTION_EXIT);
  fxEndHost(the);
  runJobs(the);
  hostRun(the);

  txU4 instructions = the->meterIndex;
  txSize peakSlots = the->peakHeapCount, peakChunks = the->peakChunksSize;
  fxCollectGarbage(the);
  walkEnd();
  profileEnd(the);
  printf(
    "{\"instructions\":%u,\"depth\":%d,\"native\":%zu,\"peakSlots\":%d,\"peakChunks\":%d,\"slots\":%d,\"chunks\":%d,\"aliases\":%d,"
    "\"keys\":%d,\"flashSlots\":%d,\"flashChunks\":%d}\n",
    instructions, stackDepth(the), nativeDepth(), peakSlots, peakChunks, the->currentHeapCount, the->currentChunksSize,
    the->aliasCount, the->keyIndex - the->keyOffset, root->currentHeapCount, root->currentChunksSize);
  fflush(stdout);
  _exit(ENDED);
}

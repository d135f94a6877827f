// The parts of the bench's engine: one machine that is measured, in one block of memory, on top of one that is read-only.

#ifndef BENCH_H
#define BENCH_H

#include "xsAll.h"
#include "xsScript.h"

#if XS_MAJOR_VERSION > 13
#define XS_STACK_OVERFLOW_EXIT XS_JAVASCRIPT_STACK_OVERFLOW_EXIT
typedef txU8 Meter;
#else
#define XS_NATIVE_STACK_OVERFLOW_EXIT XS_STACK_OVERFLOW_EXIT
typedef txU4 Meter;
#endif

// Exit codes: the run told its figures; the block or the stack was too small; the program under test failed; the bench did.
// None is a shell's, a loader's or an emulator's.
enum { ENDED = 0, TOO_SMALL = 42, PROGRAM_FAILED = 43, BENCH_FAILED = 44 };

void fail(int code, const char* why, const char* what) XS_FUNCTION_NORETURN;

// heap.c: the block that holds chunks, slots and stack of the measured machine.
typedef struct {
  uint8_t* low;
  uint8_t* high;
} Block;

void blockMake(Block* block, size_t bytes);

// native.c: the native stack of the measured machine.
void nativeRun(void (*run)(void), size_t bytes);
size_t nativeDepth(void);
int nativeIsFull(void);

// link.c and freeze.c: what the SDK's linker (xsl) does on the desk: scripts are compiled, names numbered, modules preloaded.
void linkScripts(txMachine* the, const char* directory);
void linkFreeze(txMachine* the, int builtIns);
int linkIsPeer(void);
const char* linkMain(void);
void linkWhere(txMachine* the, const txByte* code, char* where, size_t size);

// walk.c: what lives at the peak.
void walkBegin(txMachine* the);
void walkEnd(void);

// profile.c: where instructions go.
void profileBegin(txMachine* the);
void profileMark(txMachine* the);
void profileEnd(txMachine* the);

// host.c: what the chip's native modules are to the firmware: functions of the global `host`.
void hostInstall(txMachine* the);
void hostLoad(const char* directory);
void hostRun(txMachine* the);
void runJobs(txMachine* the);

#endif

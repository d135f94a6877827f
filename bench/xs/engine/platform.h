// What XS is told of the platform it runs on (XSPLATFORM): Linux at -m32, with the heap of a chip. See heap.c.

#ifndef BENCH_PLATFORM_H
#define BENCH_PLATFORM_H

#undef mxLinux
#define mxLinux 1
#define mxExport extern
#define mxImport extern
#define XS_FUNCTION_NORETURN __attribute__((noreturn))

#include <arpa/inet.h>
#include <ctype.h>
#include <float.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// Asked for by XS 17, which leaves it to the platform.
#define mxFallThrough (void)0

// native.c says where the native stack ends.
#define mxUseDefaultCStackLimit 0

#define mxUseGCCAtomics 1
#define mxUsePOSIXThreads 1
#define mxUseDefaultBuildKeys 1
#define mxUseDefaultParseScript 1
#define mxUseDefaultSharedChunks 1
#define mxUseDefaultMachinePlatform 1

#define mxMachinePlatform \
  uint8_t* low;           \
  uint8_t* high;          \
  int jobs;               \
  void* waiterCondition;  \
  void* waiterData;       \
  void* waiterLink;

#endif

// The outside of the measured machine, as functions of the global `host`: what the chip's native modules would be to the
// firmware. What they hold lies outside of the block, as it does on the chip. Time is virtual; a recorded journey (see
// journey.ts) says which bytes arrive on the UART when, and which are sent: one byte off, and the run has failed.

#include "bench.h"

extern txInteger _xsmcGetBuffer(txMachine* the, txSlot* slot, void** data, txUnsigned* count, txBoolean writable);

enum { PIPES = 32, VALUES = 32, FLASH_BYTES = 65536, FLASH_BLOCK = 4096, TIMERS = 64 };

// What a run may last in virtual time beyond the last byte that arrives, in milliseconds.
#define PATIENCE 600000.0

typedef struct {
  uint8_t* bytes;
  size_t length;
} Bytes;

typedef struct {
  Bytes held;
  int used;
} Pipe;

typedef struct {
  txSlot callback;
  txSlot id;  // the object that stands for it
  double due;
  unsigned order;
  int set;
} Timer;

static const char* directory;
static Bytes journey, sent, randomness;
static size_t journeyAt, sentAt, randomAt;
static double now;
static int ended;
static Pipe pipes[PIPES];  // 0: from the modem; 1: to the modem, which is compared and not kept
static Timer timers[TIMERS];
static unsigned timerOrder;
static txSlot onArrival;
static struct { char key[16]; Bytes value; } values[VALUES];
static uint8_t flash[FLASH_BYTES];

static Bytes readFile(const char* name) {
  char path[1280];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  Bytes bytes = {NULL, 0};
  FILE* file = fopen(path, "rb");
  if (!file) return bytes;
  fseek(file, 0, SEEK_END);
  bytes.length = ftell(file);
  rewind(file);
  bytes.bytes = malloc(bytes.length + 1);
  if (fread(bytes.bytes, 1, bytes.length, file) != bytes.length) fail(BENCH_FAILED, "cannot read", path);
  fclose(file);
  return bytes;
}

void hostLoad(const char* path) {
  directory = path;
  journey = readFile("journey");
  sent = readFile("sent");
  randomness = readFile("random");
  memset(flash, 0xff, sizeof flash);
}

// ---------------------------------------------------------------- arguments and results

static txInteger integerAt(txMachine* the, int i) { return fxToInteger(the, mxArgv(i)); }

static Bytes bytesAt(txMachine* the, int i) {
  void* data;
  txUnsigned count;
  _xsmcGetBuffer(the, mxArgv(i), &data, &count, 0);
  return (Bytes){data, count};
}

static void resultBytes(txMachine* the, const uint8_t* bytes, size_t length) {
  fxArrayBuffer(the, mxResult, (void*)bytes, length, -1);
}

static void resultNumber(txMachine* the, double value) {
  mxResult->kind = XS_NUMBER_KIND;
  mxResult->value.number = value;
}

static void resultInteger(txMachine* the, txInteger value) {
  mxResult->kind = XS_INTEGER_KIND;
  mxResult->value.integer = value;
}

// ---------------------------------------------------------------- the bench

static void fx_print(txMachine* the) { printf("%s\n", fxToString(the, mxArgv(0))); }
static void fx_meter(txMachine* the) {
  profileMark(the);
  resultNumber(the, the->meterIndex);
}
static void fx_end(txMachine* the) { ended = 1; }

// Read once: a program takes a file in many pieces.
static Bytes inputOf(const char* name) {
  static char last[64];
  static Bytes bytes;
  if (bytes.bytes && !strcmp(last, name)) return bytes;
  free(bytes.bytes);
  bytes = readFile(name);
  if (!bytes.bytes || strlen(name) >= sizeof last) fail(BENCH_FAILED, "no input", name);
  strcpy(last, name);
  return bytes;
}

static void fx_input(txMachine* the) {
  Bytes bytes = inputOf(fxToString(the, mxArgv(0)));
  size_t from = integerAt(the, 1), length = integerAt(the, 2);
  if (from < bytes.length) resultBytes(the, bytes.bytes + from, length < bytes.length - from ? length : bytes.length - from);
}

enum { NAMES_SHOWN = 8 };

// What is in use once all that can go has gone. Names never go; the latest are shown.
static void fx_census(txMachine* the) {
  const char* what = fxToString(the, mxArgv(0));
  fxCollectGarbage(the);
  int keys = the->keyIndex - the->keyOffset;
  printf("{\"census\":\"%s\",\"slots\":%d,\"chunks\":%d,\"keys\":%d,\"names\":[", what, the->currentHeapCount,
         the->currentChunksSize, keys);
  for (int i = 0; i < NAMES_SHOWN && i < keys; i++) {
    printf("%s\"", i ? "," : "");
    const char* name = fxGetKeyName(the, the->keyIndex - 1 - i);
    // As it is, but for what JSON does not take.
    for (; name && *name; name++) putchar(*name < 0x20 || *name > 0x7e || *name == '"' || *name == '\\' ? '?' : *name);
    putchar('"');
  }
  printf("]}\n");
}

// ---------------------------------------------------------------- time

static void fx_now(txMachine* the) { resultInteger(the, (txInteger)now); }

static void timerGone(void* data) {}

static void fx_setTimer(txMachine* the) {
  int i = 0;
  while (i < TIMERS && timers[i].set) i++;
  if (i == TIMERS) fail(BENCH_FAILED, "too many timers", NULL);
  Timer* timer = &timers[i];
  timer->callback = *mxArgv(0);
  timer->due = now + integerAt(the, 1);
  timer->order = timerOrder++;
  timer->set = 1;
  fxRemember(the, &timer->callback);
  fxNewHostObject(the, timerGone);
  fxSetHostData(the, the->stack, timer);
  mxPullSlot(mxResult);
  timer->id = *mxResult;
  fxRemember(the, &timer->id);
}

static void clearTimer(txMachine* the, Timer* timer) {
  if (!timer->set) return;
  fxForget(the, &timer->callback);
  fxForget(the, &timer->id);
  timer->set = 0;
}

static void fx_clearTimer(txMachine* the) { clearTimer(the, fxGetHostData(the, mxArgv(0))); }

// ---------------------------------------------------------------- pipes of bytes: the UART, and TLS that is none

static void push(Bytes* held, const uint8_t* bytes, size_t length) {
  held->bytes = realloc(held->bytes, held->length + length + 1);
  memcpy(held->bytes + held->length, bytes, length);
  held->length += length;
}

static void fx_pipe(txMachine* the) {
  for (int i = 2; i < PIPES; i++)
    if (!pipes[i].used) {
      pipes[i].used = 1;
      resultInteger(the, i);
      return;
    }
  fail(BENCH_FAILED, "too many pipes", NULL);
}

static void fx_unpipe(txMachine* the) {
  Pipe* pipe = &pipes[integerAt(the, 0)];
  pipe->used = pipe->held.length = 0;
}

static void toModem(Bytes bytes) {
  if (sentAt + bytes.length > sent.length || memcmp(sent.bytes + sentAt, bytes.bytes, bytes.length)) {
    fprintf(stderr, "at %.1f ms, byte %zu, the run sends: %.*s\n", now, sentAt, (int)bytes.length, bytes.bytes);
    fprintf(stderr, "it should send: %.*s\n", (int)bytes.length, sentAt < sent.length ? (char*)sent.bytes + sentAt : "");
    fail(PROGRAM_FAILED, "the run left the recorded journey", NULL);
  }
  sentAt += bytes.length;
}

static void fx_put(txMachine* the) {
  txInteger pipe = integerAt(the, 0);
  Bytes bytes = bytesAt(the, 1);
  if (pipe == 1) toModem(bytes);
  else push(&pipes[pipe].held, bytes.bytes, bytes.length);
}

static void fx_take(txMachine* the) {
  Bytes* held = &pipes[integerAt(the, 0)].held;
  double most = fxToNumber(the, mxArgv(1));
  size_t length = most < held->length ? (size_t)most : held->length;
  if (length == 0) return;
  resultBytes(the, held->bytes, length);
  held->length -= length;
  memmove(held->bytes, held->bytes + length, held->length);
}

static void fx_size(txMachine* the) { resultInteger(the, pipes[integerAt(the, 0)].held.length); }

static void fx_onArrival(txMachine* the) {
  if (onArrival.kind == XS_REFERENCE_KIND) fxForget(the, &onArrival);
  onArrival = *mxArgv(0);
  fxRemember(the, &onArrival);
}

// The line's speed and the modem's power key are matters of the journey, which is recorded.
static void fx_setBaud(txMachine* the) {}
static void fx_key(txMachine* the) {}

// ---------------------------------------------------------------- random numbers, key-value store, flash

static void fx_random(txMachine* the) {
  Bytes into = bytesAt(the, 0);
  if (randomAt + into.length > randomness.length) fail(PROGRAM_FAILED, "more random numbers than were recorded", NULL);
  memcpy(into.bytes, randomness.bytes + randomAt, into.length);
  randomAt += into.length;
}

static int valueOf(txMachine* the) {
  char key[16];
  fxToStringBuffer(the, mxArgv(0), key, sizeof key);
  for (int i = 0; i < VALUES; i++) {
    if (!strcmp(values[i].key, key)) return i;
    if (values[i].key[0]) continue;
    char name[20];
    snprintf(name, sizeof name, "kv-%s", key);
    strcpy(values[i].key, key);
    values[i].value = readFile(name);
    return i;
  }
  fail(BENCH_FAILED, "too many values", key);
}

static void fx_kvRead(txMachine* the) {
  Bytes value = values[valueOf(the)].value;
  if (value.bytes) resultBytes(the, value.bytes, value.length);
}

static void fx_kvWrite(txMachine* the) {
  Bytes* value = &values[valueOf(the)].value;
  value->length = 0;
  Bytes bytes = bytesAt(the, 1);
  push(value, bytes.bytes, bytes.length);
}

static void fx_kvDelete(txMachine* the) {
  Bytes* value = &values[valueOf(the)].value;
  free(value->bytes);
  *value = (Bytes){NULL, 0};
}

static uint8_t* flashAt(txInteger offset, size_t length) {
  if (offset < 0 || offset + length > FLASH_BYTES) fail(PROGRAM_FAILED, "outside of the flash", NULL);
  return flash + offset;
}

static void fx_flashRead(txMachine* the) {
  txInteger length = integerAt(the, 0);
  resultBytes(the, flashAt(integerAt(the, 1), length), length);
}

static void fx_flashWrite(txMachine* the) {
  Bytes bytes = bytesAt(the, 0);
  uint8_t* at = flashAt(integerAt(the, 1), bytes.length);
  for (size_t i = 0; i < bytes.length; i++) at[i] &= bytes.bytes[i];
}

static void fx_flashErase(txMachine* the) {
  memset(flashAt(integerAt(the, 0) * FLASH_BLOCK, FLASH_BLOCK), 0xff, FLASH_BLOCK);
}

// As the chip's ROM has it.
static void fx_crc32(txMachine* the) {
  Bytes bytes = bytesAt(the, 0);
  uint32_t crc = ~0u;
  for (size_t i = 0; i < bytes.length; i++) {
    crc ^= bytes.bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320u : 0);
  }
  resultNumber(the, ~crc);
}

// ---------------------------------------------------------------- the global, and the loop

static const struct { const char* name; txCallback callback; } FUNCTIONS[] = {
  {"print", fx_print}, {"meter", fx_meter}, {"end", fx_end}, {"input", fx_input}, {"census", fx_census},
  {"now", fx_now}, {"setTimer", fx_setTimer}, {"clearTimer", fx_clearTimer},
  {"pipe", fx_pipe}, {"unpipe", fx_unpipe}, {"put", fx_put}, {"take", fx_take}, {"size", fx_size},
  {"onArrival", fx_onArrival}, {"setBaud", fx_setBaud}, {"key", fx_key}, {"random", fx_random},
  {"kvRead", fx_kvRead}, {"kvWrite", fx_kvWrite}, {"kvDelete", fx_kvDelete},
  {"flashRead", fx_flashRead}, {"flashWrite", fx_flashWrite}, {"flashErase", fx_flashErase},
  {"crc32", fx_crc32},
};

void hostInstall(txMachine* the) {
  fxBeginHost(the);
  mxPush(mxObjectPrototype);
  txSlot* property = fxLastProperty(the, fxNewObjectInstance(the));
  for (size_t i = 0; i < sizeof FUNCTIONS / sizeof *FUNCTIONS; i++)
    property = fxNextHostFunctionProperty(the, property, FUNCTIONS[i].callback, 0, fxNewNameC(the, (txString)FUNCTIONS[i].name),
                                          XS_DONT_ENUM_FLAG | XS_DONT_DELETE_FLAG | XS_DONT_SET_FLAG);
  mxPush(mxGlobal);
  fxDefineID(the, fxNewNameC(the, "host"), XS_NO_FLAG, XS_NO_FLAG);
  mxPop();
  fxEndHost(the);
}

void fxQueuePromiseJobs(txMachine* the) { the->jobs = 1; }

void runJobs(txMachine* the) {
  while (the->jobs) {
    the->jobs = 0;
    fxRunPromiseJobs(the);
  }
}

// @param argument what to call it with, or NULL
static void call(txMachine* the, txSlot* function, txSlot* argument) {
  fxBeginHost(the);
  mxTry(the) {
    mxPushUndefined();
    mxPushSlot(function);
    mxCall();
    if (argument) mxPushSlot(argument);
    mxRunCount(argument ? 1 : 0);
    mxPop();
  }
  mxCatch(the) fxAbort(the, XS_UNHANDLED_EXCEPTION_EXIT);
  fxEndHost(the);
  runJobs(the);
}

static Timer* nextTimer(void) {
  Timer* first = NULL;
  for (Timer* timer = timers; timer < timers + TIMERS; timer++)
    if (timer->set && (!first || timer->due < first->due || (timer->due == first->due && timer->order < first->order)))
      first = timer;
  return first;
}

// An arrival in the journey: when (double), how many bytes (uint32), the bytes.
static int nextArrival(double* at, Bytes* bytes) {
  if (journeyAt >= journey.length) return 0;
  uint32_t length;
  memcpy(at, journey.bytes + journeyAt, sizeof *at);
  memcpy(&length, journey.bytes + journeyAt + sizeof *at, sizeof length);
  *bytes = (Bytes){journey.bytes + journeyAt + sizeof *at + sizeof length, length};
  return 1;
}

void hostRun(txMachine* the) {
  double arrivesAt = 0;
  Bytes arrives;
  while (!ended) {
    int more = nextArrival(&arrivesAt, &arrives);
    Timer* timer = nextTimer();
    if (more && (!timer || arrivesAt <= timer->due)) {
      now = arrivesAt;
      journeyAt += sizeof arrivesAt + sizeof(uint32_t) + arrives.length;
      push(&pipes[0].held, arrives.bytes, arrives.length);
      if (onArrival.kind == XS_REFERENCE_KIND) call(the, &onArrival, NULL);
    } else if (timer && timer->due < arrivesAt + PATIENCE) {
      if (timer->due > now) now = timer->due;
      txSlot callback = timer->callback;
      fxRemember(the, &callback);
      txSlot id = timer->id;
      fxRemember(the, &id);
      clearTimer(the, timer);
      call(the, &callback, &id);
      fxForget(the, &id);
      fxForget(the, &callback);
    } else {
      break;
    }
  }
  if (sentAt < sent.length) fail(PROGRAM_FAILED, "the run sent less than was recorded", NULL);
}

// Where instructions go: with SIMKEY_XS_PROFILE in the environment, every instruction is charged to the function that runs it,
// and once to each function that it is called from. It begins when the program first asks for its instructions (host.meter). XS
// tells of each function that begins or goes on, and natives count for who calls them. ../profile.ts makes tables of it.

#include "bench.h"

enum { FUNCTIONS = 4096, DEEPEST = 512, WHERE = 512 };

typedef struct {
  const txByte* code;
  unsigned self, total, seen;
} Function;

static Function functions[FUNCTIONS];
static Function* stack[DEEPEST];
static int depth;
static unsigned since, turn;
static int isOn, wanted;

static Function* functionOf(const txByte* code) {
  size_t i = ((uintptr_t)code >> 1) % FUNCTIONS;
  for (int tries = 0; functions[i].code && functions[i].code != code; i = (i + 1) % FUNCTIONS)
    if (++tries == FUNCTIONS) fail(BENCH_FAILED, "too many functions", NULL);
  functions[i].code = code;
  return &functions[i];
}

static void charge(unsigned instructions) {
  turn++;
  if (depth > 0) stack[0]->self += instructions;
  for (int i = 0; i < depth; i++) {
    if (stack[i]->seen == turn) continue;
    stack[i]->seen = turn;
    stack[i]->total += instructions;
  }
}

// The innermost first.
static void takeStack(txMachine* the) {
  depth = 0;
  for (txSlot* frame = the->frame; frame && depth < DEEPEST; frame = frame->next) {
    const txSlot* function = frame + 3;
    if (function->kind != XS_REFERENCE_KIND) continue;
    const txSlot* code = function->value.reference->next;
    if (!code || (code->kind != XS_CODE_KIND && code->kind != XS_CODE_X_KIND)) continue;
    stack[depth++] = functionOf(code->value.code.address);
  }
}

static txBoolean onMeter(txMachine* the, Meter index) {
  if (!isOn) return 1;
  charge(index - since);
  since = index;
  takeStack(the);
  return 1;
}

void profileBegin(txMachine* the) {
  wanted = getenv("SIMKEY_XS_PROFILE") != NULL;
  if (wanted) fxBeginMetering(the, onMeter, 1);
}

void profileMark(txMachine* the) {
  if (!wanted || isOn) return;
  isOn = 1;
  since = the->meterIndex;
}

void profileEnd(txMachine* the) {
  if (!wanted) return;
  printf("{\"profile\":[");
  const char* comma = "";
  for (const Function* one = functions; one < functions + FUNCTIONS; one++) {
    char where[WHERE];
    if (!one->code) continue;
    linkWhere(the, one->code, where, sizeof where);
    printf("%s{\"where\":\"%s\",\"self\":%u,\"total\":%u}", comma, where, one->self, one->total);
    comma = ",";
  }
  printf("]}\n");
}

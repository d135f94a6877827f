// Does on the desk's linking machine what xsc and xsl do when the SDK builds an image: compiles every module, numbers all names,
// leaves code and strings where they are (in flash), runs the modules that are preloaded, freezes and shares what they left.

#include "bench.h"

extern void fxRemapIDs(txMachine* the, txByte* code, txSize size, txID* ids);

enum { NAME_MAX_BYTES = 256, PATH_MAX_BYTES = 1024 };

typedef struct Module {
  struct Module* next;
  char name[NAME_MAX_BYTES];
  char path[PATH_MAX_BYTES];
  char kind;  // as in the list: p preloaded, m in RAM, r in RAM and run
  txScript* script;
} Module;

static Module* modules = NULL;

// DIRECTORY/modules, a line each: kind, name by which others import it. Its JavaScript is DIRECTORY/NAME.js.
static void readList(const char* directory) {
  char list[PATH_MAX_BYTES];
  snprintf(list, sizeof list, "%s/modules", directory);
  FILE* file = fopen(list, "r");
  if (!file) fail(BENCH_FAILED, "no list of modules", list);
  Module** end = &modules;
  Module read = {0};
  while (fscanf(file, " %c %255s", &read.kind, read.name) == 2) {
    if (snprintf(read.path, sizeof read.path, "%s/%s.js", directory, read.name) >= (int)sizeof read.path)
      fail(BENCH_FAILED, "too long a path", read.name);
    *end = malloc(sizeof read);
    **end = read;
    end = &(*end)->next;
  }
  fclose(file);
}

static Module* find(const char* name) {
  for (Module* module = modules; module; module = module->next)
    if (!strcmp(module->name, name)) return module;
  return NULL;
}

const char* linkMain(void) {
  for (Module* module = modules; module; module = module->next)
    if (module->kind == 'r') return module->name;
  fail(BENCH_FAILED, "no module to run", NULL);
}

// In an image, functions and strings are used where they lie.
static txU1 inFlash(txU1 code) {
  switch (code) {
    case XS_CODE_CODE_1: return XS_CODE_CODE_ARCHIVE_1;
    case XS_CODE_CODE_2: return XS_CODE_CODE_ARCHIVE_2;
    case XS_CODE_CODE_4: return XS_CODE_CODE_ARCHIVE_4;
    case XS_CODE_STRING_1: return XS_CODE_STRING_ARCHIVE_1;
    case XS_CODE_STRING_2: return XS_CODE_STRING_ARCHIVE_2;
    case XS_CODE_STRING_4: return XS_CODE_STRING_ARCHIVE_4;
    default: return code;
  }
}

static void leaveInFlash(txScript* script) {
  txByte* p = script->codeBuffer;
  txByte* end = p + script->codeSize;
  while (p < end) {
    txU1 code = *(txU1*)p;
    txS1 size = gxCodeSizes[code];
    *p = inFlash(code);
    if (size > 0) p += size;
    else if (size == 0) p += 1 + sizeof(txID);
    else {
      // The size stands behind the code: in 1, 2 or 4 bytes.
      txU4 length = 0;
      memcpy(&length, p + 1, -size);
      p += 1 - size + length;
    }
  }
}

static void compile(txMachine* the, Module* module) {
  FILE* file = fopen(module->path, "r");
  if (!file) fail(BENCH_FAILED, "no such file", module->path);
  txScript* script = fxParseScript(the, file, (txGetter)fgetc, 0);
  fclose(file);
  if (!script) fail(BENCH_FAILED, "XS does not understand", module->path);
  txByte* p = script->symbolsBuffer;
  txID count;
  mxDecodeID(p, count);
  txID* ids = malloc(count * sizeof(txID));
  ids[0] = XS_NO_ID;
  for (txID i = 1; i < count; i++) {
    ids[i] = fxNewNameC(the, (txString)p);
    p += strlen((char*)p) + 1;
  }
  fxRemapIDs(the, script->codeBuffer, script->codeSize, ids);
  free(ids);
  script->symbolsBuffer = NULL;
  leaveInFlash(script);
  module->script = script;
}

void linkScripts(txMachine* the, const char* directory) {
  readList(directory);
  for (Module* module = modules; module; module = module->next) compile(the, module);
  fxBeginHost(the);
  mxTry(the) {
    for (Module* module = modules; module; module = module->next) {
      if (module->kind != 'p') continue;
      mxPushStringC(module->name);
      fxAwaitImport(the, XS_IMPORT_NAMESPACE);
      mxPop();
      fxCollectGarbage(the);
    }
  }
  mxCatch(the) fail(PROGRAM_FAILED, "preload", fxToString(the, &mxException));
  fxEndHost(the);
  runJobs(the);
}

txID fxFindModule(txMachine* the, txSlot* realm, txID moduleID, txSlot* slot) {
  char name[NAME_MAX_BYTES];
  fxToStringBuffer(the, slot, name, sizeof name);
  return find(name) ? fxNewNameC(the, name) : XS_NO_ID;
}

void fxLoadModule(txMachine* the, txSlot* module, txID moduleID) {
  Module* found = find(fxGetKeyName(the, moduleID));
  if (found) fxResolveModule(the, module, moduleID, found->script, NULL, NULL);
}

static void freezeInstance(txSlot* instance) {
  for (txSlot* property = instance->next; property; property = property->next) {
    if (property->kind != XS_ACCESSOR_KIND) property->flag |= XS_DONT_SET_FLAG;
    property->flag |= XS_DONT_DELETE_FLAG;
  }
  instance->flag |= XS_DONT_PATCH_FLAG;
}

static int isFunction(txSlot* first) {
  return first && (first->kind == XS_CALLBACK_KIND || first->kind == XS_CALLBACK_X_KIND ||
                   first->kind == XS_CODE_KIND || first->kind == XS_CODE_X_KIND);
}

// xsl freezes what nobody may change anyhow, so that it needs no place in RAM where a change would go: functions and their
// prototypes, scopes, and the objects that cannot be copied on change.
static void freeze(txMachine* the, txSlot* slot) {
  if (slot->kind == XS_CLOSURE_KIND) {
    txSlot* variable = slot->value.closure;
    if (variable->kind == XS_REFERENCE_KIND && isFunction(variable->value.reference->next))
      variable->flag |= XS_DONT_SET_FLAG;
    return;
  }
  txSlot* first = slot->next;
  if (slot->kind != XS_INSTANCE_KIND || !first || !(first->flag & XS_INTERNAL_FLAG)) return;
  if (first->ID == XS_ENVIRONMENT_BEHAVIOR) freezeInstance(slot);
  else if (isFunction(first)) {
    freezeInstance(slot);
    for (txSlot* property = first; property && (slot->flag & XS_CAN_CONSTRUCT_FLAG); property = property->next)
      if (property->ID == mxID(_prototype) && property->kind == XS_REFERENCE_KIND)
        freezeInstance(property->value.reference);
  } else switch (first->kind) {
    case XS_MAP_KIND:
    case XS_SET_KIND:
    case XS_WEAK_MAP_KIND:
    case XS_WEAK_SET_KIND:
    case XS_ARRAY_BUFFER_KIND:
    case XS_DATA_VIEW_KIND:
    case XS_TYPED_ARRAY_KIND:
    case XS_REGEXP_KIND:
    case XS_PROXY_KIND:
      freezeInstance(slot);
  }
}

// Values that lie in flash: the collector of another machine neither marks nor moves them.
static void petrify(txMachine* the, txSlot* slot) {
  switch (slot->kind) {
    case XS_STRING_KIND: slot->kind = XS_STRING_X_KIND; break;
    case XS_BIGINT_KIND: slot->kind = XS_BIGINT_X_KIND; break;
    case XS_KEY_KIND: slot->kind = XS_KEY_X_KIND; break;
    case XS_CODE_KIND: slot->kind = XS_CODE_X_KIND; break;
    case XS_CALLBACK_KIND: slot->kind = XS_CALLBACK_X_KIND; break;
    case XS_REGEXP_KIND: slot->value.regexp.data = NULL; break;  // where a match goes: not in flash
    case XS_ARRAY_KIND:
      if (slot->value.array.address)
        for (txIndex i = fxGetIndexSize(the, slot); i > 0; i--) petrify(the, slot->value.array.address + i - 1);
  }
}

static void forEachSlot(txMachine* the, void (*visit)(txMachine*, txSlot*)) {
  for (txSlot* heap = the->firstHeap; heap; heap = heap->next)
    for (txSlot* slot = heap + 1; slot < heap->value.reference; slot++) visit(the, slot);
}

void linkFreeze(txMachine* the) {
  fxCollectGarbage(the);
  forEachSlot(the, freeze);
  fxShareMachine(the);
  forEachSlot(the, petrify);
}

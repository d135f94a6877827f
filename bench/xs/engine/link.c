// Does on the desk's linking machine what xsc and xsl do when the SDK builds an image: compiles every module, numbers all names,
// leaves code and strings where they are (in flash), and runs the modules that are preloaded. What they left: see freeze.c.

#include "bench.h"

extern void fxRemapIDs(txMachine* the, txByte* code, txSize size, txID* ids);

enum { NAME_MAX_BYTES = 256, PATH_MAX_BYTES = 1024 };

typedef struct Module {
  struct Module* next;
  char name[NAME_MAX_BYTES];
  char path[PATH_MAX_BYTES];
  char kind;  // as in the list: p preloaded, m in RAM, r in RAM and run, b the same on built-ins that can change
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

static Module* mainModule(void) {
  for (Module* module = modules; module; module = module->next)
    if (module->kind == 'r' || module->kind == 'b') return module;
  fail(BENCH_FAILED, "no module to run", NULL);
}

const char* linkMain(void) { return mainModule()->name; }
int linkIsPeer(void) { return mainModule()->kind == 'b'; }

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

// The bytes of code at `p`, and the name that it carries.
static txSize codeSize(const txByte* p, txID* id) {
  txS1 size = gxCodeSizes[*(const txU1*)p];
  if (size > 0) return size;
  if (size == 0) {
    memcpy(id, p + 1, sizeof *id);
    return 1 + sizeof *id;
  }
  txU4 length = 0;
  memcpy(&length, p + 1, -size);
  return 1 - size + length;
}

// Where code lies: the module, and the names of the functions around it. For ../walk.ts.
void linkWhere(txMachine* the, const txByte* code, char* where, size_t size) {
  snprintf(where, size, "?");
  for (Module* module = modules; module; module = module->next) {
    const txByte *p = module->script->codeBuffer, *end = p + module->script->codeSize;
    if (code < p || code >= end) continue;
    snprintf(where, size, "%s", module->name);
    txID name = XS_NO_ID, other = XS_NO_ID;
    while (p < end && p <= code) {
      txU1 byte = *(const txU1*)p;
      int isCode = byte == XS_CODE_CODE_ARCHIVE_1 || byte == XS_CODE_CODE_ARCHIVE_2 || byte == XS_CODE_CODE_ARCHIVE_4;
      if (byte == XS_CODE_FUNCTION || byte == XS_CODE_ASYNC_FUNCTION || byte == XS_CODE_CONSTRUCTOR_FUNCTION) name = XS_NO_ID;
      int names = byte == XS_CODE_FUNCTION || byte == XS_CODE_ASYNC_FUNCTION || byte == XS_CODE_CONSTRUCTOR_FUNCTION;
      txU4 length = 0;
      if (byte == XS_CODE_CODE_ARCHIVE_1) length = *(const txU1*)(p + 1);
      else if (byte == XS_CODE_CODE_ARCHIVE_2) length = *(const txU1*)(p + 1) | *(const txU1*)(p + 2) << 8;
      else if (byte == XS_CODE_CODE_ARCHIVE_4) memcpy(&length, p + 1, 4);
      p += codeSize(p, names ? &name : &other);
      if (!isCode) continue;
      if (code >= p + length) continue;  // it lies behind: what is within is walked over, too
      if (code < p) break;
      // A method has its name behind its code.
      if (name == XS_NO_ID)
        for (const txByte* q = p + length; q < end && name == XS_NO_ID && q < p + length + 12; q += codeSize(q, &name));
      size_t used = strlen(where);
      const char* text = name == XS_NO_ID ? NULL : fxGetKeyName(the, name);
      snprintf(where + used, size - used, " %s@%d", text ? text : "", (int)(p - module->script->codeBuffer));
      name = XS_NO_ID;
    }
    return;
  }
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

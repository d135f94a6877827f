// A walk over the heap at its peak: with SIMKEY_XS_WALK in the environment, the measured machine collects every few
// instructions, and where more lives than ever before, what lives is written down: one JSON array of slots, printed at the end.
// ../walk.ts makes tables of it. See there for the fields.

#include "bench.h"

enum { EVERY = 25, ROOM = 4 << 20, SLOT_BYTES = sizeof(txSlot), SIZE = 0x7fffffff };
#define COUNTED 0x80000000u  // the collector's own mark, which is clear between its runs

static char* text;
static size_t length;
static txSize most;
static txMachine* measured;

static void add(const char* format, ...) {
  va_list list;
  va_start(list, format);
  length += vsnprintf(text + length, ROOM - length, format, list);
  va_end(list);
  if (length >= ROOM) fail(BENCH_FAILED, "the walk is too long", NULL);
}

static int isOurs(const void* p) {
  const Block* block = measured->context;
  return (const uint8_t*)p >= block->low && (const uint8_t*)p < block->high;
}

static unsigned numberOf(const void* p) {
  const Block* block = measured->context;
  return isOurs(p) ? (unsigned)((const uint8_t*)p - block->low) : 0;
}

static txSize sizeOf(const void* data) { return isOurs(data) ? (((const txChunk*)data)[-1].size & SIZE) : 0; }

// Strings and buffers are shared: each chunk counts once, for whom it is met with first.
static txSize chunkBytes(const void* data) {
  if (!isOurs(data)) return 0;
  txChunk* chunk = (txChunk*)data - 1;
  if (chunk->size & COUNTED) return 0;
  chunk->size |= COUNTED;
  return chunk->size & SIZE;
}

static void countAnew(txMachine* the) {
  for (txBlock* block = the->firstBlock; block; block = block->nextBlock)
    for (txByte* at = (txByte*)(block + 1); at < block->current; at = ((txChunk*)at)->temporary)
      ((txChunk*)at)->size &= SIZE;
}

static const char* nameOf(txID id) {
  const char* name = id == XS_NO_ID ? NULL : fxGetKeyName(measured, id);
  return name ? name : "";
}

// Of a function in flash or RAM: where its code is.
static void addCode(const txSlot* function) {
  char where[512];
  const txSlot* code = function->next;
  if (!code) return;
  if (code->kind == XS_CODE_KIND || code->kind == XS_CODE_X_KIND) {
    linkWhere(measured, code->value.code.address, where, sizeof where);
    add(",\"code\":\"%s\"", where);
  } else if (code->kind == XS_CALLBACK_KIND || code->kind == XS_CALLBACK_X_KIND) add(",\"code\":\"native\"");
}

// Of an instance: the constructor that its prototype has.
static void addClass(const txSlot* instance) {
  const txSlot* prototype = instance->value.instance.prototype;
  if (!prototype) return;
  for (const txSlot* property = prototype->next; property; property = property->next)
    if (property->ID == mxID(_constructor) && property->kind == XS_REFERENCE_KIND && !(property->flag & XS_INTERNAL_FLAG)) {
      char where[512] = "native";
      const txSlot* code = property->value.reference->next;
      if (code && (code->kind == XS_CODE_KIND || code->kind == XS_CODE_X_KIND))
        linkWhere(measured, code->value.code.address, where, sizeof where);
      add(",\"class\":\"%s\"", where);
      return;
    }
}

static void ref(const void* to) {
  if (isOurs(to)) add("%s%u", text[length - 1] == '[' ? "" : ",", numberOf(to));
}

static void refsOf(const txSlot* slot);
static txSize chunksOf(const txSlot* slot);

// Elements of an array or of a frame that waits lie in a chunk.
static void elements(const txSlot* first, txSize bytes, void (*visit)(const txSlot*)) {
  for (const txSlot* element = first; element < first + bytes / SLOT_BYTES; element++) visit(element);
}

static void refsOf(const txSlot* slot) {
  switch (slot->kind) {
    case XS_REFERENCE_KIND: ref(slot->value.reference); break;
    case XS_CLOSURE_KIND: ref(slot->value.closure); break;
    case XS_INSTANCE_KIND: ref(slot->value.instance.prototype); break;
    case XS_ARRAY_KIND:
    case XS_STACK_KIND:
      if (isOurs(slot->value.array.address)) {
        txSize bytes = sizeOf(slot->value.array.address) - sizeof(txChunk);
        if (bytes > (txSize)(slot->value.array.length * SLOT_BYTES)) bytes = slot->value.array.length * SLOT_BYTES;
        elements(slot->value.array.address, bytes, refsOf);
      }
      break;
    case XS_CALLBACK_KIND:
    case XS_CALLBACK_X_KIND: ref(slot->value.callback.closures); break;
    case XS_CODE_KIND:
    case XS_CODE_X_KIND: ref(slot->value.code.closures); break;
    case XS_ACCESSOR_KIND:
    case XS_HOME_KIND:
    case XS_LIST_KIND:
    case XS_EXPORT_KIND:
    case XS_ENTRY_KIND:
    case XS_PRIVATE_KIND:
    case XS_WEAK_MAP_KIND:
    case XS_ERROR_KIND:
      ref(slot->value.accessor.getter);
      if (slot->kind != XS_ENTRY_KIND && slot->kind != XS_ERROR_KIND) ref(slot->value.accessor.setter);
      break;
    case XS_MAP_KIND:
    case XS_SET_KIND:
      if (isOurs(slot->value.table.address))
        for (txSize i = 0; i < slot->value.table.length; i++) ref(slot->value.table.address[i]);
      break;
    case XS_MODULE_KIND:
    case XS_PROGRAM_KIND: ref(slot->value.module.realm); break;
    default: break;
  }
  // A frame's slots are linked by their places, not by `next`.
  if (isOurs(slot->next) && slot->kind != XS_FRAME_KIND) ref(slot->next);
}

static txSize bytesHeld;
static void addChunks(const txSlot* slot) { bytesHeld += chunksOf(slot); }

static txSize chunksOf(const txSlot* slot) {
  switch (slot->kind) {
    case XS_STRING_KIND: return chunkBytes(slot->value.string);
    case XS_BIGINT_KIND: return chunkBytes(slot->value.bigint.data);
    case XS_ARRAY_BUFFER_KIND: return chunkBytes(slot->value.arrayBuffer.address);
    case XS_REGEXP_KIND: return chunkBytes(slot->value.regexp.code) + chunkBytes(slot->value.regexp.data);
    case XS_KEY_KIND: return chunkBytes(slot->value.key.string);
    case XS_MAP_KIND:
    case XS_SET_KIND:
    case XS_GLOBAL_KIND: return chunkBytes(slot->value.table.address);
    case XS_HOST_KIND: return slot->flag & XS_HOST_CHUNK_FLAG ? chunkBytes(slot->value.host.data) : 0;
    case XS_ARRAY_KIND:
    case XS_STACK_KIND: {
      if (!isOurs(slot->value.array.address)) return 0;
      txSize held = sizeOf(slot->value.array.address) - sizeof(txChunk);
      if (held > (txSize)(slot->value.array.length * SLOT_BYTES)) held = slot->value.array.length * SLOT_BYTES;
      bytesHeld = 0;
      elements(slot->value.array.address, held, addChunks);
      return chunkBytes(slot->value.array.address) + bytesHeld;
    }
    default: return 0;
  }
}

// Whose frame it is that waits.
static void addFrame(const txSlot* stack) {
  for (txIndex i = 0; i < stack->value.stack.length; i++) {
    const txSlot* slot = stack->value.stack.address + i;
    if (slot->kind != XS_REFERENCE_KIND) continue;
    const txSlot* first = slot->value.reference->next;
    if (!first || (first->kind != XS_CODE_KIND && first->kind != XS_CODE_X_KIND)) continue;
    addCode(slot->value.reference);
    return;
  }
}

static void addSlot(const txSlot* slot) {
  add("{\"at\":%u,\"kind\":%d,\"chunk\":%d,\"id\":\"%s\"", numberOf(slot), slot->kind, (int)chunksOf(slot), nameOf(slot->ID));
  if (slot->kind == XS_INSTANCE_KIND) {
    if (slot->flag & XS_CAN_CALL_FLAG) addCode(slot);
    else addClass(slot);
    if (slot->next && slot->next->ID == XS_ENVIRONMENT_BEHAVIOR && (slot->next->flag & XS_INTERNAL_FLAG)) add(",\"scope\":1");
  }
  if (slot->kind == XS_STACK_KIND && isOurs(slot->value.stack.address)) addFrame(slot);
  if (isOurs(slot->next)) add(",\"next\":%u", numberOf(slot->next));
  add(",\"refs\":[");
  refsOf(slot);
  add("]}, ");
}

// Slots that are free are marked while they are passed over.
static void forEachLive(txMachine* the, void (*visit)(const txSlot*)) {
  for (txSlot* slot = the->freeHeap; slot; slot = slot->next) slot->flag |= XS_MARK_FLAG;
  for (txSlot* heap = the->firstHeap; heap; heap = heap->next)
    for (txSlot* slot = heap + 1; slot < heap->value.reference; slot++)
      if (!(slot->flag & XS_MARK_FLAG)) visit(slot);
  for (txSlot* slot = the->freeHeap; slot; slot = slot->next) slot->flag &= ~XS_MARK_FLAG;
}

static txSize chunks;
static void countChunks(const txSlot* slot) { chunks += chunksOf(slot); }

static void takeDown(txMachine* the) {
  length = 0;
  add("{\"walk\":{\"instructions\":%u,\"stack\":%d,\"slots\":%d,\"chunks\":%d,\"roots\":[", (unsigned)the->meterIndex,
      (int)(the->stackTop - the->stack), the->currentHeapCount, chunks);
  for (txSlot* slot = the->stack; slot < the->stackTop; slot++) refsOf(slot);
  for (txSlot* root = the->cRoot; root; root = root->next) refsOf(root);
  for (txID i = 0; i < the->aliasCount; i++) ref(the->aliasArray[i]);
  for (txID i = 0; i < the->keyIndex - the->keyOffset; i++) ref(the->keyArray[i]);
  add("],\"live\":[ ");
  forEachLive(the, addSlot);
  countAnew(the);
  length -= 2;
  add("]");
}

// The deepest that the stack ever was: each function on it, and how many slots are below its frame.
static int deepest;
static char* frames;

static void takeFrames(txMachine* the) {
  deepest = the->stackTop - the->stack;
  length = 0;
  char* walked = text;
  text = frames;
  add("\"deepest\":{\"instructions\":%u,\"stack\":%d,\"frames\":[ ", (unsigned)the->meterIndex, deepest);
  for (txSlot* frame = the->frame; frame; frame = frame->next) {
    const txSlot* function = frame + 3;
    add("{\"depth\":%d", (int)(the->stackTop - frame));
    if (function->kind == XS_REFERENCE_KIND) addCode(function->value.reference);
    add("}, ");
  }
  length -= 2;
  add("]}");
  text = walked;
}

// Chunks are not moved: a native function that called back may stand on one.
static txU4 collectedAt;

static txBoolean onMeter(txMachine* the, Meter index) {
  if (the->stackTop - the->stack > deepest) takeFrames(the);
  if (index - collectedAt < EVERY) return 1;
  collectedAt = index;
  fxCollect(the, XS_ORGANIC_FLAG);
  chunks = 0;
  forEachLive(the, countChunks);
  countAnew(the);
  txSize bytes = the->currentHeapCount * SLOT_BYTES + chunks;
  if (bytes > most) {
    most = bytes;
    takeDown(the);
  }
  return 1;
}

void walkBegin(txMachine* the) {
  if (!getenv("SIMKEY_XS_WALK")) return;
  measured = the;
  text = malloc(ROOM);
  frames = malloc(ROOM);
  fxBeginMetering(the, onMeter, 1);
}

void walkEnd(void) {
  if (!text) return;
  printf("%s,%s}}\n", text, frames);
}

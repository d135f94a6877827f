// The end of what xsl does when the SDK builds an image (SDK 8.2.3, xs/tools/xslSlot.c): what the preloaded modules left becomes
// the read-only machine. What can change there gets a number: its place in the measured machine's table of aliases.

#include "bench.h"

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

// xsl freezes what nobody may change anyhow: functions and their prototypes, scopes, and the objects that cannot be copied on
// change.
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
    case XS_WEAK_REF_KIND:
    case XS_ARRAY_BUFFER_KIND:
    case XS_DATA_VIEW_KIND:
    case XS_TYPED_ARRAY_KIND:
    case XS_PROMISE_KIND:
    case XS_REGEXP_KIND:
    case XS_PROXY_KIND:
      freezeInstance(slot);
  }
}

// The built-in objects (xsl.c, fxFreezeBuiltIns).
static void freezeBuiltIns(txMachine* the) {
  txSlot* const objects[] = {&mxAtomicsObject, &mxJSONObject, &mxMathObject, &mxReflectObject, &mxProgram, &mxHosts};
  for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) freezeInstance(objects[i]->value.reference);
  for (int i = mxObjectPrototypeStackIndex; i <= mxArgumentsStrictPrototypeStackIndex; i++) {
    txSlot* prototype = &the->stackTop[-1 - i];
    if (prototype->kind == XS_REFERENCE_KIND) freezeInstance(prototype->value.reference);
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

static int isConstant(txSlot* property) {
  return (property->flag & XS_DONT_DELETE_FLAG) && (property->kind == XS_ACCESSOR_KIND || (property->flag & XS_DONT_SET_FLAG));
}

static int isFrozen(txMachine* the, txSlot* instance) {
  if (instance->next && instance->next->ID == XS_ENVIRONMENT_BEHAVIOR) return 1;  // a scope: its variables have numbers
  if (!(instance->flag & XS_DONT_PATCH_FLAG)) return 0;
  for (txSlot* property = instance->next; property; property = property->next) {
    if (!(property->flag & XS_INTERNAL_FLAG) && !isConstant(property)) return 0;
    if (property->kind != XS_ARRAY_KIND) continue;
    for (txIndex i = 0; i < fxGetIndexSize(the, property); i++)
      if (!isConstant(property->value.array.address + i)) return 0;
  }
  return 1;
}

// XS's own numbering (fxShare) has been. xsl numbers anew: no place for what is frozen by Object.freeze, and none with number 0,
// which means that there is none.
static void numberInstance(txMachine* the, txSlot* slot) {
  if (slot->kind == XS_INSTANCE_KIND) slot->ID = isFrozen(the, slot) ? XS_NO_ID : the->aliasCount++;
  if (slot->kind == XS_CLOSURE_KIND && !(slot->value.closure->flag & XS_DONT_SET_FLAG)) slot->value.closure->ID = XS_NO_ID;
}

static void numberVariable(txMachine* the, txSlot* slot) {
  if (slot->kind != XS_CLOSURE_KIND || (slot->value.closure->flag & XS_DONT_SET_FLAG)) return;
  if (slot->value.closure->ID == XS_NO_ID) slot->value.closure->ID = the->aliasCount++;
}

static void forEachSlot(txMachine* the, void (*visit)(txMachine*, txSlot*)) {
  for (txSlot* heap = the->firstHeap; heap; heap = heap->next)
    for (txSlot* slot = heap + 1; slot < heap->value.reference; slot++) visit(the, slot);
}

void linkFreeze(txMachine* the, int builtIns) {
  fxCollectGarbage(the);
  if (builtIns) forEachSlot(the, freeze);
  fxShareMachine(the);
  if (builtIns) freezeBuiltIns(the);
  the->aliasCount = 1;
  forEachSlot(the, numberInstance);
  forEachSlot(the, numberVariable);
  forEachSlot(the, petrify);
}

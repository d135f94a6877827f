// XS's table of optional behaviour as the SDK's linker writes it under `"strip": "*"`: functions have no `length` and no `name`.

#include "xsAll.h"

#define fxNewFunctionLength C_NULL
#define fxNewFunctionName C_NULL
#include "xsDefaults.c"

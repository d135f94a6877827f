// In a desk's image alone (manifests/desk): it trusts a root whose key lies on a desk, so it is not made for a device in the
// field.

#include "sdkconfig.h"

#if CONFIG_SECURE_BOOT || CONFIG_SECURE_SIGNED_APPS_NO_SECURE_BOOT || CONFIG_SECURE_FLASH_ENC_ENABLED
#error "a desk's build is not made with secure boot or flash encryption: leave manifests/desk out"
#endif

// A file without anything in it is none in ISO C.
typedef int simkey_desk_only;

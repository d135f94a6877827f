// The device's own P-256 key by mbedTLS (native/es256/es256-xs.c), for a build whose cloud says `"signer": "mbedtls"`.

import { nativeKey } from "../../../cloud/own-key/native-key.js";

export const ownKey = nativeKey({
  sign: (message, d): ArrayBuffer | undefined => native("xs_simkey_es256_sign").call(undefined, message, d),
  publicKeyOf: (d): ArrayBuffer | undefined => native("xs_simkey_es256_public").call(undefined, d),
});

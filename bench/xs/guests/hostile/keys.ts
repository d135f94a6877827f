// Keys, tokens and certificates in all their containers, and the forms of bytes underneath.

import { decodeBase64, decodeBase64Url, encodeBase64 } from "../../../../firmware/bytes/base64.js";
import { isCertificate } from "../../../../firmware/bytes/certificate.js";
import { decodePem } from "../../../../firmware/bytes/pem.js";
import { PemReader } from "../../../../firmware/bytes/pem-reader.js";
import { decodeUtf8, encodeUtf8, latin1, plainLength } from "../../../../firmware/bytes/utf8.js";
import { readEcPrivateKey } from "../../../../firmware/jwt/ec-key.js";
import { KEY_LIMIT } from "../../../../firmware/jwt/pkcs8.js";
import { readRsaPrivateKey } from "../../../../firmware/jwt/rsa-key.js";
import { feed, partly } from "./feed.js";

const source = (input: Uint8Array): string | Uint8Array =>
  (input[0] ?? 0) % 2 === 0 ? input.subarray(1) : latin1(input.subarray(1));

feed({
  "keys-ec": (input) => partly(() => readEcPrivateKey(source(input)).d),
  "keys-rsa": (input) => partly(() => readRsaPrivateKey(source(input)).n),
  pem: (input) => {
    const reader = new PemReader(KEY_LIMIT);
    const streamed = partly(() => {
      for (let at = 0; at < input.length; at += 11) reader.push(input.slice(at, at + 11));
      const bytes = reader.end();
      return [bytes, isCertificate(bytes)];
    });
    return [streamed, reader.label, partly(() => decodePem(latin1(input)))];
  },
  utf8: (input) => {
    const text = decodeUtf8(input);
    return [text, encodeUtf8(text), plainLength(text)];
  },
  base64: (input) => [
    partly(() => decodeBase64(latin1(input))),
    partly(() => decodeBase64Url(latin1(input))),
    encodeBase64(input),
  ],
});

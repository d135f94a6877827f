// UTF-8 and base64, held against Node's.

import { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from "../../firmware/bytes/base64.js";
import { decodeUtf8, encodeUtf8 } from "../../firmware/bytes/utf8.js";
import { ascii, attempt, promise, type Target, words } from "../target.js";

export const utf8: Target = {
  name: "utf8",
  seeds: [ascii("plain"), Buffer.from("é€😀\ufeff"), ascii("\xed\xa0\x80"), ascii("\xc0\x80\xf4\x90\x80\x80")],
  tokens: words("\xef\xbb\xbf", "\xf0\x9f\x98\x80", "\xed\xbf\xbf", "\xc1", "\xf8", "\x80", "\xe2\x82"),
  work: { base: 200, perByte: 20 },
  run: (input) => {
    const text = attempt([RangeError], () => decodeUtf8(input));
    let right: string | undefined;
    try {
      right = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(input);
    } catch {
      right = undefined;
    }
    promise((typeof text === "string" ? text : undefined) === right, "Node reads this differently");
    if (right !== undefined) promise(Buffer.from(encodeUtf8(right)).equals(input), "it does not come back");
  },
};

export const base64: Target = {
  name: "base64",
  seeds: [ascii("Zg=="), ascii("Zm8="), ascii("Zm9vYmFy"), ascii("-_-_"), ascii("+/+/")],
  tokens: words("=", "==", "A", "/", "_", "\n", "Zg"),
  work: { base: 200, perByte: 60 },
  run: (input) => {
    const text = Buffer.from(input).toString("latin1");
    for (const [decode, encode, form] of [
      [decodeBase64, encodeBase64, "base64"],
      [decodeBase64Url, encodeBase64Url, "base64url"],
    ] as const) {
      const bytes = attempt([RangeError], () => decode(text));
      // Node takes anything; what is right is what it gives back.
      const right = Buffer.from(text, form).toString(form) === text;
      promise(bytes instanceof Uint8Array === right, `${form}: taken or refused otherwise than by Node`);
      if (bytes instanceof Uint8Array) promise(encode(bytes) === text, `${form}: it does not come back`);
      promise(encode(input) === Buffer.from(input).toString(form), `${form}: Node writes it differently`);
    }
  },
};

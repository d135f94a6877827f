import { createHash } from "node:crypto";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { sha1 } from "../../../firmware/bytes/sha1.js";

test("SHA-1 is Node's, whatever the length", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(sha1(bytes)).toEqual(new Uint8Array(createHash("sha1").update(bytes).digest()));
    }),
    { examples: [0, 55, 56, 63, 64, 119, 120].map((length) => [new Uint8Array(length).fill(0xa5)] as [Uint8Array]) },
  );
});

// What a host name is (RFC 1035 §2.3.1 and §2.3.4, RFC 1123 §2.1), held against the expression that says the same;
// the rule itself uses none: XS takes minutes for some texts where a part with a bound is optional.

import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { isApn, isHost } from "../../../firmware/settings/rules.js";

const LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
const LABELS = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const text = fc
  .array(fc.oneof(fc.constantFrom("a", "-", ".", "0", "Z", "_", " ", "é", "\n", "a".repeat(61))), { maxLength: 12 })
  .map((parts) => parts.join(""));

test("a host name is labels with dots between them, of at most 63 characters and 64 in all", () => {
  fc.assert(
    fc.property(text, (text) => {
      expect(isHost(text)).toBe(text.length <= 64 && LABELS.test(text));
      expect(isApn(text)).toBe(text.length <= 100 && LABELS.test(text));
    }),
    { numRuns: 2000 },
  );
});

test.each(["a", "a.b", "a-b", `${"a".repeat(63)}`, "1.2.3.4"])("%s is a host", (host) => {
  expect(isHost(host)).toBe(true);
});

test.each(["", ".", "a.", ".a", "a..b", "-a", "a-", "a.-b", "a".repeat(64), "a b", 'a"', "a\n", `${"a".repeat(600)}!`])(
  "%j is none",
  (host) => {
    expect(isHost(host)).toBe(false);
  },
);

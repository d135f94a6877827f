import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { everyElement } from "../../../firmware/http/list.js";

test("a list's elements are those between its commas, without white space around them", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", "b", ",", " ", "\t"), maxLength: 12 }), (text) => {
      const told: string[] = [];
      expect(everyElement(text, (element) => told.push(element) > 0)).toBe(true);
      expect(told).toEqual(text.split(",").map((element) => element.trim()));
      expect(everyElement(text, (element) => element !== "b")).toBe(!told.includes("b"));
    }),
  );
});

test("nothing is looked at behind the first element that does not fit", () => {
  let looks = 0;
  expect(everyElement(",".repeat(4000), () => ++looks < 3)).toBe(false);
  expect(looks).toBe(3);
});

import { describe, expect, test } from "@jest/globals";
import { census } from "../../../host-sim/storm/census.js";

class Inner {
  readonly #queue: number[] = [1, 2, 3];
  readonly buffer = new Uint8Array(7);
  get first(): number | undefined {
    return this.#queue[0];
  }
}

class Outer {
  readonly #inner = new Inner();
  readonly table = new Map<string, object>([
    ["a", { list: [1] }],
    ["b", { list: [1, 2] }],
  ]);
  readonly #self = this;
  get parts(): unknown {
    return [this.#inner, this.#self];
  }
}

const never = () => false;

describe("a census", () => {
  test("finds lists, maps and buffers at any depth, behind private fields too, and ends on cycles", () => {
    expect(census({ outer: new Outer() }, never)).toEqual({
      "outer.#inner.#queue": 3,
      "outer.#inner.buffer bytes": 7,
      "outer.table": 2,
      // Of two with the same path the longer one.
      "outer.table[].list": 2,
    });
  });

  test("does not look into what it is told to leave alone", () => {
    expect(census({ outer: new Outer() }, (object) => object instanceof Inner)).not.toHaveProperty([
      "outer.#inner.#queue",
    ]);
  });
});

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { row, wrapped } from "../../../../host-sim/cli/output/wrap.js";
import { faultHelp } from "../../../../host-sim/cli/parts/faults.js";
import { simkey } from "../../../support/in-process.js";

const words = fc.array(fc.stringMatching(/^[a-z:./-]{1,15}$/), { minLength: 1, maxLength: 40 });

describe("text on a narrow terminal", () => {
  test("keeps all words whole, and in lines that fit", () => {
    fc.assert(
      fc.property(
        words,
        fc.integer({ min: 20, max: 120 }),
        fc.integer({ min: 0, max: 30 }),
        (list, columns, indent) => {
          const lines = wrapped(list.join(" "), { columns, indent }).split("\n");
          for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
          expect(lines.join(" ").trim().split(/\s+/)).toEqual(list);
        },
      ),
    );
  });

  test("breaks nothing where it fits, and a word only that is longer than a line", () => {
    expect(wrapped("  a  b   c", { columns: 10, indent: 4 })).toBe("  a  b   c");
    expect(wrapped(`a ${"x".repeat(50)} b`, { columns: 20, indent: 2 })).toBe(`a\n  ${"x".repeat(50)}\n  b`);
  });

  test("has a term's meaning beside it, or below it where there is no room", () => {
    expect(row("--a", "is a letter", { columns: 80, left: 2, term: 6 })).toBe("  --a    is a letter");
    expect(row("--a", "is a letter of many", { columns: 20, left: 2, term: 16 })).toBe(
      "  --a\n      is a letter of\n      many",
    );
  });
});

describe.each([40, 60, 80, 200])("help on a terminal of %d columns", (columns) => {
  const screen = { columns: () => columns, colour: false };

  test.each(["", "run", "modem", "cloud", "token", "storm", "fleet"])("simkey %s --help", async (command) => {
    const { stdout } = await simkey([...command.split(" ").filter(Boolean), "--help"], {}, "", screen);
    const whole = (await simkey([...command.split(" ").filter(Boolean), "--help"])).stdout;
    const wordsOf = (text: string) => text.split(/\s+/).filter(Boolean);
    // No word is lost or broken, and none but one that is itself too long makes a line too long.
    expect(wordsOf(stdout)).toEqual(wordsOf(whole));
    const long = stdout.split("\n").filter((line) => line.length > columns && line.trim().includes(" "));
    expect(long).toEqual([]);
  });
});

test("the faults' table has a line each where there is no terminal", () => {
  expect(faultHelp()).toMatch(/\n {2}sim-busy=SECONDS {22}The SIM stays busy.* Default 5\.\n/);
});

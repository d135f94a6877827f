// What a person sees at the console who types: an echo that can be trusted, without what is secret, and lines that end once.

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Console } from "../../../firmware/device/console.js";
import { MAX_LINE_BYTES } from "../../../firmware/device/console-line.js";
import { configure } from "../../../firmware/settings/configure.js";
import type { Setting } from "../../../firmware/settings/kinds.js";
import { SETTINGS } from "../../../firmware/settings/table.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";
import { cuts, pieces } from "../../support/pieces.js";

function setUp() {
  const made = new Console({
    keyValue: new MemoryKeyValue(),
    status: () => ({ phase: "online" }),
    built: {},
    settings: configure({}),
  });
  return { made, type: (text: string) => made.receive(Buffer.from(text, "latin1")).text };
}

/** What a terminal shows that begins anew at each LF and steps back at each BS: one string a line. */
function screenOf(text: string): string[] {
  const lines = [""];
  let column = 0;
  for (const character of text) {
    if (character === "\n") {
      lines.push("");
      column = 0;
    } else if (character === "\b") column = Math.max(0, column - 1);
    else {
      const line = lines.at(-1)!;
      lines[lines.length - 1] = line.slice(0, column) + character + line.slice(column + 1);
      column++;
    }
  }
  return lines.map((line) => line.trimEnd());
}

describe("the echo", () => {
  test("comes with each byte, and a line's end before the answer", () => {
    const { type } = setUp();
    expect([..."get ap"].map(type)).toEqual([..."get ap"]);
    expect(type("n\r")).toBe('n\napn "iot.1nce.net"\nok\n');
  });

  test.each([
    ["CR", "status\r\r"],
    ["LF", "status\n\n"],
    ["CR LF", "status\r\n\r\n"],
  ])("takes %s for one end of a line, also of an empty one", (_, typed) => {
    expect(screenOf(setUp().type(typed))).toEqual(["status", '{"phase":"online"}', "ok", "", ""]);
  });

  test("takes CR and LF for one end in any split", () => {
    const { type } = setUp();
    expect([type("restart\r"), type("\n")]).toEqual(["restart\nok\n", ""]);
  });

  test.each(["\b", "\u007f"])("takes a character back with %j, and never more than was typed", (erase) => {
    const { type } = setUp();
    const seen = type(`${erase}statux${erase}s${erase.repeat(9)}get apn\r`);
    expect(screenOf(seen)[0]).toBe("get apn");
    expect(screenOf(seen).at(-2)).toBe("ok");
    expect(type(erase)).toBe("");
  });

  test("shows one point for what cannot be printed, so that nothing typed moves the cursor or looks like an answer", () => {
    const { type } = setUp();
    expect(type("a\u001b[2J\tb\u009b\u00e9\u0000")).toBe("a.[2J.b...");
  });

  test("ends where the line may not go on", () => {
    const { type } = setUp();
    expect(type("x".repeat(MAX_LINE_BYTES + 50))).toBe("x".repeat(MAX_LINE_BYTES));
  });

  test("is the same in any split", () => {
    const piece = fc.constantFrom("set pin 12", "get apn", "\b", "\u007f", "\r", "\n", " ", "é", "x".repeat(200));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), cuts, (typed, at) => {
        const input = Buffer.from(typed.join(""), "latin1");
        const split = setUp().made;
        const seen = pieces(input, at).map((part) => split.receive(part).text);
        expect(seen.join("")).toBe(setUp().made.receive(input).text);
      }),
    );
  });
});

describe("a secret", () => {
  const secrets = Object.entries<Setting>(SETTINGS).flatMap(([name, { secret }]) => (secret ? [name] : []));

  test("is there to be kept", () => {
    expect(secrets).toContain("pin");
  });

  test.each(
    secrets.flatMap((name) => [
      `set ${name} 83651947`,
      `  set   ${name}   83651947`,
      `set ${name}\t83651947`,
      `set ${name}=83651947`,
      `set ${name.toUpperCase()} 83651947`,
      `${name} 83651947`,
      `${name}=83651947`,
      `sett ${name} 83651947`,
    ]),
  )("is not echoed: %j", (line) => {
    const { made, type } = setUp();
    const seen = [...line].map(type).join("");
    expect(seen).toMatch(/\*{8}$/);
    expect(seen + type("\r")).not.toMatch(/[83651947]{2}/);
    expect(made.typed).toBe("");
  });

  test("is hidden again after it was taken back, and nothing is hidden once its name is gone", () => {
    const { type } = setUp();
    type("set pin 12");
    expect(type("\b\b34")).toBe("\b \b\b \b**");
    type("\b\b\b\b");
    expect(type("g 5")).toBe("g 5");
  });

  test("can be set for all that", () => {
    const { type } = setUp();
    expect(type("set pin 4321\r")).toBe("set pin ****\nok\n");
    expect(type("set apn a.b\r")).toBe("set apn a.b\nok\n");
  });
});

describe("a line that is being typed", () => {
  test("can be shown again behind what came between, without its secrets", () => {
    const { made, type } = setUp();
    expect(made.typed).toBe("");
    type("get ap");
    expect(made.typed).toBe("get ap");
    type("n\r");
    expect(made.typed).toBe("");
    type("set\u001bpin 12");
    expect(made.typed).toBe("set.pin **");
  });
});

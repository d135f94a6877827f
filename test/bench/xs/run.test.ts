// What a run of the engine says: it ended, its block was too small, or something is wrong. Only the engine's own word is taken
// for "too small"; stand-ins play the engine.

import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { bytesAt, runProgram, smallest, TOO_SMALL } from "../../../bench/xs/run.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "simkey-run-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
function engine(script: string): readonly string[] {
  const path = join(folder, `engine-${made++}`);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return [path];
}

const SPACE = { bytes: 4096, stack: 64 };
const FIGURES = '{"instructions":5,"depth":3}';

describe("a run of the engine", () => {
  test("that ends tells its figures and what the program printed", async () => {
    const command = engine(`echo '{"work":"sign"}'; echo '${FIGURES}'`);
    expect(await runProgram(command, "program", SPACE)).toEqual({
      instructions: 5,
      depth: 3,
      printed: [{ work: "sign" }],
    });
  });

  test("gets the block's bytes, the stack's slots and the program's folder", async () => {
    const command = engine('echo "{\\"instructions\\":1,\\"words\\":\\"$*\\"}"');
    expect(await runProgram(command, "program", SPACE)).toMatchObject({ words: "4096 64 program" });
  });

  test("goes through an emulator where there is one", async () => {
    const [emulator] = engine('echo "{\\"instructions\\":1,\\"words\\":\\"$*\\"}"');
    expect(await runProgram([emulator!, "/engine"], "program", SPACE)).toMatchObject({
      words: "/engine 4096 64 program",
    });
  });

  test("whose block is too small says so by a code of its own", async () => {
    expect(await runProgram(engine(`echo memory full >&2; exit ${TOO_SMALL}`), "program", SPACE)).toEqual({
      tooSmall: "memory full",
    });
  });

  test("the code is that of the engine's source, and none of a shell, a loader or a signal", () => {
    const source = readFileSync(new URL("../../../bench/xs/engine/bench.h", import.meta.url), "utf8");
    expect(Number(/TOO_SMALL = (\d+)/.exec(source)![1])).toBe(TOO_SMALL);
    expect(TOO_SMALL).toBeGreaterThan(2);
    expect(TOO_SMALL).toBeLessThan(64);
  });

  test.each([1, 2, 3, 4, 126, 127, 134, 139, 255])("exit code %d is an error", async (code) => {
    const running = runProgram(engine(`echo the reason >&2; exit ${code}`), "program", SPACE);
    await expect(running).rejects.toThrow(new RegExp(`^program: the engine ended with code ${code}: the reason`));
  });

  test.each(["SEGV", "KILL", "ABRT"])("an end by SIG%s is an error", async (signal) => {
    await expect(runProgram(engine(`kill -${signal} $$; sleep 5`), "program", SPACE)).rejects.toThrow(
      `program: the engine was ended by SIG${signal}`,
    );
  });

  test("a run that does not end is an error that says how long it was waited for", async () => {
    await expect(runProgram(engine("exec sleep 30"), "program", SPACE, { timeout: 200 })).rejects.toThrow(
      "program: the engine did not end in 0.2 s, with 4096 bytes and a stack of 64 slots",
    );
  });

  test.each(["", "no JSON", "[]", "true", "null", '{"depth":3}'])(
    "an end with %j in place of figures is an error",
    async (text) => {
      await expect(runProgram(engine(`echo '${text}'`), "program", SPACE)).rejects.toThrow(
        /^program: the engine ended without its figures/,
      );
    },
  );

  test("an end with too much text is an error, and none of time", async () => {
    await expect(runProgram(engine("yes | head -c 20000000"), "program", SPACE)).rejects.toThrow("maxBuffer");
  });

  test("an engine that cannot be executed is an error", async () => {
    const path = join(folder, "foreign");
    writeFileSync(path, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1, 0, 0, 0, 0x28, 0x29]));
    chmodSync(path, 0o755);
    await expect(runProgram([path], "program", SPACE)).rejects.toThrow(
      /^program: the engine ended with code (2|126|127)/,
    );
    await expect(runProgram([join(folder, "none")], "program", SPACE)).rejects.toThrow("ENOENT");
  });
});

describe("the smallest block", () => {
  test("is looked for in steps of 64 bytes up to 64 KB, above in steps of at most 0.2 %", () => {
    for (let i = 17; i < 4600; i++) {
      const step = bytesAt(i) - bytesAt(i - 1);
      if (bytesAt(i) <= 65_536) expect(step).toBe(64);
      else expect(step / bytesAt(i)).toBeLessThanOrEqual(0.002);
    }
  });

  test.each([1024, 41_984, 8 << 20])(
    "is found with the least stack and a margin, from a guess of %d",
    async (guess) => {
      // Needs 40 slots of stack, though it uses 20, and 42,000 bytes.
      const command = engine(
        `[ $2 -ge 40 ] && [ $1 -ge 42000 ] || exit ${TOO_SMALL}; echo '{"instructions":5,"depth":20}'`,
      );
      expect(await smallest(command, "program", guess)).toMatchObject({ bytes: 42_048, stack: 52 });
    },
  );
});

// How the 32-bit engine is run: by the machine itself where it can, else by an emulator. What tells is a program that is run.

import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { findRunner, isForced, PROBE_SOURCE } from "../../../bench/xs/runner.js";
import { describeWith } from "../../support/peers.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "simkey-runner-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function program(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  chmodSync(path, 0o755);
  return path;
}

/** An ELF file of no machine: a kernel refuses it as some refuse 32-bit x86, and execvp gives it to a shell. */
function foreignElf(): Uint8Array {
  const head = Buffer.alloc(64);
  head.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  head.writeUInt16LE(2, 16);
  head.writeUInt16LE(0xfefe, 18);
  return head;
}

/** What a program says that ran with pointers of 4 bytes. */
const RAN = "printf 4; exit 32\n";
const runsAll = () => program("emulator", `#!/bin/sh\n${RAN}`);
const runsNone = () => program("no-emulator", "#!/bin/sh\nexit 1\n");

describe("the way to run 32-bit programs", () => {
  test("is none of an emulator's where the machine runs them itself", async () => {
    const probe = program("runs", `#!/bin/sh\n${RAN}`);
    expect(await findRunner(probe, { emulators: [runsAll()], force: false })).toEqual([]);
  });

  test("is an emulator where the kernel refuses them", async () => {
    const probe = program("foreign", foreignElf());
    const emulator = runsAll();
    expect(await findRunner(probe, { emulators: [join(folder, "none"), runsNone(), emulator], force: false })).toEqual([
      emulator,
    ]);
  });

  test.each([
    ["that a shell takes for a script, and ends with 0", "exit 0\n"],
    ["that a shell takes for a script, and ends with 2", "syntax error )(\n"],
    ["that ends as it should and says nothing", "#!/bin/sh\nexit 32\n"],
    ["whose pointers have 8 bytes", "#!/bin/sh\nprintf 8; exit 32\n"],
    ["that a signal ends", "#!/bin/sh\nprintf 4; kill -9 $$\n"],
  ])("is not a program's own %s", async (_title, content) => {
    const emulator = runsAll();
    expect(await findRunner(program("odd", content), { emulators: [emulator], force: false })).toEqual([emulator]);
  });

  test("is the emulator's when that is wished, whatever the machine can", async () => {
    const probe = program("runs", `#!/bin/sh\n${RAN}`);
    const emulator = runsAll();
    expect(await findRunner(probe, { emulators: [emulator], force: true })).toEqual([emulator]);
  });

  test.each([
    [false, /^this machine runs no 32-bit x86 program, .*apt-get install qemu-user-static/],
    [true, /^SIMKEY_XS_EMULATE is set, .*apt-get install qemu-user-static/],
  ])("is an error that says what to install where there is none (forced: %s)", async (force, said) => {
    const probe = program("foreign", foreignElf());
    await expect(findRunner(probe, { emulators: [runsNone()], force })).rejects.toThrow(said);
  });

  test.each([
    [undefined, false],
    ["", false],
    ["0", false],
    ["1", true],
  ])("SIMKEY_XS_EMULATE=%s forces it: %s", (value, forced) => {
    expect(isForced({ SIMKEY_XS_EMULATE: value })).toBe(forced);
  });
});

const QEMU = "qemu-i386-static";

describeWith(QEMU, "the probe itself", () => {
  test("runs under the emulator, and a 64-bit program does not pass for it", async () => {
    const made = join(folder, "probe");
    execFileSync("gcc", ["-m32", "-xc", "-", "-o", made], { input: PROBE_SOURCE });
    expect(await findRunner(made, { emulators: [QEMU], force: true })).toEqual([QEMU]);
    execFileSync("gcc", ["-xc", "-", "-o", `${made}64`], { input: PROBE_SOURCE });
    await expect(findRunner(`${made}64`, { emulators: [QEMU], force: false })).rejects.toThrow("32-bit");
  });
});

// What keeps a desk's image from a device in the field: its C is not compiled beside secure boot, and its script does not begin.

import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeWith } from "../../../../support/peers.js";

const root = fileURLToPath(new URL("../../../../../", import.meta.url));
const BOARD = "manifests/boards/esp32c3/manifest.json";
const { refuseSigned } = (await import(join(root, "scripts/qemu/build.js"))) as {
  refuseSigned(root: string, manifest: string): void;
};
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "simkey-desk-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeWith("cc", "the C of a desk's image", () => {
  const compile = (config: string) => {
    writeFileSync(join(folder, "sdkconfig.h"), config);
    const source = join(root, "firmware/platform/native/desk/desk-only.c");
    const flags = ["-std=gnu17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", `-I${folder}`, source];
    return spawnSync("cc", flags, { encoding: "utf8" });
  };

  test("is compiled as ESP-IDF configures it", () => {
    expect(compile("#define CONFIG_UART_ISR_IN_IRAM 1\n")).toMatchObject({ status: 0, stderr: "" });
  });

  test.each(["SECURE_BOOT", "SECURE_SIGNED_APPS_NO_SECURE_BOOT", "SECURE_FLASH_ENC_ENABLED"])(
    "is not compiled with CONFIG_%s",
    (name) => {
      const { status, stderr } = compile(`#define CONFIG_${name} 1\n`);
      expect(stderr).toContain("a desk's build is not made with secure boot or flash encryption");
      expect(status).not.toBe(0);
    },
  );
});

test("start:qemu refuses a board whose sdkconfig has secure boot, and names the line", () => {
  cpSync(join(root, "manifests"), join(folder, "manifests"), { recursive: true });
  expect(() => refuseSigned(folder, BOARD)).not.toThrow();
  appendFileSync(join(folder, "manifests/esp32/sdkconfig/sdkconfig.defaults"), "CONFIG_SECURE_BOOT=y\n");
  expect(() => refuseSigned(folder, BOARD)).toThrow(/sdkconfig\.defaults has CONFIG_SECURE_BOOT=y: a desk's build/);
});

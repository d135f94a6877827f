import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const load = async <T>(name: string): Promise<T> => (await import(join(repository, "scripts", name))) as T;
const { faultsOf } = await load<{ faultsOf(root: string): Promise<string[]> }>("check-manifests.js");
const { checkPartitions } = await load<{ checkPartitions(csv: string): string[] }>("partitions.js");
const { buildDay } = await load<{ buildDay(env: Record<string, string>, now?: number): string }>("sdk.js");
const { regExpsOf } = await load<{ regExpsOf(path: string): string[] }>("preloadable.js");

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "manifests-"));
  cpSync(join(repository, "manifests"), join(root, "manifests"), { recursive: true });
  cpSync(join(repository, "moddable.json"), join(root, "moddable.json"));
  for (const folder of ["dist", "firmware", "node_modules"]) symlinkSync(join(repository, folder), join(root, folder));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Replaces a text in a file of the copy. */
function change(path: string, from: string, to: string): void {
  const text = readFileSync(join(root, path), "utf8");
  expect(text).toContain(from);
  writeFileSync(join(root, path), text.replace(from, to));
}

describe("the check of the manifests", () => {
  test("finds nothing wrong with these", async () => {
    expect(await faultsOf(root)).toEqual([]);
  });

  test.each([
    {
      what: "a module whose file is not there",
      path: "manifests/clouds/1nce.json",
      from: "../firmware/csv/*",
      to: "../firmware/csw/*",
      fault: "manifests/clouds/1nce.json maps firmware/csw/*, which is not there",
    },
    {
      what: "a board's image with what only a desk's may have",
      path: "manifests/boards/esp32/manifest.json",
      from: '"../../clouds/1nce.json"',
      to: '"../../clouds/1nce.json", "../../desk/manifest.json"',
      fault: "manifests/boards/esp32/manifest.json: manifests/desk/manifest.json says that it is a desk's",
    },
    {
      what: "a board's image that tells of its memory",
      path: "manifests/boards/esp32c3/manifest.json",
      from: '"../../clouds/1nce.json"',
      to: '"../../clouds/1nce.json", "../../desk/memory.json"',
      fault: "manifests/boards/esp32c3/manifest.json: it holds manifests/desk/memory.json, which is a desk's",
    },
    {
      what: "a component of ESP-IDF that the C needs and no manifest names",
      path: "manifests/esp32/manifest.json",
      from: '"idf": "esp_timer"',
      to: '"idf": "esp_event"',
      fault:
        "manifests/boards/esp32/manifest.json: firmware/platform/native/system/system.c includes esp_timer.h, of the component esp_timer, which no manifest names",
    },
    {
      what: "a setting that the firmware stands on",
      path: "manifests/esp32/sdkconfig/sdkconfig.defaults",
      from: "CONFIG_MBEDTLS_SSL_ALPN=y",
      to: "",
      fault:
        "manifests/boards/esp32c3/manifest.json: its sdkconfig has no CONFIG_MBEDTLS_SSL_ALPN=y (AWS IoT Core tells MQTT by it on port 443)",
    },
    {
      what: "a firmware file that no manifest names",
      path: "manifests/firmware.json",
      from: '"firmware/ws/*": "../firmware/ws/*",',
      to: "",
      fault: "no manifest names firmware/ws/frames.ts",
    },
    {
      what: "an import that leads nowhere",
      path: "manifests/keys/es256.json",
      from: '"../../build/noble/@noble/curves/abstract/der",',
      to: "",
      fault: "@noble/curves/abstract/weierstrass imports @noble/curves/abstract/der, which no manifest maps",
    },
    {
      what: "a name that relative imports do not lead to",
      path: "manifests/clouds/1nce.json",
      from: '"firmware/csv/*": "../../',
      to: '"firmware/records/*": "../../',
      fault: "firmware/csv/reader.ts is mapped to firmware/records/reader",
    },
    {
      what: "an included manifest that is not there",
      path: "moddable.json",
      from: "./manifests/lin/manifest.json",
      to: "./manifests/linux/manifest.json",
      fault: "moddable.json includes manifests/linux/manifest.json, which is not there",
    },
    {
      what: "a list of preloaded modules that is out of date",
      path: "manifests/firmware.json",
      from: '"firmware/bytes/utf8",',
      to: "",
      fault: "manifests/firmware.json: the list of preloaded modules is out of date; run with --write",
    },
    {
      what: "what is loaded later, but from RAM",
      path: "manifests/firmware.json",
      from: '"firmware/update/runner",',
      to: "",
      fault:
        "firmware/device/updates.ts loads firmware/update/runner when it needs it, and no manifest preloads that: it would lie in RAM",
    },
    {
      what: "a board that is in no table",
      path: "manifests/boards/esp32/manifest.json",
      from: "esp32-breakout",
      to: "esp32-breakoff",
      fault: 'manifests/boards/esp32/manifest.json: no board "esp32-breakoff" in firmware/modem/boards.ts',
    },
    {
      what: "a cloud that is in no table",
      path: "manifests/boards/esp32/manifest.json",
      from: '"settings": {}',
      to: '"cloud": { "name": "azure" }',
      fault: 'manifests/boards/esp32/manifest.json: no cloud "azure" in firmware/clouds.ts',
    },
    {
      what: "a cloud whose manifest is not included",
      path: "manifests/boards/esp32/manifest.json",
      from: '"settings": {}',
      to: '"cloud": { "name": "google" }',
      fault:
        "manifests/boards/esp32/manifest.json: its cloud google loads firmware/cloud/own-key/es256, which it does not include",
    },
    {
      what: "a cloud that is included and not named",
      path: "manifests/boards/esp32/manifest.json",
      from: "../../clouds/1nce.json",
      to: "../../clouds/jwt.json",
      fault:
        "manifests/boards/esp32/manifest.json: it includes firmware/cloud/jwt-broker/cloud, which its cloud 1nce does not load",
    },
    {
      what: "a main module that is not mapped",
      path: "manifests/esp32/manifest.json",
      from: '"main": "firmware/main"',
      to: '"main": "main"',
      fault: "manifests/boards/esp32/manifest.json: its main module main is not mapped",
    },
    {
      what: "a board without a setting that all have",
      path: "manifests/boards/lilygo-t-sim7080g-s3/sdkconfig/sdkconfig.defaults",
      from: "CONFIG_MBEDTLS_SSL_IN_CONTENT_LEN=16384",
      to: "CONFIG_MBEDTLS_SSL_IN_CONTENT_LEN=4096",
      fault:
        "manifests/boards/lilygo-t-sim7080g-s3/manifest.json: its sdkconfig lacks CONFIG_MBEDTLS_SSL_IN_CONTENT_LEN=16384",
    },
    {
      what: "partitions that overlap",
      path: "manifests/esp32/partitions.csv",
      from: "0x1e0000",
      to: "0x1d0000",
      fault: "manifests/esp32/partitions.csv: ota_1 overlaps what is before it",
    },
  ])("finds $what", async ({ path, from, to, fault }) => {
    change(path, from, to);
    expect(await faultsOf(root)).toContain(fault);
  });
});

test.each([
  ["outbox, data, 0x40, 0x3a0000, 64K", "no partition nvs"],
  ["nvs, data, nvs, 0x9000, 8K", "nvs is smaller than 16384 bytes"],
  ["ota_0, app, ota_0, 0x18000, 1M", "ota_0 is not aligned"],
  ["outbox, data, 0x40, 0x3f0000, 128K", "the table needs 4259840 bytes of flash, a board has 4194304"],
])("the partition table %p: %s", (row, fault) => {
  expect(checkPartitions(row)).toContain(fault);
});

test("a RegExp counts as made with its module unless a function makes it", () => {
  const path = join(root, "module.ts");
  const code = `
    const A = /a/;
    const table = [{ form: /b/g }];
    const later = (text: string) => /c/.test(text);
    class K { static S = /d/; field = /e/; method() { return /f/; } }
    export { A, table, later, K };
  `;
  writeFileSync(path, code);
  expect(regExpsOf(path)).toEqual(["/a/", "/b/g", "/d/"]);
});

test("the chip's stdio sends CR LF for each LF, and hands on what is typed as it is", () => {
  const lines = readFileSync(join(repository, "manifests/esp32/sdkconfig/sdkconfig.defaults"), "utf8").split("\n");
  expect(lines).toContain("CONFIG_LIBC_STDOUT_LINE_ENDING_CRLF=y");
  expect(lines).toContain("CONFIG_LIBC_STDIN_LINE_ENDING_LF=y");
});

describe("the day of a build", () => {
  test("is today in UTC, or the one of SOURCE_DATE_EPOCH", () => {
    const now = Date.UTC(2026, 10, 22, 23, 59);
    expect(buildDay({}, now)).toBe("2026-11-22");
    expect(buildDay({ SOURCE_DATE_EPOCH: "1767225600" }, now)).toBe("2026-01-01");
    expect(() => buildDay({ SOURCE_DATE_EPOCH: "yesterday" }, now)).toThrow("SOURCE_DATE_EPOCH");
  });
});

// The C of the native TLS session by itself: every access to memory is checked, and it is compiled as for a library with TLS 1.3
// (test/support/fake-mbedtls).

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { isInstalled } from "../../../../support/peers.js";

const root = fileURLToPath(new URL("../../../../../", import.meta.url));
const fake = join(root, "test/support/fake-mbedtls");
const native = join(root, "firmware/platform/native/tls");
const build = join(root, "build/tls-session-test");
const program = join(build, "session-test");
const PARTS = ["session", "trust", "names", "der", "verdict", "join"];

/** A wrong access ends the scenario with a report. */
const CHECKED = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
const WRAPPED = ["gmtime_r", "mbedtls_ssl_conf_tls13_key_exchange_modes"].map((name) => `-Wl,--wrap=${name}`);
const LIBRARIES = ["-lmbedtls", "-lmbedx509", "-lmbedcrypto"];

/** Compiles the scenarios. @returns their names */
async function scenarios(): Promise<string[]> {
  if (!isInstalled("cc") || !existsSync("/usr/include/mbedtls/ssl.h")) return [];
  mkdirSync(build, { recursive: true });
  const { forge } = await import("../../../../tls-attacks/forge.js");
  const { certificate } = await forge(Date.now(), { subject: "CN=none", authority: true });
  writeFileSync(join(build, "root.inc"), `${new Uint8Array(certificate.rawData).join(", ")}\n`);
  const sources = [join(fake, "session-test.c"), ...PARTS.map((part) => join(native, `tls-${part}.c`))];
  const flags = ["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", `-I${fake}`, `-I${native}`, `-I${build}`];
  const linked = [...CHECKED, ...WRAPPED, ...LIBRARIES];
  execFileSync("cc", [...flags, ...sources, ...linked, "-o", program], { stdio: "inherit" });
  return execFileSync(program, { encoding: "utf8" }).trim().split("\n");
}

const names = await scenarios();

describe("the native TLS session by itself", () => {
  test.each(names)("%s", (name) => {
    const { status, stdout, stderr } = spawnSync(program, [name], { encoding: "utf8", timeout: 20_000 });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  test("is compiled wherever tests may not be left out", () => {
    if (process.env.SIMKEY_REQUIRE_PEERS) expect(names).not.toEqual([]);
  });
});

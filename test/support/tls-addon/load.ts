// Compiles the native TLS session into an addon for Node and loads it. Needs a C compiler, Node's headers and mbedTLS
// (Debian: build-essential, libmbedtls-dev). MBEDTLS_DIR points at another mbedTLS than the system's, with include/ and lib/.
// SIMKEY_SANITIZE=1 has every access to memory checked; the sanitizer must be there before Node is:
//   SIMKEY_SANITIZE=1 ASAN_OPTIONS=detect_leaks=0 LD_PRELOAD=$(cc -print-file-name=libasan.so) npm run test:tls-attacks

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TlsSessionClass } from "../../../firmware/platform/native/tls/session.js";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../../..");
const native = join(root, "firmware/platform/native/tls");
const PARTS = ["tls-session", "tls-trust", "tls-names", "tls-der", "tls-verdict", "tls-join"];
const SOURCES = [join(here, "addon.c"), ...PARTS.map((name) => join(native, `${name}.c`))];
const HEADERS = ["tls-library", ...PARTS].map((name) => join(native, `${name}.h`));
const LIBRARIES = ["-lmbedtls", "-lmbedx509", "-lmbedcrypto"];

/** The session class, or why there is none. */
export function loadSession(): TlsSessionClass | string {
  const nodeHeaders = join(dirname(process.execPath), "../include/node");
  if (!existsSync(join(nodeHeaders, "node_api.h"))) return "Node's headers are missing (node_api.h)";
  const mbedtls = process.env.MBEDTLS_DIR;
  const checked = process.env.SIMKEY_SANITIZE ? ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"] : [];
  const options = [
    ...checked,
    ...["-std=gnu11", "-O2", "-g", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"],
    ...[`-I${nodeHeaders}`, `-I${native}`],
    // Symbols of the OpenSSL in Node's own binary must not stand in for ours, nor ours for them.
    ...["-fvisibility=hidden", "-Wl,-Bsymbolic", "-Wl,-z,now"],
    ...(mbedtls ? [`-I${mbedtls}/include`, `-L${mbedtls}/lib`] : []),
  ];
  const hash = createHash("sha256").update(JSON.stringify([options, process.version]));
  for (const file of [...SOURCES, ...HEADERS]) hash.update(readFileSync(file));
  const folder = join(root, "build/tls-addon");
  const addon = join(folder, `${hash.digest("hex").slice(0, 16)}.node`);
  if (!existsSync(addon)) {
    mkdirSync(folder, { recursive: true });
    const unfinished = `${addon}.${process.pid}`;
    try {
      const libraries = mbedtls ? [...LIBRARIES, ...tfPsaCrypto(mbedtls)] : LIBRARIES;
      execFileSync("cc", [...options, ...SOURCES, ...libraries, "-o", unfinished], { stdio: "pipe" });
    } catch (error) {
      return `the addon does not build: ${String((error as { stderr?: Buffer }).stderr ?? error)}`;
    }
    renameSync(unfinished, addon);
  }
  return (createRequire(import.meta.url)(addon) as { Session: TlsSessionClass }).Session;
}

/** mbedTLS 4 keeps its cryptography in a library of its own. */
function tfPsaCrypto(mbedtls: string): string[] {
  return existsSync(join(mbedtls, "lib/libtfpsacrypto.a")) ? ["-ltfpsacrypto"] : [];
}

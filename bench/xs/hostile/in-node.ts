// Runs a guest of readers in Node: what comes of each input there is what must come of it on XS.

import { join } from "node:path";
import { build } from "esbuild";
import { ESBUILD, ROOT, sdkModules } from "../program.js";

let runs = 0;

/**
 * @param guest in guests/hostile/
 * @param files what it reads, by name
 * @returns what it prints
 */
export async function runInNode(guest: string, files: Readonly<Record<string, Uint8Array>>): Promise<string[]> {
  const entryPoints = [join(ROOT, "bench/xs/guests/hostile", guest)];
  const { outputFiles } = await build({ ...ESBUILD, entryPoints, plugins: [sdkModules] });
  const printed: string[] = [];
  const host = {
    input: (file: string, offset: number, length: number): ArrayBuffer | undefined => {
      const bytes = files[file]!;
      return offset < bytes.length ? Uint8Array.from(bytes.subarray(offset, offset + length)).buffer : undefined;
    },
    print: (line: string) => void printed.push(line),
    end: () => {},
  };
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const fromArrayBuffer = (buffer: ArrayBuffer, from = 0, length = buffer.byteLength - from) =>
    utf8.decode(new Uint8Array(buffer, from, length));
  Object.assign(globalThis, { host });
  Object.assign(String, { fromArrayBuffer });
  // Node runs a module once: each run gets one of its own.
  const program = `${outputFiles[0]!.text}\n// ${runs++}`;
  await import(`data:text/javascript;base64,${Buffer.from(program).toString("base64")}`);
  return printed;
}

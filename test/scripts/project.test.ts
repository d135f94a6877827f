// The manifest of a project's image, read as mcconfig would: whatever it names is there, and it says what simkey.json says.

import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "@jest/globals";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const load = async <T>(name: string): Promise<T> => (await import(join(repository, "scripts", name))) as T;
const { manifestOf } = await load<{
  manifestOf(name: string, folder: string): Promise<{ root: string; manifest: string; settings: object }>;
}>("project-manifest.js");
const { closureOf, modulesOf } = await load<{
  closureOf(root: string, path: string): Map<string, object>;
  modulesOf(root: string, path: string, manifest: object): { module: string; source?: string; pattern: string }[];
}>("manifests.js");

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "simkey-manifest-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test.each([
  ["thermometer", "esp32", ["firmware/main", "firmware/cloud/1nce-aws/cloud"]],
  ["thermometer", "m5stack-catm", ["firmware/main"]],
  ["own-broker", "esp32", ["firmware/cloud/jwt-broker/cloud", "@noble/curves/abstract/weierstrass"]],
  ["button", "lin", ["world", "simulated-board", "host-sim/board/pin-parts", "simkey-firmware/testing"]],
])("of the example %s for %s", async (example, target, wanted) => {
  const folder = join(home, example);
  cpSync(join(repository, "examples", example), folder, { recursive: true });
  const { root, manifest, settings } = await manifestOf(target, folder);
  const all = [...closureOf(root, manifest)];
  const made = JSON.parse(readFileSync(join(root, manifest), "utf8")) as { include: string[]; config: object };
  for (const include of made.include) expect(existsSync(join(root, dirname(manifest), include))).toBe(true);
  const modules = all.flatMap(([path, part]) => modulesOf(root, path, part));
  expect(modules.filter(({ source }) => source === undefined)).toEqual([]);
  const names = modules.map(({ module }) => module);
  for (const name of ["app", "simkey-firmware", "simkey-firmware/sensors", ...wanted]) expect(names).toContain(name);
  expect(made.config).toMatchObject({ simkey: { settings } });
});

test("is none where no project is", async () => {
  await expect(manifestOf("esp32", home)).rejects.toThrow(/no simkey\.json is in .*: simkey new NAME makes a project/);
});

// What the SDK puts into an image: all that its manifest and those that it includes map. What it loads: main.ts by
// static imports, and of the table of clouds only what its build names.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { CLOUD_NAMES, CLOUDS, KEYS } from "../../firmware/clouds.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const load = async <T>(name: string): Promise<T> => (await import(join(root, "scripts", name))) as T;
const { closureOf, loadedWith, manifestPaths, modulesOf } = await load<{
  closureOf(root: string, path: string): Map<string, object>;
  loadedWith(root: string, entries: readonly string[]): string[];
  manifestPaths(root: string): string[];
  modulesOf(root: string, path: string, manifest: object): { module: string }[];
}>("manifests.js");
const { allClouds, loadedBy } = await load<{
  allClouds(): Promise<string[]>;
  loadedBy(name: string, alg?: string, signer?: string): Promise<string[]>;
}>("clouds.js");

const CHIP = "manifests/esp32/manifest.json";
const MAIN = "firmware/main.ts";
const BOARDS = manifestPaths(root).filter((path) => path.startsWith("manifests/boards/"));
/** What a device needs whose key is its own, and what is another cloud's. */
const NOT_1NCE = /^@noble\/|\/(jwt|own-key|google|clearblade|jwt-broker)\//;

/** The modules of the image that these manifests make together. */
const imageOf = (...manifests: string[]): Set<string> =>
  new Set(
    manifests.flatMap((path) =>
      [...closureOf(root, path)].flatMap(([where, manifest]) =>
        modulesOf(root, where, manifest).map(({ module }) => module),
      ),
    ),
  );

/** What a build with these modules of the table loads, by name. */
const loadedBeside = (modules: readonly string[]): string[] =>
  loadedWith(root, [MAIN, ...modules.map((module) => `${module}.ts`)]);

describe("a 1NCE image", () => {
  test.each(BOARDS)("%s holds neither noble nor a key nor another cloud", (path) => {
    expect([...imageOf(path)].filter((module) => NOT_1NCE.test(module))).toEqual([]);
  });

  test("loads neither of them either, and all that it loads is there", async () => {
    const loaded = loadedBeside(await loadedBy("1nce"));
    expect(loaded.filter((module) => NOT_1NCE.test(module))).toEqual([]);
    expect(loaded).toEqual(expect.arrayContaining(["firmware/clouds", "firmware/cloud/1nce-aws/profile"]));
    const image = imageOf(BOARDS[0]!);
    expect(loaded.filter((module) => !image.has(module))).toEqual([]);
  });
});

const OWN_KEYS = CLOUD_NAMES.filter((name) => !("bySim" in CLOUDS[name])).flatMap((name) =>
  Object.keys(KEYS).map((alg) => [name, alg] as const),
);

describe("an image of a cloud that knows a device by its key", () => {
  test.each(OWN_KEYS)("%s with %s holds what it loads, and nothing of another", async (name, alg) => {
    const image = imageOf(CHIP, `manifests/clouds/${name}.json`, `manifests/keys/${alg.toLowerCase()}.json`);
    const chosen = await loadedBy(name, alg);
    expect(loadedBeside(chosen).filter((module) => !image.has(module))).toEqual([]);
    expect((await allClouds()).filter((module) => image.has(module)).sort()).toEqual([...chosen].sort());
  });

  test("that signs by mbedTLS holds what it loads, nothing of another, and no curve", async () => {
    const image = imageOf(CHIP, "manifests/clouds/jwt.json", "manifests/keys/es256-mbedtls.json");
    const chosen = await loadedBy("jwt", "ES256", "mbedtls");
    const needed = [...loadedBeside(chosen), "es256-sign", "es256-xs"];
    expect(needed.filter((module) => !image.has(module))).toEqual([]);
    expect((await allClouds()).filter((module) => image.has(module)).sort()).toEqual([...chosen].sort());
    expect([...image].filter((module) => module.startsWith("@noble/curves"))).toEqual([]);
  });

  test("holds the curve for ES256 only", () => {
    const curve = "@noble/curves/abstract/weierstrass";
    expect(imageOf(CHIP, "manifests/keys/es256.json").has(curve)).toBe(true);
    expect(imageOf(CHIP, "manifests/keys/rs256.json").has(curve)).toBe(false);
  });
});

test("the table leads to each module of a cloud by a literal import(), so that mcconfig and this test can follow it", async () => {
  const modules = await allClouds();
  expect(modules).toHaveLength(CLOUD_NAMES.length + Object.keys(KEYS).length + 1);
  for (const module of modules) expect(loadedWith(root, [`${module}.ts`])).toContain(module);
});

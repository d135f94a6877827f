// The manifest of a project's image, read as mcconfig would: whatever it names is there, and it says what simkey.json says.

import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const load = async <T>(name: string): Promise<T> => (await import(join(repository, "scripts", name))) as T;
const { manifestOf } = await load<{
  manifestOf(name: string, folder: string): Promise<{ root: string; manifest: string; settings: object }>;
}>("project-manifest.js");
const { closureOf, includesOf, modulesOf } = await load<{
  includesOf(path: string, manifest: object): string[];
  closureOf(root: string, path: string): Map<string, object>;
  modulesOf(root: string, path: string, manifest: object): { module: string; source?: string; pattern: string }[];
}>("manifests.js");

interface Manifest {
  creation?: { static?: number };
}
/** Of `simkey.json`, with the public point of P-256's base. */
const UPDATE = {
  seq: 7,
  version: "1.4.0",
  keys: [
    {
      kid: "release-1",
      x: "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
      y: "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
    },
  ],
};

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

describe("the block of XS", () => {
  /** As mcconfig merges it: what is included first, the last word counts. */
  const staticOf = async (target: string, update: boolean, own = {}) => {
    const folder = join(home, "thermometer");
    cpSync(join(repository, "examples/thermometer"), folder, { recursive: true });
    const edit = (name: string, more: object) => {
      const path = join(folder, name);
      writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...more }));
    };
    if (update) edit("simkey.json", { update: UPDATE });
    edit("manifest.json", own);
    const { root, manifest } = await manifestOf(target, folder);
    return merged(root, manifest);
  };
  const merged = (root: string, path: string): number | undefined => {
    const manifest = JSON.parse(readFileSync(join(root, path), "utf8")) as Manifest;
    const includes = includesOf(path, manifest).map((include) => merged(root, include));
    return manifest.creation?.static ?? includes.findLast((bytes) => bytes !== undefined);
  };

  test("is the larger one in an image that takes updates, and only there", async () => {
    expect([await staticOf("m5stack-catm", false), await staticOf("m5stack-catm", true)]).toEqual([81_920, 102_400]);
    expect(await staticOf("lin", true)).toBe(await staticOf("lin", false));
  });

  test("is the project's own where its manifest says one", async () => {
    expect(await staticOf("m5stack-catm", true, { creation: { static: 131_072 } })).toBe(131_072);
  });

  test("of a desk's image that is updated is that of images that take updates", () => {
    expect(merged(repository, "manifests/desk/update.json")).toBe(102_400);
  });
});

test("is none where no project is", async () => {
  await expect(manifestOf("esp32", home)).rejects.toThrow(/no simkey\.json is in .*: simkey new NAME makes a project/);
});

// The bills of materials, held against CycloneDX's own schema and against what there is.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { Ajv } from "ajv";

interface Component {
  "bom-ref": string;
  group?: string;
  name: string;
  version: string;
  scope: string;
  purl: string;
  hashes?: { alg: string; content: string }[];
}
interface Bom {
  metadata: { timestamp?: string; component: { "bom-ref": string } };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
}
type Make = (root?: string, env?: Record<string, string>, tools?: boolean) => Bom;

const root = fileURLToPath(new URL("../..", import.meta.url));
const { chipBom, deskBom } = (await import(join(root, "scripts/sbom.js"))) as { chipBom: Make; deskBom: Make };
const chip = () => chipBom(root, {});
const desk = () => deskBom(root, {});

/** The schema as the makers of CycloneDX have it in their library. */
function validator() {
  const library = createRequire(import.meta.url).resolve("@cyclonedx/cyclonedx-library/package.json");
  const schema = (name: string) =>
    JSON.parse(readFileSync(join(library, "../res/schema", `${name}.SNAPSHOT.schema.json`), "utf8")) as object;
  const ajv = new Ajv({ strict: false, validateFormats: false });
  for (const name of ["spdx", "jsf-0.82", "cryptography-defs"])
    ajv.addSchema(schema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
  return ajv.compile(schema("bom-1.6"));
}

describe.each([
  ["the chip's", chip],
  ["the desk's", desk],
  ["the desk's with its tools", () => deskBom(root, {}, true)],
])("%s bill of materials", (_, make) => {
  test("is one of CycloneDX 1.6", () => {
    const validate = validator();
    const valid = validate(make());
    expect(validate.errors).toBeNull();
    expect(valid).toBe(true);
    expect(validate({ ...make(), specVersion: 16 })).toBe(false);
  });

  test("is the same each time, and has no day but the one that is given", () => {
    expect(JSON.stringify(make())).toBe(JSON.stringify(make()));
    expect(make().metadata.timestamp).toBeUndefined();
    expect(chipBom(root, { SOURCE_DATE_EPOCH: "1764374400" }).metadata.timestamp).toBe("2025-11-29T00:00:00.000Z");
  });

  test("has each component once, and a graph that holds together", () => {
    const { components, dependencies, metadata } = make();
    const refs = components.map((each) => each["bom-ref"]);
    expect(new Set(refs).size).toBe(refs.length);
    const known = new Set([...refs, metadata.component["bom-ref"]]);
    expect(dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]).filter((ref) => !known.has(ref))).toEqual(
      [],
    );
    expect(dependencies.map(({ ref }) => ref).sort()).toEqual([...known].sort());
  });
});

test("the chip has of npm what its manifests map, and it is only there for a key of its own", () => {
  const npm = chip().components.filter(({ purl }) => purl.startsWith("pkg:npm/"));
  expect(npm.map(({ group, name }) => `${group}/${name}`)).toEqual(["@noble/curves", "@noble/hashes"]);
  expect(npm.map(({ scope }) => scope)).toEqual(["optional", "optional"]);
});

test("the desk has what package.json asks for and all that this leads to, with the lock file's hashes", () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { dependencies: object };
  const { components } = desk();
  const names = components.map(({ group, name }) => (group === undefined ? name : `${group}/${name}`));
  expect(names).toEqual(expect.arrayContaining([...Object.keys(dependencies), "asn1js", "safe-buffer"]));
  expect(names).not.toContain("jest");
  for (const { scope, hashes } of components) {
    expect(["required", "optional"]).toContain(scope);
    expect(hashes?.[0]?.content).toMatch(/^[0-9a-f]{128}$/);
  }
  expect(deskBom(root, {}, true).components.find(({ name }) => name === "jest")?.scope).toBe("excluded");
});

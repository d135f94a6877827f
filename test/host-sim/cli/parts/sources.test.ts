import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { watchSources } from "../../../../host-sim/cli/parts/sources.js";

let folder: string;
let end: () => void = () => {};
let told: string[];
let wake: () => void = () => {};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sources-"));
  for (const inner of ["sim", "node_modules/other", "build"]) mkdirSync(join(folder, inner), { recursive: true });
  for (const file of ["app.ts", "sim/world.ts"]) writeFileSync(join(folder, file), "1");
  told = [];
  end = watchSources(folder, (path) => {
    told.push(path);
    wake();
  });
});
afterEach(() => {
  end();
  rmSync(folder, { recursive: true, force: true });
});

const write = (path: string) => writeFileSync(join(folder, path), "2");
/** As sed -i, vim and others save: under a name of their own first. */
const replace = (path: string) => {
  write(`${path}.tmp~`);
  renameSync(join(folder, `${path}.tmp~`), join(folder, path));
};

/** Until a path is told of, from now on. */
async function hears(path: string): Promise<void> {
  while (!told.includes(path)) await new Promise<void>((resolve) => (wake = resolve));
  told.length = 0;
}

test.each([
  ["app.ts", write],
  ["app.ts", replace],
  [join("sim", "world.ts"), replace],
])("%s is heard of each time that it is saved", async (path, save) => {
  for (let time = 0; time < 3; time += 1) {
    save(path);
    await hears(path);
    // Several events may belong to one save.
    await new Promise((resolve) => setTimeout(resolve, 20));
    told.length = 0;
  }
});

test("a file in a folder that came later, and in one that came again, is heard of", async () => {
  const path = join("lib", "sensor.ts");
  for (let time = 0; time < 2; time += 1) {
    mkdirSync(join(folder, "lib"));
    // The folder is watched a moment after it has come.
    await new Promise((resolve) => setTimeout(resolve, 50));
    replace(path);
    await hears(path);
    rmSync(join(folder, "lib"), { recursive: true });
    await new Promise((resolve) => setTimeout(resolve, 50));
    told.length = 0;
  }
});

test("what is no source, and what others have written, is not heard of", async () => {
  for (const path of ["node_modules/other/index.js", "build/out.js", "notes.txt"]) write(path);
  write("app.ts");
  await hears("app.ts");
  write("sim/world.ts");
  await hears(join("sim", "world.ts"));
  expect(told).toEqual([]);
});

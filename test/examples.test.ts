// The examples: each one's own test, in virtual time, and that each is a project as `simkey new` makes one.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { tableOf } from "../firmware/compose.js";
import { configure } from "../firmware/settings/configure.js";
import { loadApp, loadWorld, projectIn, rowOf } from "../host-sim/cli/parts/project.js";
import { boardOf } from "../host-sim/testing/world.js";

const EXAMPLES = fileURLToPath(new URL("../examples", import.meta.url));
const MODEL = "thermometer";
const names = readdirSync(EXAMPLES).filter((name) => existsSync(join(EXAMPLES, name, "simkey.json")));
const read = (name: string, file: string) => readFileSync(join(EXAMPLES, name, file), "utf8");
const json = (name: string, file: string) => JSON.parse(read(name, file)) as Record<string, unknown>;

for (const name of names) {
  describe(`the example ${name}`, () => {
    test("is a project: its app, its world, and its settings go together", async () => {
      const project = projectIn(join(EXAMPLES, name))!;
      const app = await loadApp(project.app!);
      configure(project.settings, tableOf(app));
      const world = await loadWorld(project.world);
      const board = boardOf(world, { row: rowOf(project), now: () => 0 });
      world.live?.(board);
    });

    test("has the files that simkey new makes, and its commands", () => {
      for (const file of ["manifest.json", "tsconfig.json"]) expect(read(name, file)).toBe(read(MODEL, file));
      expect(json(name, "package.json")).toEqual({ ...json(MODEL, "package.json"), name, scripts: expect.any(Object) });
      expect(read(name, "README.md")).toContain(`# ${name}\n`);
    });
  });
}

for (const name of names) {
  const own: string = `../examples/${name}/app.test.ts`;
  await import(own);
}

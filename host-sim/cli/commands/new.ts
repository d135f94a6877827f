// `simkey new NAME`: a project of one's own, with an app, its test, and the world around it. All of it is the user's
// from then on.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "../output/errors.js";
import { makeFolder } from "../parts/folder.js";
import type { Surroundings } from "../parts/surroundings.js";
import { missingTypeScript } from "../parts/typescript.js";

/** This installation, and the example that a project is made from. */
const INSTALLATION = fileURLToPath(new URL("../../../../", import.meta.url));
const EXAMPLE = join(INSTALLATION, "examples/thermometer");
/** What it has of the example. */
const FILES = [
  "README.md",
  "app.test.ts",
  "app.ts",
  "manifest.json",
  "package.json",
  "sim/world.ts",
  "simkey.json",
  "tsconfig.json",
];
/** What an example need not have, as the repository around it does. */
const OTHERS: Readonly<Record<string, string>> = {
  ".gitignore": "node_modules/\nbuild/\n# Private keys stay on this machine.\n*.pem\n*.der\n*.jwk\n.env\n",
  ".github/workflows/test.yml": `name: test
on: [push, pull_request]
jobs:
  test:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        node: [22, 24]
    steps:
      - uses: actions/checkout@v5
      - uses: actions/setup-node@v5
        with:
          node-version: \${{ matrix.node }}
      # The dependency simkey-firmware must be found there too: see "file:" in package.json.
      - run: npm install
      - run: npm run check
      - run: npm test
`,
};

/** What npm takes for a package's name, as far as it is wise. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** @throws UsageError for a name that is none, and a folder that is there */
export async function newCommand(path: string, around: Surroundings): Promise<void> {
  const folder = resolve(path);
  const name = basename(folder);
  if (!NAME.test(name)) {
    throw new UsageError(`"${name}" is no name of a package: lower-case letters, digits, hyphens`);
  }
  if (existsSync(folder)) throw new UsageError(`${folder} is there already; choose another name, or remove it`);
  const files = { ...Object.fromEntries(FILES.map((file) => [file, contentOf(file, name, folder)])), ...OTHERS };
  for (const [file, text] of Object.entries(files)) {
    const to = join(folder, file);
    makeFolder(dirname(to), "<path>");
    writeFileSync(to, text);
  }
  around.stdout(
    [
      `${folder}`,
      "  app.ts         what your device measures and obeys",
      "  app.test.ts    its test, in virtual time",
      "  sim/world.ts   the sensors on the simulated board",
      "  simkey.json    board, cloud, settings",
      "",
      "Next:",
      `  cd ${path}`,
      "  npm install",
      "  npm test       the app before a simulated cloud",
      "  npm start      and to look on",
      "",
    ].join("\n"),
  );
  const missing = missingTypeScript();
  if (missing !== undefined) around.stderr(`simkey: ${missing} for this project\n`);
}

function contentOf(file: string, name: string, folder: string): string {
  const text = readFileSync(join(EXAMPLE, file), "utf8");
  if (file !== "package.json") return text.replaceAll(basename(EXAMPLE), name);
  const example = JSON.parse(text) as { dependencies: Record<string, string> };
  const dependencies = { ...example.dependencies, "simkey-firmware": `file:${relative(folder, INSTALLATION)}` };
  return `${JSON.stringify({ ...example, name, dependencies }, undefined, 2)}\n`;
}

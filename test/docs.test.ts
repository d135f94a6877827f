// The documents are kept honest: what they name is there. Files and folders, tests by their titles, links, npm scripts, and
// what the `simkey` command takes.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { selectFaults } from "../host-sim/cli/parts/faults.js";
import { TABLES } from "../host-sim/docs/write.js";
import { filled } from "../host-sim/storm/report/document.js";
import { TABLE } from "./tls-attacks/table.js";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Folders with documents; those below count too. */
const WRITTEN = ["docs", "manifests", "deploy"];
const documentsIn = (folder: string, recursive = false) =>
  readdirSync(join(root, folder), { recursive, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => normalize(join(folder, name)));
const DOCUMENTS = [...documentsIn("."), ...WRITTEN.flatMap((folder) => documentsIn(folder, true))];
const COLUMNS = 130;
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** Folders of the repository that hold what somebody wrote; `build/` and `dist/` are made. */
const FOLDERS = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !/^(\..*|node_modules|build|dist|coverage)$/.test(entry.name))
  .map(({ name }) => name);

/** What stands in backquotes, or in a block of code. */
function codeOf(text: string): string[] {
  const blocks = text.split("\n").filter((line) => /^ {4}/.test(line));
  return [...blocks, ...[...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!)];
}

/** `a/{b,c}` as `a/b` and `a/c`. */
function expanded(path: string): string[] {
  const [, before = "", inner, after = ""] = /^([^{]*)\{([^}]*)\}(.*)$/.exec(path) ?? [];
  return inner === undefined ? [path] : inner.split(",").flatMap((each) => expanded(before + each + after));
}

/** Paths below one of the repository's folders. */
function pathsOf(text: string): string[] {
  const inCode = [...text.matchAll(/`([^`\n]+)`/g)].flatMap(([, code]) => code!.split(/\s+/));
  const named = inCode.filter((word) => FOLDERS.some((folder) => word.startsWith(`${folder}/`)));
  return named.flatMap((word) => expanded(word.replace(/[,;:.]+$/, "")));
}

/** `*` stands for anything; a name without an ending may be how names begin, as jest takes it. */
function isThere(path: string): boolean {
  if (existsSync(join(root, path))) return true;
  const folder = join(root, dirname(path));
  const [before = "", after = ""] = basename(path).split("*");
  if (!existsSync(folder) || (!path.includes("*") && before.includes("."))) return false;
  return readdirSync(folder).some((name) => name.startsWith(before) && name.endsWith(after));
}

/** Tests that are named by file and titles: `test/a.test.ts` “does this”, “does that”. */
const titlesOf = (text: string) =>
  [...text.matchAll(/`(test\/[^`]+\.ts)`((?:,? “[^”]+”)+)/g)].flatMap(([, path, titles]) =>
    [...titles!.matchAll(/“([^”]+)”/g)].map(([, title]) => ({ path: path!, title: title! })),
  );

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

const anchorsOf = (path: string) => [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading!));

interface Call {
  command: string;
  options: string[];
  faults: string[];
}

/** Calls of `simkey`, each up to its comment or the end of the code. */
function callsOf(text: string): Call[] {
  return codeOf(text).flatMap((code) =>
    [...code.matchAll(/\bsimkey ([a-z]+)\b([^#]*)/g)].map(([, command, rest]) => ({
      command: command!,
      options: [...rest!.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([option]) => option),
      faults: [...rest!.matchAll(/--fault ([a-z][\w=*.-]*)/g)].map(([, fault]) => fault!),
    })),
  );
}

/** What `simkey --help` and its like print, from what was built. */
const help = (...args: string[]) =>
  execFileSync(process.execPath, [join(root, "dist/host-sim/cli/main.js"), ...args, "--help"], { encoding: "utf8" });
const commands = new Map(
  [...help().matchAll(/^ {2}([a-z]+) .*\S/gm)]
    .map(([, name]) => name!)
    .filter((name) => name !== "help")
    .map((name) => [name, [...help(name).matchAll(/--[a-z][a-z-]*/g)].map(([option]) => option)]),
);
/** Those of the repository, and of a project as `simkey new` makes it. */
const scripts = Object.assign(
  {},
  ...["package.json", "examples/thermometer/package.json"].map((path) => JSON.parse(read(path)).scripts),
) as Record<string, string>;

describe.each(DOCUMENTS)("%s", (document) => {
  const text = read(document);

  test("names files and folders that are there", () => {
    expect(pathsOf(text).filter((path) => !isThere(path))).toEqual([]);
  });

  test("names tests by titles that they have", () => {
    expect(titlesOf(text).filter(({ path, title }) => !isThere(path) || !read(path).includes(title))).toEqual([]);
  });

  test("links to what is there", () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target!)
      .filter((to) => !to.includes("://"));
    const broken = links.filter((link) => {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? document : normalize(join(dirname(document), path));
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(target).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test("has no line longer than a screen, but for rows of tables", () => {
    const long = text.split("\n").filter((line) => line.length > COLUMNS && !/^(\||!?\[)/.test(line));
    expect(long).toEqual([]);
  });

  test("runs npm scripts that there are", () => {
    const run = codeOf(text).flatMap((code) => [...code.matchAll(/npm run ([a-z][\w:-]*)/g)].map(([, name]) => name!));
    expect(run.filter((name) => !Object.hasOwn(scripts, name) && !name.endsWith(":"))).toEqual([]);
  });

  test("calls simkey as it can be called", () => {
    const wrong = callsOf(text).flatMap(({ command, options, faults }) => {
      const known = commands.get(command);
      if (known === undefined) return [`simkey ${command}`];
      const impossible = faults.filter((fault) => {
        try {
          selectFaults([fault]);
          return false;
        } catch {
          return true;
        }
      });
      return [...options.filter((option) => !known.includes(option)), ...impossible].map(
        (what) => `${command} ${what}`,
      );
    });
    expect(wrong).toEqual([]);
  });
});

test("the table of TLS attacks has as many rows as the documents say", () => {
  const said = ["README.md", "SECURITY.md"].map(
    (name) => /(\d+) rows[^|]*(?:native one|test:tls-attacks)/.exec(read(name))?.[1],
  );
  expect(said).toEqual([`${TABLE.length}`, `${TABLE.length}`]);
});

test("what is looked for in the documents is found there", () => {
  const all = DOCUMENTS.map(read).join("\n");
  expect(pathsOf(all).length).toBeGreaterThan(50);
  expect(callsOf(all).length).toBeGreaterThan(20);
  expect(commands.get("run")).toContain("--fault");
  const security = read("SECURITY.md");
  // One more is where it says that titles stand in such quotes.
  expect(titlesOf(security)).toHaveLength([...security.matchAll(/“[^”]+”/g)].length - 1);
  expect(expanded("test/{a,b}/c")).toEqual(["test/a/c", "test/b/c"]);
});

test.each(Object.entries(TABLES))(
  "the tables of %s are those of the source (npm run docs writes them)",
  (path, tables) => {
    expect(read(path)).toBe(filled(read(path), tables()));
  },
);

test.each(["README.md", "docs/your-device.md"])("%s shows the example as it is", (document) => {
  expect(read(document)).toContain(read("examples/thermometer/app.ts"));
});

describe("docs/api.md", () => {
  const folder = join(root, "build/api");
  const examples = [...read("docs/api.md").matchAll(/^## (\S+)$[\s\S]*?```js\n([\s\S]*?)```/gm)].map(
    ([, name, code]) => [name!, code!],
  );

  test("has an example of each entry", () => {
    const { exports } = JSON.parse(read("package.json")) as { exports: Record<string, object> };
    const entries = Object.keys(exports).filter((name) => name !== "./package.json");
    expect(examples.map(([name]) => name).sort()).toEqual(entries.map((name) => join("simkey-firmware", name)).sort());
  });

  // Below the repository's package.json, where its own name leads to it, as its users' does.
  test.each(examples)("has an example of %s that runs", (name, code) => {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${name.replaceAll("/", "-")}.js`);
    writeFileSync(file, code);
    execFileSync(process.execPath, [file], { stdio: "pipe", timeout: 60_000 });
  });
});

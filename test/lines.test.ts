// A line fits a screen. What is one string stays whole: a message is found by its words.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";

const root = fileURLToPath(new URL("..", import.meta.url));
const COLUMNS = 130;
const FOLDERS = ["bench", "firmware", "fuzz", "host-sim", "scripts", "test"];
const MADE = /(^|\/)(node_modules|build|dist)\//;
const STRING = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`?|\/(?:\\.|[^/\\])+\/[a-z]*/g;

const FILES = FOLDERS.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((name) => /\.(ts|js|c|h)$/.test(name) && !MADE.test(name)),
);

/** Whether a line is too long by more than its strings. */
const isLong = (line: string) =>
  line.length > COLUMNS && (/^\s*(\/\/|\/?\*)/.test(line) || line.replace(STRING, "").length > COLUMNS);

test("source has no line longer than a screen", () => {
  expect(FILES.length).toBeGreaterThan(500);
  const long = FILES.flatMap((file) =>
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .flatMap((line, i) => (isLong(line) ? [`${file}:${i + 1}`] : [])),
  );
  expect(long).toEqual([]);
});

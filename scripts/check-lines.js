// Part of `npm run check`: a line of source fits a screen. What is one string stays whole: a message is found by its words.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const COLUMNS = 130;
const FOLDERS = ["bench", "firmware", "fuzz", "host-sim", "scripts", "test"];
const MADE = /(^|\/)(node_modules|build|dist)\//;
const COMMENT = /^\s*(\/\/|\/?\*)/;
const STRING = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`?|\/(?:\\.|[^/\\])+\/[a-z]*/g;

/** @param {string} line */
const isLong = (line) => line.length > COLUMNS && (COMMENT.test(line) || line.replace(STRING, "").length > COLUMNS);

const long = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((name) => /\.(tsx?|js|c|h)$/.test(name) && !MADE.test(name)),
).flatMap((file) =>
  readFileSync(join(ROOT, file), "utf8")
    .split("\n")
    .flatMap((line, i) => (isLong(line) ? [`${file}:${i + 1}`] : [])),
);
for (const place of long) console.error(`${place}: longer than ${COLUMNS} columns`);
process.exitCode = long.length > 0 ? 1 : 0;

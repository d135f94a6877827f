// What can be imported from `simkey-firmware`, for docs/api.md: each name with the first sentence of its docstring.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Where the sources of an entry are, from the root. */
const sourceOf = (entry: string) => join("host-sim/exports", `${entry}.ts`);
const EXPORTED = /export (type )?\{([^}]*)\} from "([^"]+)";/g;

/** The names that an entry exports: whether each is a type alone, and where it comes from. */
function exportsOf(root: string, path: string): { name: string; isType: boolean; from: string }[] {
  const text = readFileSync(join(root, path), "utf8");
  return [...text.matchAll(EXPORTED)].flatMap(([, all, names, from]) =>
    names!
      .split(",")
      .map((each) => each.trim())
      .filter((each) => each !== "")
      .map((each) => ({
        name: each.replace(/^type /, ""),
        isType: all !== undefined || each.startsWith("type "),
        from: join(dirname(path), from!.replace(/\.js$/, ".ts")),
      })),
  );
}

/** The first sentence of what stands above a declaration. @throws Error for one without a docstring */
function sentenceOf(root: string, path: string, name: string): string {
  const lines = readFileSync(join(root, path), "utf8").split("\n");
  const at = lines.findIndex((line) =>
    new RegExp(`^export (abstract |async )?(class|function|interface|const|type) ${name}\\b`).test(line),
  );
  const end = lines.slice(0, at).findLastIndex((line) => line.trimEnd().endsWith("*/"));
  if (at < 0 || end !== at - 1) throw new Error(`${path} says nothing of ${name}`);
  const begin = lines.slice(0, end + 1).findLastIndex((line) => line.trimStart().startsWith("/**"));
  const text = lines
    .slice(begin, end + 1)
    .map((line) =>
      line
        .replace(/^\s*(\/\*\*|\*\/|\*)/, "")
        .replace(/\*\/\s*$/, "")
        .trim(),
    )
    .join(" ")
    .replace(/(^| )@\w.*/, "")
    .trim();
  if (text === "") throw new Error(`${path} says nothing of ${name}`);
  return (/^.*?[.:](?= |$)/.exec(text)?.[0] ?? text).replace(/[.:]$/, "");
}

/** A row for each name of an entry. @param entry a file of host-sim/exports/, without its ending */
export function exportTable(root: string, entry: string): string {
  const rows = exportsOf(root, sourceOf(entry)).map(
    ({ name, isType, from }) =>
      `| \`${name}\` | ${isType ? "type" : ""} | ${sentenceOf(root, from, name).replaceAll("|", "\\|")} | [source](../${from}) |`,
  );
  return ["| name | | | |", "|---|---|---|---|", ...rows].join("\n");
}

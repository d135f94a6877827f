// The table of scores in docs/evidence/mutation.md: one row a core, and the others' rows stay as they are.

const BEGIN = "<!-- scores: written by npm run mutation -->";
const END = "<!-- scores end -->";

/** Columns of the table, in order, with Stryker's names of what they count. */
const COLUMNS = {
  killed: "Killed",
  "timed out": "Timeout",
  survived: "Survived",
  "not covered": "NoCoverage",
  "left out": "Ignored",
};

/** How many mutants came to which end. */
export function countsOf(mutants) {
  const count = (status) => mutants.filter((mutant) => mutant.status === status).length;
  return Object.fromEntries(Object.entries(COLUMNS).map(([column, status]) => [column, count(status)]));
}

/** Per cent of the mutants that were noticed; what was left out does not count. */
export function scoreOf(counts) {
  const noticed = counts.killed + counts["timed out"];
  return (100 * noticed) / (noticed + counts.survived + counts["not covered"]);
}

/** The page with a core's row renewed; rows are in the order of the alphabet. */
export function withRow(page, name, counts) {
  const [head, , table, , tail] = page.split(new RegExp(`(${BEGIN}|${END})`));
  if (tail === undefined) throw new Error("docs/evidence/mutation.md has lost the marks around its table");
  const rows = new Map(
    table
      .split("\n")
      .filter((line) => /^\| \w/.test(line))
      .map((line) => [line.split(" ")[1], line]),
  );
  rows.delete("core");
  const cells = [
    name,
    ...Object.values(counts),
    `${scoreOf(counts).toFixed(1)} %`,
    new Date().toISOString().slice(0, 10),
  ];
  rows.set(name, `| ${cells.join(" | ")} |`);
  const titles = ["core", ...Object.keys(counts), "score", "date"];
  const lines = [
    `| ${titles.join(" | ")} |`,
    `|---|${"---:|".repeat(titles.length - 1)}`,
    ...[...rows.values()].sort(),
  ];
  return `${head}${BEGIN}\n${lines.join("\n")}\n${END}${tail}`;
}

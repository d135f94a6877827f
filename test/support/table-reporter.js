// Prints a suite as a table: a row for each test, a column for each inner describe. A test's title is "<row>: <expected>".
export default class TableReporter {
  /**
   * @param {unknown} _contexts
   * @param {{testResults: {testExecError?: {message: string}, failureMessage?: string | null, testResults: {title:
   * string, status: string, ancestorTitles: string[], failureMessages: string[]}[]}[]}} results
   */
  onRunComplete(_contexts, results) {
    /** @type {Map<string, Map<string, string>>} */
    const rows = new Map();
    const columns = new Set();
    for (const file of results.testResults) {
      if (file.testResults.length === 0) process.stdout.write(`${file.failureMessage ?? "no tests"}\n`);
      for (const { title, status, ancestorTitles, failureMessages } of file.testResults) {
        const column = ancestorTitles[1] ?? "";
        columns.add(column);
        rows.set(
          title,
          (rows.get(title) ?? new Map()).set(column, status === "passed" ? "as expected" : "NOT AS EXPECTED"),
        );
        for (const message of failureMessages) process.stderr.write(`${column}, ${title}\n${message}\n`);
      }
    }
    const table = [["", "expected", ...columns]];
    for (const [title, cells] of rows) {
      const colon = title.lastIndexOf(": ");
      table.push([
        title.slice(0, colon),
        title.slice(colon + 2),
        ...[...columns].map((column) => cells.get(column) ?? ""),
      ]);
    }
    const widths = table[0].map((_, i) => Math.max(...table.map((cells) => cells[i].length)));
    for (const cells of table) {
      process.stdout.write(
        `${cells
          .map((cell, i) => cell.padEnd(widths[i]))
          .join("  ")
          .trimEnd()}\n`,
      );
    }
  }
}

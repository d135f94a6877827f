// What help says below a command's options: blocks of lines, and examples.

import type { Example } from "../output/examples.js";
import { row, wrapped } from "../output/wrap.js";
import type { Surroundings } from "../parts/surroundings.js";

/** Columns of help where there is no terminal. */
export const HELP_COLUMNS = 80;
/** Of an example, at most, if what it does is to stand beside it. */
const EXAMPLE_COLUMNS = 46;

/** A block of help below the options. */
export function block({ screen }: Surroundings, title: string, lines: readonly string[] = []): string {
  const columns = screen?.columns() ?? HELP_COLUMNS;
  const wide = screen === undefined ? Number.POSITIVE_INFINITY : columns;
  return `\n${[wrapped(title, { columns, indent: 0 }), ...lines.map((line) => wrapped(`  ${line}`, { columns: wide, indent: 6 }))].join("\n")}\n`;
}

/** Lines to type, with what each does. */
export function examples({ screen }: Surroundings, title: string, list: readonly Example[]): string {
  const columns = screen?.columns() ?? HELP_COLUMNS;
  const term = Math.max(...list.map(([line]) => line.length));
  const rows = list.map(([line, what]) => row(line, what, { columns, left: 4, term: Math.min(term, EXAMPLE_COLUMNS) }));
  return title === "Start here:" ? `${title}\n${rows.join("\n")}\n` : `\n${title}\n${rows.join("\n")}`;
}

// Text in the columns that a terminal has: no line is broken within a word, but for a word that is longer than a line.

export interface Room {
  /** Of the terminal; Infinity: there is none. */
  columns: number;
  /** Of the lines behind the first. */
  indent: number;
}

/** Least columns of text beside a term or an indent: with less, text begins on a line of its own. */
const LEAST = 24;

/**
 * Breaks a line at blanks.
 * @param text one line; blanks at its begin and between words stay as they are where no line is broken
 */
export function wrapped(text: string, { columns, indent }: Room): string {
  if (text.length <= columns) return text;
  const pieces = text.match(/\s*\S+/g) ?? [];
  const lengths = pieces.map((piece) => piece.trimStart().length);
  const longest = Math.max(0, ...lengths.filter((length) => length <= columns));
  const wanted = columns - indent < Math.min(LEAST, columns / 2) ? Math.min(2, indent) : indent;
  const margin = " ".repeat(Math.max(0, Math.min(wanted, columns - longest)));
  const lines: string[] = [];
  let line = "";
  for (const piece of pieces) {
    if (line !== "" && line.length + piece.length > columns) {
      lines.push(line);
      line = margin + piece.trimStart();
    } else line += piece;
  }
  return [...lines, line].join("\n");
}

/** A term and what it means, in two columns; where they are too narrow for that, one below the other. */
export function row(term: string, text: string, room: { columns: number; left: number; term: number }): string {
  const { columns, left } = room;
  const indent = left + room.term + 1;
  const margin = " ".repeat(left);
  if (columns - indent >= LEAST && term.length <= room.term)
    return wrapped(`${margin}${term.padEnd(room.term)} ${text}`, { columns, indent });
  if (columns === Number.POSITIVE_INFINITY) return `${margin}${term} ${text}`;
  const below = left + 4;
  return `${wrapped(margin + term, { columns, indent: below })}\n${wrapped(" ".repeat(below) + text, { columns, indent: below })}`;
}

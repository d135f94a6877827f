// What somebody may have meant who wrote a name that there is not.

/** So many letters may be wrong, for each four of the name; a pair that is turned round counts as one. */
const LETTERS_A_SLIP = 4;

/** The known word that is nearest to `word`; undefined: none is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / LETTERS_A_SLIP)) + 1;
  for (const each of known) {
    const far = distance(word, each);
    if (far < least) {
      least = far;
      best = each;
    }
  }
  return best;
}

/** `; did you mean X?`, or nothing. */
export function meant(word: string, known: Iterable<string>): string {
  const near = nearest(word, known);
  return near === undefined ? "" : `; did you mean ${near}?`;
}

/** Letters to add, take, change, or pairs to turn round: optimal string alignment. */
function distance(a: string, b: string): number {
  // Names are short, and what is far longer is far.
  if (Math.abs(a.length - b.length) > b.length) return Number.POSITIVE_INFINITY;
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j]!, rows[i - 2]![j - 2]! + 1);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

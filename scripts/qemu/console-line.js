// What comes out of the chip's console, line by line: a line of the log as the entry that it was made from, so that it can be
// shown as `npm start` shows it; anything else as it is.
//
//   desk 12.34 info acked seq=3          (firmware/platform/moddable/esp32/console.ts)

const LINE = /^(?:desk )?(\d{1,9}\.\d{2}) (debug|info|warn|error) ([a-z0-9-]{1,40})(?: (.*))?$/;
/** Where a field begins: a value may hold blanks, and a message even `=`, so only names as the firmware has them count. */
const FIELD = /(?:^| )([a-z][A-Za-z0-9]{0,30})=/g;
/** Longest line that is looked at, in characters. */
const LONGEST = 8192;

/** A value as it was before it became text. */
function fieldOf(text) {
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d{1,15}(\.\d{1,6})?$/.test(text) ? Number(text) : text;
}

/**
 * A line of the console.
 * @param at milliseconds since the chip was switched on; left out: what the line says, which begins anew with each start
 * @returns the entry; undefined: the line is none of the log's
 */
export function entryOf(line, at) {
  const [, seconds, level, event, rest = ""] = LINE.exec(line.slice(0, LONGEST)) ?? [];
  if (event === undefined) return undefined;
  const entry = { t: at ?? Math.round(Number(seconds) * 1000), event, level };
  const found = [...rest.matchAll(FIELD)];
  for (const [i, { 0: whole, 1: name, index }] of found.entries()) {
    // What the entry itself has stays.
    if (Object.hasOwn(entry, name)) continue;
    entry[name] = fieldOf(rest.slice(index + whole.length, found[i + 1]?.index));
  }
  return entry;
}

/** Cuts bytes into lines: of the console, which ends them with CR LF. What is typed is echoed without one. */
export class Lines {
  #rest = "";

  /** @param take called with each line */
  constructor(take) {
    this.take = take;
  }

  /** What came of a line that is not over. */
  get open() {
    return this.#rest;
  }

  push(text) {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop().slice(-LONGEST);
    for (const line of lines) this.take(line.replace(/\r+$/, ""));
  }
}

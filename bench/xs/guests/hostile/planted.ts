// Faults of each kind that the run is to find, planted: a run that does not find them is no proof.

import { latin1 } from "../../../../firmware/bytes/utf8.js";
import { feed } from "./feed.js";

const kept: unknown[] = [];
const deep = (text: string, at: number): number => (text[at] === "[" ? 1 + deep(text, at + 1) : 0);

feed({
  // The engine's own reader goes as deep as the text says.
  depth: (input) => {
    try {
      return [deep(latin1(input), 0), JSON.parse(latin1(input))];
    } catch {
      return "none";
    }
  },
  // A property's name made of data is never freed.
  names: (input) => {
    const object: Record<string, number> = {};
    for (const word of latin1(input).split(/[^A-Za-z0-9]/)) object[word] = 1;
    return "read";
  },
  // What is kept of each input.
  slots: (input) => kept.push([input.length]),
  // An error that is none of a layer's own.
  untyped: (input) => {
    if (input.length === 0) return 0;
    throw new TypeError("planted");
  },
  // Another result than in Node: XS keeps no more than so many digits.
  differs: () => typeof process,
});

declare const process: unknown;

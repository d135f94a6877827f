// Notes in the outbox's log: which records travel in a PUBLISH, and under which packet id, so that a session that outlives a
// restart sends them again as it sent them. A note is in force as long as one of its records waits.
//
//   flags: bit 7 carried over from an older block · 0 to 6 how far the last record is ahead of the first
//   number: of the first record
//   word: packet id (16 bits) · session (9) · records, less one (7)
//
// Notes in force are carried over to each new block, so that opening reads the newest one only. Its opening says how many, in
// its flags: where fewer are found, the power went in between; where it says ELSEWHERE, there was no room. Then the blocks
// before are read too, back to one whose notes are whole.

import { type Checkpoint, SPAN } from "./checkpoint.js";
import type { Header } from "./entry.js";

/** A PUBLISH with QoS 1 that is under way: what mqtt/ calls a FlightNote. */
export interface Note {
  /** Of the session that it was sent in, 1 to 511. */
  session: number;
  /** Packet id. */
  id: number;
  /** Numbers of the first and the last of its records. */
  first: number;
  last: number;
  /** How many they are. */
  count: number;
}

/** Flag of a note: it is repeated from an older block. */
export const CARRIED = 0x80;
/** Flag of an opening: notes in force lie in blocks before. */
export const ELSEWHERE = 0x80;
/** Bits of both for a number: notes that an opening has behind it, or numbers from a note's first record to its last. */
export const NOTES_MASK = 0x7f;
const SESSION_MASK = 0x1ff;

/** Whether a note of this can be written: all of its figures have room. */
export const canNote = ({ first, last, count }: Note): boolean =>
  last - first <= NOTES_MASK && count >= 1 && count <= NOTES_MASK;

/** The word of a note's entry. */
export const wordOf = ({ id, session, count }: Note): number => id * 0x1_0000 + session * 0x80 + count - 1;

/** What the entry of a note says. */
export const noteOf = ({ flags, number, bodyCrc }: Header): Note => ({
  session: (bodyCrc >>> 7) & SESSION_MASK,
  id: bodyCrc >>> 16,
  first: number,
  last: number + (flags & NOTES_MASK),
  count: (bodyCrc & NOTES_MASK) + 1,
});

/** Those of the notes that are in force: none of what is gone, or was never there. */
export function inForce(notes: readonly Note[], { next, cursor, done }: Checkpoint): Note[] {
  return notes.filter(({ first, last }) => {
    if (last >= next || first >= cursor + SPAN) return false;
    for (let number = Math.max(first, cursor); number <= last; number++) if (!done.has(number)) return true;
    return false;
  });
}

/** The notes with one more: of two for the same first record, the later one counts. */
export const withNote = (notes: readonly Note[], note: Note): Note[] => [
  ...notes.filter(({ first }) => first !== note.first),
  note,
];

// The journal in RAM: bounded, in order, numbered.

import { describe, expect, test } from "@jest/globals";
import { RamJournal } from "../../../firmware/mqtt/journal.js";
import { bytes } from "./support/hex.js";

describe("a journal in RAM", () => {
  test("numbers records from 1 on, and gives them back as they were", () => {
    const journal = new RamJournal();
    const payload = bytes("x");
    expect([journal.nextSequence, journal.append("t", payload, 2, true), journal.nextSequence]).toEqual([1, 1, 2]);
    payload[0] = 0;
    expect(journal.next(0)).toEqual({ sequence: 1, topic: "t", payload: bytes("x"), qos: 2, retain: true });
    expect(journal.next(1)).toBeUndefined();
  });

  test("forgets what is acknowledged, in any order", () => {
    const journal = new RamJournal();
    for (let i = 0; i < 4; i++) journal.append("t", bytes(`${i}`));
    for (const sequence of [3, 1, 3, 77]) journal.delivered(sequence);
    expect([journal.next(0)?.sequence, journal.next(2)?.sequence, journal.size]).toEqual([2, 4, 2]);
  });

  test("knows whether another would push one out", () => {
    const byCount = new RamJournal(2);
    const byBytes = new RamJournal(10, 10);
    expect([byCount.spare(9), byBytes.spare(10), byBytes.spare(11)]).toEqual([true, true, false]);
    for (const text of ["1", "2"]) byCount.append("t", bytes(text));
    byBytes.append("t", bytes("123"));
    expect([byCount.spare(1), byBytes.spare(6), byBytes.spare(7)]).toEqual([false, true, false]);
  });

  test("drops the oldest when it has too many, with a count", () => {
    const journal = new RamJournal(3);
    for (let i = 0; i < 5; i++) journal.append("t", bytes(`${i}`));
    expect([journal.size, journal.dropped, journal.next(0)?.sequence]).toEqual([3, 2, 3]);
  });

  test("drops the oldest when they are too long together; a lone record may be", () => {
    const journal = new RamJournal(10, 10);
    journal.append("t", bytes("1234"));
    journal.append("t", bytes("1234"));
    expect(journal.size).toBe(2);
    journal.append("t", bytes("12"));
    expect([journal.size, journal.dropped]).toEqual([2, 1]);
    journal.append("t", new Uint8Array(50));
    expect([journal.size, journal.dropped]).toEqual([1, 3]);
    journal.delivered(4);
    journal.append("t", bytes("1"));
    expect([journal.size, journal.dropped]).toEqual([1, 3]);
  });
});

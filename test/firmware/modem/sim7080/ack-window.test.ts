import { describe, expect, test } from "@jest/globals";
import { ACK_POLL_MS, AckWindow, MAX_UNACKED_BYTES } from "../../../../firmware/modem/sim7080/ack-window.js";
import { MAX_TRANSFER_BYTES } from "../../../../firmware/modem/sim7080/commands/socket.js";

const STALL_MS = 60_000;

describe("the window of unacknowledged bytes", () => {
  test("is filled to its last byte, and opens by what is acknowledged", () => {
    const window = new AckWindow();
    expect(window.fits(MAX_UNACKED_BYTES)).toBe(true);
    expect(window.fits(MAX_UNACKED_BYTES + 1)).toBe(false);
    const most = MAX_UNACKED_BYTES - 300;
    window.took(most, 0);
    expect([window.fits(300), window.fits(301)]).toEqual([true, false]);
    window.told({ sent: most, unacked: most - 1000 }, 0);
    expect([window.fits(1300), window.fits(1301)]).toEqual([true, false]);
  });

  test("an acknowledgement of more than was sent is another connection's, and counts for what was sent", () => {
    const window = new AckWindow();
    window.took(1000, 0);
    window.told({ sent: 50_000, unacked: 0 }, 0);
    expect([window.fits(MAX_UNACKED_BYTES), window.fits(MAX_UNACKED_BYTES + 1)]).toEqual([true, false]);
  });

  test("one that goes back takes nothing back", () => {
    const window = new AckWindow();
    window.took(7000, 0);
    window.told({ sent: 7000, unacked: 1000 }, 0);
    window.told({ sent: 7000, unacked: 5000 }, 0);
    expect(window.fits(6300)).toBe(true);
  });
});

describe("the modem is asked", () => {
  test("at once where another transfer fits, else after a pause", () => {
    const window = new AckWindow();
    expect(window.askAt).toBe(0);
    window.took(MAX_UNACKED_BYTES - MAX_TRANSFER_BYTES, 0);
    window.told({ sent: MAX_UNACKED_BYTES - MAX_TRANSFER_BYTES, unacked: MAX_UNACKED_BYTES - MAX_TRANSFER_BYTES }, 500);
    expect(window.askAt).toBe(500);
    window.took(1, 500);
    window.told({ sent: MAX_UNACKED_BYTES, unacked: MAX_UNACKED_BYTES }, 500);
    expect(window.askAt).toBe(500 + ACK_POLL_MS);
  });

  test("again after an eighth of a round trip, once one is known, but not within 20 ms", () => {
    for (const [took, pause] of [
      [800, 100],
      [2_400, 300],
      [80, 20],
    ] as const) {
      const window = new AckWindow();
      window.took(MAX_UNACKED_BYTES, 1_000);
      window.told({ sent: MAX_UNACKED_BYTES, unacked: 0 }, 1_000 + took);
      window.took(MAX_UNACKED_BYTES, 10_000);
      window.told({ sent: 2 * MAX_UNACKED_BYTES, unacked: MAX_UNACKED_BYTES }, 10_000);
      expect([took, window.askAt]).toEqual([took, 10_000 + pause]);
    }
  });

  test("not after an hour because nobody looked for an hour", () => {
    const window = new AckWindow();
    window.took(MAX_UNACKED_BYTES, 0);
    window.told({ sent: MAX_UNACKED_BYTES, unacked: 0 }, 3_600_000);
    window.took(MAX_UNACKED_BYTES, 3_600_000);
    window.told({ sent: 2 * MAX_UNACKED_BYTES, unacked: MAX_UNACKED_BYTES }, 3_600_100);
    expect(window.askAt).toBe(3_600_100 + ACK_POLL_MS);
  });

  test("again after a pause where its answer cannot be read, and not for longer than a minute", () => {
    const window = new AckWindow();
    window.took(MAX_UNACKED_BYTES, 0);
    window.told(undefined, 1000);
    expect(window.askAt).toBe(1000 + ACK_POLL_MS);
    expect(window.fits(1)).toBe(false);
    expect(() => window.told(undefined, STALL_MS + 1)).toThrow(expect.objectContaining({ code: "socket-send" }));
  });
});

describe("a peer that acknowledges nothing", () => {
  const silent = { sent: 1000, unacked: 1000 };

  test("for a minute is borne with, and not a millisecond longer", () => {
    const window = new AckWindow();
    window.took(1000, 5000);
    window.told(silent, 5000 + STALL_MS);
    expect(() => window.told(silent, 5001 + STALL_MS)).toThrow(
      expect.objectContaining({ code: "socket-send", advice: "back-off" }),
    );
  });

  test("has a minute from the last acknowledgement, or from the first byte behind a pause", () => {
    const window = new AckWindow();
    window.took(1000, 0);
    window.told({ sent: 1000, unacked: 500 }, 50_000);
    window.told({ sent: 1000, unacked: 500 }, 110_000);
    expect(() => window.told({ sent: 1000, unacked: 500 }, 110_001)).toThrow();
    const rested = new AckWindow();
    rested.took(1000, 0);
    rested.told({ sent: 1000, unacked: 0 }, 1000);
    rested.took(1000, 500_000);
    // More behind it is no sign of life.
    rested.took(1000, 520_000);
    rested.told({ sent: 3000, unacked: 2000 }, 560_000);
    expect(() => rested.told({ sent: 3000, unacked: 2000 }, 560_001)).toThrow();
  });
});

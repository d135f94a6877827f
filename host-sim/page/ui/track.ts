// What the timeline shows: phases, faults, connections and records over time. Bounded: what is old is thinned out.

import type { Entry } from "../../desk/entry.js";
import type { Look } from "../world/look.js";

/** A piece of time in which something was so. Milliseconds; `to` undefined: it still is. */
export interface Piece {
  name: string;
  from: number;
  to: number | undefined;
}

const PIECES_MOST = 4_000;
const SAMPLES_MOST = 4_000;

export class Track {
  phases: Piece[] = [];
  faults: Piece[] = [];
  connections: Piece[] = [];
  /** Times of PUBACKs, and of failures. */
  acks: number[] = [];
  failures: number[] = [];
  /** Times in seconds, and records that waited. */
  times: number[] = [];
  waiting: number[] = [];

  clear(): void {
    Object.assign(this, new Track());
  }

  hear({ t, lane, name, connection, what }: Entry): void {
    if (lane === "phase") this.#follow(this.phases, name, t);
    else if (lane === "board" && name === "start") this.#follow(this.phases, "off", t);
    else if (lane === "fault") this.#fault(name, t, what === "begins");
    else if (lane === "net" && name === "dial")
      push(this.connections, { name: String(connection), from: t, to: undefined });
    else if (lane === "net" && name === "end") close(this.connections, String(connection), t);
    else if (lane === "log" && name === "recorded") this.#wait(t, 1);
    else if (lane === "log" && name === "acked") {
      thin(this.acks, t);
      this.#wait(t, -1);
    } else if (lane === "log" && name === "failure") thin(this.failures, t);
  }

  /** Takes the gauges' figures. */
  sample(look: Look | undefined): void {
    if (look === undefined) return;
    this.#waits(look.elapsed, look.outbox?.waiting ?? 0);
  }

  /** One more waits, or one less: what a start found in the flash is known with the next look. */
  #wait(t: number, more: number): void {
    this.#waits(t, Math.max(0, (this.waiting.at(-1) ?? 0) + more));
  }

  #waits(ms: number, count: number): void {
    const seconds = ms / 1_000;
    const last = this.times.length - 1;
    if (last >= 0 && seconds <= this.times[last]!) {
      this.waiting[last] = count;
      return;
    }
    this.times.push(seconds);
    this.waiting.push(count);
    if (this.times.length < SAMPLES_MOST) return;
    this.times = this.times.filter((_, i) => i % 2 === 0);
    this.waiting = this.waiting.filter((_, i) => i % 2 === 0);
  }

  #follow(pieces: Piece[], name: string, t: number): void {
    const last = pieces.at(-1);
    if (last && last.to === undefined) last.to = t;
    push(pieces, { name, from: t, to: undefined });
  }

  #fault(name: string, t: number, begins: boolean): void {
    if (begins) push(this.faults, { name, from: t, to: undefined });
    else close(this.faults, name, t);
  }
}

function push(pieces: Piece[], piece: Piece): void {
  pieces.push(piece);
  if (pieces.length > PIECES_MOST) pieces.splice(0, PIECES_MOST / 4);
}

function close(pieces: Piece[], name: string, t: number): void {
  const open = pieces.findLast((piece) => piece.name === name && piece.to === undefined);
  if (open) open.to = t;
}

/** Keeps every second one where there are too many. */
function thin(times: number[], t: number): void {
  times.push(t);
  if (times.length < PIECES_MOST) return;
  const kept = times.filter((_, i) => i % 2 === 0);
  times.splice(0, times.length, ...kept);
}

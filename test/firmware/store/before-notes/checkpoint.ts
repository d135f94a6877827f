// As it was before the log had notes: what an update may be undone to. Not to be changed.
//
// What a block of the outbox begins with: all that is known of earlier records, so that older blocks need not be read.

/** Sequence numbers that may be acknowledged out of order, from the oldest waiting record on. */
export const SPAN = 100;

/** Layout number of the log; a block of another layout is not read. */
const LAYOUT = 1;
const BITS_AT = 16;
/** No record has a number above this: at one a second it would be reached after 68 years. */
const NUMBER_MAX = 0x7fff_ffff;

export interface Checkpoint {
  /** The number the next record gets: the first of this block. */
  next: number;
  /** The oldest record that waits: all before it are acknowledged or dropped. */
  cursor: number;
  /** Records dropped since the partition was first used. */
  dropped: number;
  /** Numbers from `cursor` on, less than SPAN away, that are acknowledged or dropped too. */
  done: Set<number>;
}

/** Bytes of an encoded checkpoint. */
export const CHECKPOINT_LENGTH = 32;

/** next (4) · cursor (4) · dropped (4) · layout (4) · one bit for each number from `cursor` on (16). */
export function encodeCheckpoint({ next, cursor, dropped, done }: Checkpoint): Uint8Array {
  const bytes = new Uint8Array(CHECKPOINT_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, next);
  view.setUint32(4, cursor);
  view.setUint32(8, dropped);
  view.setUint32(12, LAYOUT);
  for (const number of done) bytes[BITS_AT + ((number - cursor) >> 3)]! |= 1 << ((number - cursor) & 7);
  return bytes;
}

/**
 * @param most records that can wait in the log
 * @returns undefined for bytes of another length or layout, and for numbers that no outbox has written
 */
export function decodeCheckpoint(bytes: Uint8Array, most: number): Checkpoint | undefined {
  if (bytes.length !== CHECKPOINT_LENGTH) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const next = view.getUint32(0);
  const cursor = view.getUint32(4);
  const sound = view.getUint32(12) === LAYOUT && cursor >= 1 && next <= NUMBER_MAX;
  if (!sound || cursor > next || next - cursor > most) return undefined;
  const done = new Set<number>();
  for (let i = 0; i < Math.min(SPAN, next - cursor); i++) {
    if ((bytes[BITS_AT + (i >> 3)]! >> (i & 7)) & 1) done.add(cursor + i);
  }
  return { next, cursor, dropped: view.getUint32(8), done };
}

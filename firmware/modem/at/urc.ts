// Unsolicited result codes (URCs): the lines that a modem prints by itself, as a table that the channel is given. Which there are
// is the model's affair.

/**
 * One kind of line that the modem prints by itself. A line of the command in flight that looks the same is told apart by that
 * command. `Said`: what a line says; `Target`: whom it concerns.
 */
export interface Urc<Said = unknown, Target = never> {
  /** How a line begins. Of several that fit, the first in the table counts. */
  readonly prefix: string;
  /** What a line says; undefined for a bad one, of which nobody hears. Left out: it says nothing that matters here. */
  readonly parse?: (line: string) => Said | undefined;
  /** Called with what it says, before those who wait for it. Left out: it matters to those alone. */
  handle?(target: Target, said: Said): void;
}

/** The kind of URC that a line is, or undefined. */
export function urcOf<Target>(table: readonly Urc<unknown, Target>[], line: string): Urc<unknown, Target> | undefined {
  return table.find(({ prefix }) => line.startsWith(prefix));
}

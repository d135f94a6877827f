// A conversation of somebody's driver with its modem, written down as data: the lines it sends, in its order, and the form
// of the answers that it parses. Facts gathered by reading the drivers named; nothing of their code.

/** What the driver's network leads to. */
export type Peer = "echo" | "broker" | "web" | "ftp";

/** A line it sends (without its end) or bytes it sends as they are, and what it waits for. */
export type Exchange = readonly [sends: string | { raw: string }, waitsFor: RegExp];

export interface Conversation {
  driver: string;
  /** Where it was read. */
  source: string;
  /** How it ends its lines. */
  lineEnd: "\r" | "\r\n";
  /** What AT+CGMM must tell for it. */
  identity?: string;
  hosts: Readonly<Record<string, Peer>>;
  exchanges: readonly Exchange[];
}

export const OK = /\r\nOK\r\n/;

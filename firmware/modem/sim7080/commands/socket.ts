// TCP commands (SIM7080 AT V1.07 §12). Nothing here is saved by the modem.

import { action, type Command, malformed, query } from "../../at/command.js";

/** Most bytes of one AT+CASEND and one AT+CARECV. */
export const MAX_TRANSFER_BYTES = 1460;
/** Ids 0 to 12. */
export const SOCKET_IDS = 13;

/** AT+CAOPEN answers OK first and the result later, so that a slow open does not block the line (AT+CACFG, §12.2.10). */
export const asyncOpen: Command<true> = { text: 'AT+CACFG="ASYNCOPEN",1', timeoutMs: 2000, parse: () => true };

/** Longest time an AT+CAOPEN took to fail, 75 s, and a margin. */
export const OPEN_TIMEOUT_MS = 90_000;
/** Longest wait for the OK that comes first with ASYNCOPEN. */
export const OPEN_ANSWER_MS = 8000;

/**
 * Opens a TCP connection. `host`: checked by `isHost`. Gives the result code if it came before the OK;
 * with ASYNCOPEN it comes later, as the same line (`openResult`).
 * @param timeoutMs OPEN_ANSWER_MS where OK comes first
 */
export function open(
  cid: number,
  host: string,
  port: number,
  timeoutMs = OPEN_TIMEOUT_MS,
): Command<number | undefined> {
  return {
    text: `AT+CAOPEN=${cid},0,"TCP","${host}",${port}`,
    timeoutMs,
    reply: `+CAOPEN: ${cid},`,
    parse: ({ lines }) => (lines[0] === undefined ? undefined : openResult(lines[0])?.result),
  };
}

/** How the opening of a connection ended. */
export interface OpenResult {
  cid: number;
  /** 0 is good. */
  result: number;
}

/** Id and result of a `+CAOPEN: <cid>,<result>` line. */
export function openResult(line: string): OpenResult | undefined {
  const match = /^\+CAOPEN: ?(\d{1,2}), ?(\d{1,3})$/.exec(line);
  return match ? { cid: Number(match[1]), result: Number(match[2]) } : undefined;
}

/**
 * How long the modem waits for the bytes behind its prompt, in milliseconds. With its default of 5000 a chip that restarts
 * meanwhile would find it deaf and switch it off; 1460 bytes take 1.6 s at 9600 bits per second.
 */
const INPUT_MS = 2000;

/** Hands 1 to MAX_TRANSFER_BYTES bytes to the modem; OK means copied to its buffer, not acknowledged by the peer. */
export function send(cid: number, data: Uint8Array): Command<void> {
  return { text: `AT+CASEND=${cid},${data.length},${INPUT_MS}`, timeoutMs: 15_000, data, parse: () => undefined };
}

/** Bytes sent in all and of those not yet acknowledged by the peer (AT+CAACK). */
export function readAcknowledged(cid: number): Command<{ sent: number; unacked: number }> {
  return query(`AT+CAACK=${cid}`, 5000, "+CAACK:", (rest) => {
    const match = /^(\d{1,12}), ?(\d{1,12})$/.exec(rest);
    return match ? { sent: Number(match[1]), unacked: Number(match[2]) } : undefined;
  });
}

/**
 * Takes at most `max` received bytes. `+CARECV: <n>,<bytes>`; when there are none `+CARECV: 0`, or on some firmware only OK.
 */
export function receive(cid: number, max: number): Command<Uint8Array | undefined> {
  return {
    text: `AT+CARECV=${cid},${max}`,
    timeoutMs: 10_000,
    reply: "+CARECV:",
    body: { prefix: "+CARECV:", max },
    parse: ({ lines, body }) => {
      if (body) return body.length > 0 ? body : undefined;
      if (lines.length > 0 && !/^\+CARECV: ?0$/.test(lines[0]!)) throw malformed("AT+CARECV", lines[0]);
      return undefined;
    },
  };
}

/** Closes a connection; ERROR when it is not open. */
export function close(cid: number): Command<void> {
  return action(`AT+CACLOSE=${cid}`, 10_000);
}

/** <state> of AT+CASTATE?; 2 is a server that listens. */
export const SOCKET_STATE = { closed: 0, connected: 1 } as const;

/** Ids that the modem knows, open or ended but not released (AT+CASTATE?, §12.2.8): `+CASTATE: <cid>,<state>`. */
export const readStates: Command<{ cid: number; state: number }[]> = {
  text: "AT+CASTATE?",
  timeoutMs: 5000,
  reply: "+CASTATE:",
  parse: ({ lines }) =>
    lines.flatMap((line) => {
      const match = /^\+CASTATE: ?(\d{1,2}), ?(\d)$/.exec(line);
      const cid = Number(match?.[1] ?? SOCKET_IDS);
      return cid < SOCKET_IDS ? [{ cid, state: Number(match![2]) }] : [];
    }),
};

/** Id of a `+CADATAIND: <cid>` line: bytes wait there. */
export function dataUrc(line: string): number | undefined {
  return idOf(/^\+CADATAIND: ?(\d{1,2})(?:, ?\d{1,5})?$/.exec(line));
}

/** Id of a `+CASTATE: <cid>,0` or `+CACLOSE: <cid>` line: the peer, or the modem for it, has ended the connection. */
export function endUrc(line: string): number | undefined {
  return idOf(/^\+(?:CASTATE: ?(\d{1,2}), ?0|CACLOSE: ?(\d{1,2})(?:, ?\d{1,5})?)$/.exec(line));
}

/** True for `+CAURC: "buffer full"`: the receive buffer of some socket is. */
export function bufferFullUrc(line: string): true | undefined {
  return /^\+CAURC: ?"buffer full"/.test(line) || undefined;
}

function idOf(match: RegExpExecArray | null): number | undefined {
  return match ? Number(match[1] ?? match[2]) : undefined;
}

// What can go wrong on the AT line. One class, one code per kind, advice by table; no secret ever gets into a message,
// because only `shown` forms of commands do.

import { type Advice, Failure } from "../../platform/failure.js";
import { cmeAdvice, cmeNumber } from "./cme.js";

/** Kinds of failure on the AT line. */
export type AtCode =
  | "at-timeout" // no final result within the command's deadline
  | "at-error" // a bare ERROR, or NO CARRIER
  | "at-cme" // +CME ERROR or +CMS ERROR with a number or a text
  | "at-overflow" // a named limit was passed: line, body, reply lines, queue, command length
  | "at-malformed" // a final OK behind a reply that cannot be read
  | "at-restarted" // the modem restarted by itself
  | "at-closed"; // the serial line is gone

const ADVICE: Readonly<Record<AtCode, Advice>> = {
  "at-timeout": "reset-modem",
  "at-error": "back-off",
  "at-cme": "back-off",
  "at-overflow": "reset-modem",
  "at-malformed": "retry",
  "at-restarted": "retry",
  "at-closed": "reset-modem",
};

/** A failed exchange on the AT line. */
export class AtError extends Failure {
  declare readonly code: AtCode;
  /** Number of a `+CME ERROR` (SIM7080 AT V1.07 §22.1), also when the modem gave it as text; undefined if unknown. */
  readonly cme: number | undefined;
  /** True when the modem had begun to take the bytes of a data phase: what became of them is not known. */
  readonly dataTaken: boolean;
  /**
   * Reply lines that came before an error result: of a line with several commands, the answers of those before the
   * failed one.
   */
  readonly lines: readonly string[];

  /**
   * @param code kind of failure
   * @param message one line for people, without secrets
   * @param details `advice`: other than the table's; the rest: see the fields
   */
  constructor(code: AtCode, message: string, details: AtErrorDetails = {}) {
    super(code, message, details.advice ?? ADVICE[code], details.cause);
    this.cme = details.cme;
    this.dataTaken = details.dataTaken ?? false;
    this.lines = details.lines ?? [];
  }
}

/** What is known of a failed exchange besides its kind. */
export interface AtErrorDetails {
  cme?: number | undefined;
  advice?: Advice;
  dataTaken?: boolean;
  lines?: readonly string[];
  cause?: unknown;
}

/**
 * The failure that an error result stands for.
 * @param shown the command as it may be shown
 * @param line `ERROR`, `NO CARRIER`, `+CME ERROR: …` or `+CMS ERROR: …`
 * @param details what else is known of the exchange
 */
export function errorResult(shown: string, line: string, details: AtErrorDetails): AtError {
  const begin = /^\+CM[ES] ERROR: ?/.exec(line);
  if (!begin) return new AtError("at-error", `${shown}: ${line}`, details);
  const cme = line.startsWith("+CME") ? cmeNumber(line.slice(begin[0].length)) : undefined;
  return new AtError("at-cme", `${shown}: ${line}`, { ...details, cme, advice: cmeAdvice(cme) });
}

/** Lets an ERROR or +CME ERROR pass as undefined; any other failure is thrown on. */
export function refused(error: unknown): undefined {
  if (!isRefused(error)) throw error;
}

/** Lets an answer that cannot be read pass as undefined; any other failure is thrown on. */
export function unreadable(error: unknown): undefined {
  if (!isUnreadable(error)) throw error;
}

/** Lets both pass, as what is asked for can be done without; any other failure is thrown on. */
export function untold(error: unknown): undefined {
  if (!isUnreadable(error)) refused(error);
}

/** True for the answer to a command that ended well, and cannot be read. */
export const isUnreadable = (error: unknown) => error instanceof AtError && error.code === "at-malformed";

/** True for an ERROR or +CME ERROR. */
export const isRefused = (error: unknown) =>
  error instanceof AtError && (error.code === "at-error" || error.code === "at-cme");

// Result codes of a failed command (SIM7080 AT V1.07 §22.1) and the way CMEE shows them.

export const CME = {
  notAllowed: 3,
  notSupported: 4,
  simNotInserted: 10,
  simPinRequired: 11,
  simPukRequired: 12,
  simFailure: 13,
  simBusy: 14,
  incorrectPassword: 16,
  memoryFull: 20,
  notFound: 22,
  noNetwork: 30,
  unknown: 100,
  unrecognized: 601,
  syntax: 603,
  invalidValue: 765,
  failed: 767,
  paramRange: 793,
  radioOff: 797,
} as const;

export type CmeCode = (typeof CME)[keyof typeof CME];

const TEXT: Record<CmeCode, string> = {
  3: "operation not allowed",
  4: "operation not supported",
  10: "SIM not inserted",
  11: "SIM PIN required",
  12: "SIM PUK required",
  13: "SIM failure",
  14: "SIM busy",
  16: "incorrect password",
  20: "memory full",
  22: "not found",
  30: "no network service",
  100: "unknown",
  601: "Unrecognized Command",
  603: "Syntax Error",
  765: "Invalid input value",
  767: "Operation failed",
  793: "Parameter value out of range",
  797: "CFUN state is 0 or 4",
};

/** A handler throws it to end its command with a failure. */
export class CommandError extends Error {
  readonly code: CmeCode;
  constructor(code: CmeCode) {
    super(TEXT[code]);
    this.code = code;
  }
}

/** The line of a failure under AT+CMEE=`cmee` (0 to 2). */
export function errorLine(code: CmeCode, cmee: number): string {
  if (cmee === 1) return `+CME ERROR: ${code}`;
  return cmee === 2 ? `+CME ERROR: ${TEXT[code]}` : "ERROR";
}

/** Failures of short messages (3GPP TS 27.005 §3.2.5). */
export const CMS = {
  notSupported: 303,
  invalidParameter: 304,
  /** Invalid text mode parameter: what does not fit into one message too. */
  length: 305,
  invalidIndex: 321,
  full: 322,
  noNetwork: 331,
  unknown: 500,
} as const;

export type CmsCode = (typeof CMS)[keyof typeof CMS];

const CMS_TEXT: Record<CmsCode, string> = {
  303: "operation not supported",
  304: "invalid PDU mode parameter",
  305: "invalid text mode parameter",
  321: "invalid memory index",
  322: "memory full",
  331: "no network service",
  500: "unknown error",
};

/** A handler of a command for messages throws it. */
export class CmsError extends Error {
  readonly cms: CmsCode;
  constructor(code: CmsCode) {
    super(CMS_TEXT[code]);
    this.cms = code;
  }
}

/** The line of a failed command for messages: it is `+CMS ERROR` with the number, or its text under AT+CMEE=2. */
export function cmsLine(code: CmsCode, cmee: number): string {
  return `+CMS ERROR: ${cmee === 2 ? CMS_TEXT[code] : code}`;
}

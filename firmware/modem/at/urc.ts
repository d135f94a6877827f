// Unsolicited result codes: which lines the modem prints by itself (SIM7080 AT V1.07 ch. 22 and the chapters of their commands).

/** How an unsolicited line begins. A line of the command in flight that looks the same is told apart by that command. */
const PREFIXES: readonly string[] = [
  "RDY",
  "SMS Ready",
  "NORMAL POWER DOWN",
  "UNDER-VOLTAGE",
  "OVER-VOLTAGE",
  "+CFUN:",
  "+CPIN:",
  "+CEREG:",
  "+CGREG:",
  "+CREG:",
  "+APP PDP:",
  "+PDP:",
  "+CAOPEN:",
  "+CADATAIND:",
  "+CASTATE:",
  "+CACLOSE:",
  "+CAURC:",
  "+CANEW:",
  "+CDNSGIP:",
  "+CNTP:",
  "+CPSMSTATUS:",
  "+CEDRXP:",
  "*PSUTTZ:",
  "*PSNWID:",
  "+CTZV:",
  "DST:",
];

/** True when the modem prints such a line by itself. */
export function isUrc(line: string): boolean {
  return PREFIXES.some((prefix) => line.startsWith(prefix));
}

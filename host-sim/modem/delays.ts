// How long the module and its network take: one table, milliseconds, least and most. A seeded number picks between
// them. Sources: SIM7080G Hardware Design (boot, off), logs of drivers in the field (the rest); figures without a
// measurement are plausible, not proven.

export const DELAYS = {
  /** From a command's CR to its answer. */
  command: [2, 8],
  /** Commands that ask the SIM card. */
  card: [10, 60],
  /** From power-on (PWRKEY accepted) to the first character: Ton(uart), 1.8 s typical. */
  boot: [1800, 2400],
  /** From RDY to +CFUN: 1. */
  bootCfun: [60, 200],
  /** From +CFUN: 1 to +CPIN: READY. */
  bootCard: [900, 1800],
  /** From +CPIN: READY to SMS Ready. */
  bootSms: [1200, 2500],
  /** From an answered restart command to the module being down. */
  restart: [200, 500],
  /** From AT+CPOWD=1 or PWRKEY to NORMAL POWER DOWN. */
  powerDown: [300, 800],
  /** From NORMAL POWER DOWN to STATUS low: about 1.8 s. */
  off: [1700, 1900],
  cfun: [300, 900],
  /** From radio on and SIM ready to registered, where the cell is remembered. First attaches take minutes. */
  register: [2500, 6000],
  /** The same where nothing is remembered (AT+CLRNET). */
  registerFirst: [30_000, 90_000],
  pdpActivate: [400, 1200],
  pdpDeactivate: [100, 400],
  /** DNS and the radio's wake-up before CAOPEN sends its SYN. */
  open: [200, 700],
  prompt: [10, 30],
  /** From the last byte of a CASEND body to OK. */
  sent: [5, 20],
  receive: [5, 20],
  close: [10, 60],
  dns: [100, 600],
  ntp: [300, 1500],
  scan: [20000, 45000],
  /** From the receiver's start to its first fix under an open sky; after a cold start, with the orbits, with all. */
  gnssCold: [28_000, 38_000],
  gnssWarm: [22_000, 30_000],
  gnssHot: [1000, 2500],
  /** From Ctrl-Z to +CMGS: the network has taken the message. */
  smsSend: [800, 3000],
  /** From PWRKEY or the timer to the UART alive again after PSM. */
  wake: [1200, 1900],
} as const satisfies Record<string, readonly [number, number]>;

export type DelayName = keyof typeof DELAYS;

// PSM and eDRX commands (SIM7080 AT V1.07 §5.2, Low Power Mode note).

import type { CommandTable } from "../command.js";
import { CME } from "../errors.js";
import { fail, ok, okThen } from "../outcome.js";
import { isTimer } from "../psm-timers.js";

export const LOW_POWER: CommandTable = {
  "+CPSMS": {
    test: '+CPSMS: (0,1),,,("00000000"-"11111111"),("00000000"-"11111111")',
    read: ({ settings: { psm } }) => ok(`+CPSMS: ${psm.on ? 1 : 0},,,"${psm.tau}","${psm.active}"`),
    write: (m, args) => {
      const on = args.int(0, 0, 1) === 1;
      const tau = args.textOr(3, 8, m.settings.psm.tau);
      const active = args.textOr(4, 8, m.settings.psm.active);
      if (!isTimer(tau) || !isTimer(active)) return fail(CME.invalidValue);
      m.settings.psm = { on, tau, active };
      return okThen(() => m.lowPower.touch());
    },
  },
  "+CPSMSTATUS": {
    test: "+CPSMSTATUS: (0,1)",
    read: (m) => ok(`+CPSMSTATUS: ${m.session.psmUrc ? 1 : 0}`),
    write: (m, args) => {
      m.session.psmUrc = args.int(0, 0, 1) === 1;
      return ok();
    },
  },
  "+CPSMRDP": { exec: (m) => ok(`+CPSMRDP: ${m.settings.psm.on ? 1 : 0},${m.lowPower.report()}`) },
  "+CPSMCFG": {
    test: "+CPSMCFG: (20-86400)",
    write: (_, args) => {
      args.int(0, 20, 86_400);
      return ok();
    },
  },
  "+CEDRXS": {
    test: '+CEDRXS: (0-3),(4,5),("0000"-"1111")',
    // Unset, a real one answers ERROR (manual's example).
    read: ({ settings: { edrx } }) => (edrx.mode === 0 ? fail(CME.failed) : ok(`+CEDRXS: ${edrx.act},"${edrx.value}"`)),
    write: (m, args) => {
      const mode = args.int(0, 0, 3);
      const act = args.intOr(1, 4, 5, m.settings.edrx.act);
      const value = args.textOr(2, 4, m.settings.edrx.value);
      if (!/^[01]{4}$/.test(value)) return fail(CME.invalidValue);
      m.settings.edrx = { mode: mode === 3 ? 0 : mode, act, value };
      return okThen(() => {
        if (mode === 2 && m.lowPower.cycleMs !== undefined)
          m.out.urc("NETWORK", `+CEDRXP: ${act},"${value}","${value}","0100"`);
      });
    },
  },
  "+CEDRXRDP": {
    exec: ({ lowPower, settings: { edrx } }) =>
      ok(
        lowPower.cycleMs === undefined
          ? "+CEDRXRDP: 0"
          : `+CEDRXRDP: ${edrx.act},"${edrx.value}","${edrx.value}","0100"`,
      ),
  },
};

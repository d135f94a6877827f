// Commands that switch the module or its radio (SIM7080 AT V1.07 §3.2, §5.2).

import type { CommandTable } from "../command.js";
import { CME } from "../errors.js";
import type { Machine } from "../machine.js";
import { fail, later, type Outcome, ok, okThen } from "../outcome.js";

/** OK first, then the module goes down and boots. */
function restart(machine: Machine): Outcome {
  return okThen(() => void machine.after(machine.delay("restart"), () => machine.power.boot()));
}

/** AT+CFUN=n. 0 takes the SIM away before its OK; 1 brings it back after. */
function setFunction(machine: Machine, level: number): Outcome {
  const before = machine.session.cfun;
  machine.session.cfun = level;
  if (level === before) return ok();
  if (level !== 1) machine.radio.end();
  if (level === 0) machine.card.end();
  if (level !== 1) return ok();
  return okThen(() => {
    if (before === 0) machine.card.begin(machine.delay("bootCfun"));
    else machine.radio.begin();
  });
}

export const POWER: CommandTable = {
  "+CPOWD": {
    write: (m, args) => {
      const announced = args.int(0, 0, 1) === 1;
      return { is: "silence", after: () => m.power.powerDown(announced) };
    },
  },
  "+CREBOOT": { exec: restart },
  "+CFUN": {
    test: "+CFUN: (0,1,4,5,6,7),(0,1)",
    read: (m) => ok(`+CFUN: ${m.session.cfun}`),
    write: (m, args) => {
      args.expect(1, 2);
      const level = args.int(0, 0, 7);
      if (args.intOr(1, 0, 1, 0) === 1 || level === 6) return restart(m);
      if (level !== 0 && level !== 1 && level !== 4) return fail(CME.notSupported);
      return later("cfun", () => setFunction(m, level));
    },
  },
};

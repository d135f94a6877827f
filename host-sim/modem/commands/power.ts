// Commands that switch the module or its radio (SIM7080 AT V1.07 §3.2, §5.2).

import type { CommandTable } from "../command.js";
import { CME } from "../errors.js";
import type { Machine } from "../machine.js";
import { fail, later, type Outcome, ok, okThen } from "../outcome.js";

/** AT+CFUN: minimum, full, radio off, offline. */
const LEVELS: readonly number[] = [0, 1, 4, 7];
const OFFLINE = 7;

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
    // The manual lists 5 too, the factory's test mode: refused here.
    test: "+CFUN: (0-1,4,6-7),(0-1)",
    read: (m) => ok(`+CFUN: ${m.session.cfun}`),
    write: (m, args) => {
      args.expect(1, 2);
      const level = args.int(0, 0, 7);
      if (args.intOr(1, 0, 1, 0) === 1 || level === 6) return restart(m);
      if (!LEVELS.includes(level)) return fail(CME.notSupported);
      // Offline is left by a restart only.
      if (m.session.cfun === OFFLINE && level !== OFFLINE) return fail(CME.notAllowed);
      return later("cfun", () => setFunction(m, level));
    },
  },
};

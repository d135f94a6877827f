// Commands about the search for a network and the cells around (SIM7080 AT V1.07 §5.2): what they set changes the search,
// the release of the radio, or what the next boot finds.

import type { CommandTable } from "../command.js";
import { CME } from "../errors.js";
import type { LteRat } from "../network.js";
import { fail, ok, okThen } from "../outcome.js";
import { PRIORITIES } from "../radio.js";

const MODES: Readonly<Record<LteRat, string>> = { "LTE-M": "LTE CAT-M1", "NB-IoT": "LTE NB-IOT" };

/** Configurations of operators: name and version (the manual's example). */
const OPERATORS: readonly (readonly [name: string, version: string])[] = [
  ["Non_VoLTE-ATT", "0x09010300"],
  ["IMS", "0x09016030"],
  ["SBM", "0x09011C00"],
  ["Default", "0x09010800"],
];
const NAME_LENGTH = 40;

export const CELL: CommandTable = {
  // The order in which technologies are looked for; permanently, or until the next power cycle.
  "+CRATPRI": {
    test: "+CRATPRI: (03-GSM,12-M1,13-NBIOT),(0,1)",
    read: ({ settings, session }) => {
      const list = session.ratPriority ?? settings.ratPriority ?? "121303";
      return ok(`+CRATPRI: "${list}",${session.ratPriority === undefined ? 0 : 1}`);
    },
    write: (m, args) => {
      args.expect(2);
      const list = args.text(0, 6);
      const parts = list.match(/../g) ?? [];
      const sound = /^(\d\d){1,3}$/.test(list) && parts.every((part) => Object.hasOwn(PRIORITIES, part));
      if (!sound || new Set(parts).size < parts.length) return fail(CME.invalidValue);
      const temporary = args.int(1, 0, 1) === 1;
      m.session.ratPriority = temporary ? list : undefined;
      if (!temporary) m.settings.ratPriority = list;
      return okThen(() => m.radio.review());
    },
  },
  // How faint a cell of NB-IoT may be to be found.
  "+CNBS": {
    test: "+CNBS: (1-5)",
    read: (m) => ok(`+CNBS: ${m.settings.nbScan}`),
    write: (m, args) => {
      const level = args.int(0, 1, 5);
      if (level === 4) return fail(CME.notSupported);
      m.settings.nbScan = level;
      return okThen(() => m.radio.review());
    },
  },
  // Only with the radio off; the next search begins from nothing.
  "+CLRNET": {
    test: "+CLRNET: (0-3),(0,1)",
    read: () => ok(),
    write: (m, args) => {
      args.int(0, 0, 3);
      args.intOr(1, 0, 1, 0);
      if (m.session.cfun === 1) return fail(CME.notAllowed);
      m.settings.cellKnown = false;
      return ok();
    },
  },
  // Manual: what was activated holds from the next restart on.
  "+CMCFG": {
    test: `+CMCFG: (0-4),${NAME_LENGTH}`,
    read: ({ settings: { operatorConfig: config } }) =>
      ok(
        `+CMCFG: ${config.automatic ? 1 : 0},${OPERATORS.length}`,
        ...OPERATORS.map(([name, version], i) => `+CMCFG: ${i},"${name}",${version},${name === config.active ? 1 : 0}`),
      ),
    write: (m, args) => {
      const mode = args.int(0, 0, 4);
      const config = m.settings.operatorConfig;
      if (mode === 4) return ok(`+CMCFG: 4,${config.active === "" ? 1 : 0},"${config.active}"`);
      if (mode < 2) {
        config.automatic = mode === 1;
        return ok();
      }
      const name = args.text(1, NAME_LENGTH);
      if (config.automatic || !OPERATORS.some(([known]) => known === name)) return fail(CME.notAllowed);
      config.next = mode === 2 ? name : "";
      return ok();
    },
  },
  // The network lets go of the radio as soon as the exchange is over: sleep comes earlier.
  "+CRAI": {
    test: "+CRAI: (0-2),(0,1)",
    read: ({ session: { release } }) => ok(`+CRAI: ${release.indication},${release.lasting ? 1 : 0}`),
    write: (m, args) => {
      m.session.release = { indication: args.int(0, 0, 2), lasting: args.intOr(1, 0, 1, 0) === 1 };
      return ok();
    },
  },
  "+CENG": {
    test: "+CENG: (0,1),(1)",
    read: ({ session, radio, network }) => {
      const on = session.engineering ? 1 : 0;
      if (!radio.registered || radio.rat === "GSM") return ok(`+CENG: ${on},1,0,NO SERVICE`);
      const [mcc, mnc] = network.plmn.split("-");
      const { rsrp, rssi, rsrq, tac, cellId } = network;
      const serving = `6300,147,${rsrp},${rssi},${rsrq},7,${tac},${cellId},${mcc},${mnc},255`;
      const head = `+CENG: ${on},1,${on},${MODES[radio.rat]}`;
      return session.engineering ? ok(head, `+CENG: 0,"${serving}"`) : ok(head);
    },
    write: (m, args) => {
      m.session.engineering = args.int(0, 0, 1) === 1;
      args.intOr(1, 1, 1, 1);
      return ok();
    },
  },
};

// Commands about PDP contexts beside the app's own, their traffic, and what the network knows of the place
// (SIM7080 AT V1.07 §5.2.63, §6.2.3, §20).

import type { CommandTable } from "../command.js";
import { CME } from "../errors.js";
import type { Machine } from "../machine.js";
import { moved } from "../motion.js";
import { fail, later, ok } from "../outcome.js";
import { PDP_COUNT } from "../pdp.js";

/** The context of the LTE attach itself: up while registered, and not to be taken down alone (3GPP TS 24.301 §6.3.2). */
const DEFAULT_BEARER = 1;
/** How far off a position by cells is, in metres. */
const CELL_ACCURACY_M = 550;
/** Location codes of AT+CLBS. */
const LOCATED = 0;
const NO_NETWORK = 3;

const isUp = (m: Machine, cid: number) => m.radio.registered && (cid === DEFAULT_BEARER || m.session.bearers.has(cid));

export const BEARER: CommandTable = {
  "+CGACT": {
    needs: "radio",
    test: "+CGACT: (0,1)",
    read: (m) =>
      ok(
        ...[...m.settings.contexts.keys()].sort((a, b) => a - b).map((cid) => `+CGACT: ${cid},${isUp(m, cid) ? 1 : 0}`),
      ),
    write: (m, args) => {
      const on = args.int(0, 0, 1) === 1;
      const all = [...m.settings.contexts.keys()];
      const cids = args.count > 1 ? Array.from({ length: args.count - 1 }, (_, i) => args.int(i + 1, 1, 15)) : all;
      if (!cids.every((cid) => m.settings.contexts.has(cid)) || !m.radio.registered) return fail(CME.notAllowed);
      if (!on && cids.includes(DEFAULT_BEARER)) return fail(CME.notAllowed);
      return later("pdpActivate", () => {
        for (const cid of cids)
          if (on) m.session.bearers.add(cid);
          else m.session.bearers.delete(cid);
        return ok();
      });
    },
  },
  "+CNII": {
    test: "+CNII: (0-3)",
    read: (m) => ok(...Array.from({ length: PDP_COUNT }, (_, pdp) => m.traffic.line(pdp))),
    write: (m, args) => {
      const pdp = args.int(0, 0, PDP_COUNT - 1);
      return m.pdp.active(pdp) ? ok(m.traffic.line(pdp)) : fail(CME.notAllowed);
    },
  },
  // By cells: three decimals, and the accuracy that goes with them.
  "+CLBS": {
    needs: "radio",
    test: "+CLBS: (1,4),(0-3)",
    write: (m, args) => {
      const type = args.int(0, 1, 4);
      if (type !== 1 && type !== 4) return fail(CME.notSupported);
      const pdp = args.int(1, 0, PDP_COUNT - 1);
      return later("ntp", () => {
        if (!m.pdp.active(pdp)) return ok(`+CLBS: ${NO_NETWORK}`);
        const { longitude, latitude } = moved(m.network.position, m.now);
        const place = `${longitude.toFixed(3)}000,${latitude.toFixed(3)}000,${CELL_ACCURACY_M}`;
        const iso = new Date(m.now).toISOString();
        const time = type === 4 ? `,${iso.slice(0, 10).replaceAll("-", "/")},${iso.slice(11, 19)}` : "";
        return ok(`+CLBS: ${LOCATED},${place}${time}`);
      });
    },
  },
};

// Commands about the clock (SIM7080 AT V1.07: CCLK §3, CLTS §5.2, CNTP §10).

import type { CommandTable } from "../command.js";
import { CME } from "../errors.js";
import { fail, ok, okThen } from "../outcome.js";

/** Results of CNTP: 1 is success, 61 a network error. */
const NTP_OK = 1;
const NTP_NETWORK = 61;

export const TIME: CommandTable = {
  "+CCLK": {
    read: (m) => ok(`+CCLK: "${m.clock.text()}"`),
    write: (m, args) => (m.clock.set(args.text(0, 20)) ? ok() : fail(CME.invalidValue)),
  },
  // Saved, and in force from the next boot on (AUTO_SAVE_REBOOT).
  "+CLTS": {
    test: "+CLTS: (0,1)",
    read: (m) => ok(`+CLTS: ${m.settings.clts}`),
    write: (m, args) => {
      m.settings.clts = args.int(0, 0, 1);
      return ok();
    },
  },
  "+CNTPCID": {
    test: "+CNTPCID: (0-3)",
    read: (m) => ok(`+CNTPCID: ${m.session.cntpCid}`),
    write: (m, args) => {
      m.session.cntpCid = args.int(0, 0, 3);
      return ok();
    },
  },
  "+CNTP": {
    test: "+CNTP: (255),(-47-48),(0-3),(0-2)",
    read: ({ session: { cntp } }) => ok(`+CNTP: "${cntp?.server ?? ""}",${cntp?.zone ?? 0}`),
    write: (m, args) => {
      args.expect(1, 4);
      m.session.cntp = {
        server: args.text(0, 255),
        zone: args.intOr(1, -47, 48, 0),
        cid: args.intOr(2, 0, 3, 0),
        mode: args.intOr(3, 0, 2, 0),
      };
      return ok();
    },
    exec: (m) => {
      const { cntp } = m.session;
      if (!cntp) return fail(CME.notAllowed);
      return okThen(
        () =>
          void m.after(m.delay("ntp"), () => {
            const failed =
              m.faults.number("ntp-fails") ?? (m.pdp.active(0) && cntp.cid === 0 ? undefined : NTP_NETWORK);
            if (failed !== undefined) return m.out.urc("TCPIP", `+CNTP: ${failed}`);
            m.clock.ntp(cntp.zone);
            m.out.urc("TCPIP", `+CNTP: ${NTP_OK}${cntp.mode > 0 ? `,"${m.clock.text()}"` : ""}`);
          }),
      );
    },
  },
};

// Commands that ask the SIM card (SIM7080 AT V1.07 §3, §5.2.8).

import type { CommandTable } from "../command.js";
import { ok, okThen } from "../outcome.js";
import { restrictedAccess } from "./card-files.js";

export const CARD: CommandTable = {
  "+CPIN": {
    read: (m) => ok(`+CPIN: ${m.card.status()}`),
    takes: "card",
    write: (m, args) => {
      m.card.enter(args.text(0, 8));
      return okThen(() => m.card.unlocked());
    },
  },
  // The bare digits, without a prefix: §5.2.8, and what drivers parse.
  "+CCID": {
    needs: "card",
    takes: "card",
    exec: (m) => {
      const { faults, card } = m;
      return ok(`${faults.has("iccid-prefix") ? "+CCID: " : ""}${card.iccid}${faults.has("iccid-f") ? "F" : ""}`);
    },
  },
  "+CRSM": { needs: "card", takes: "card", write: restrictedAccess },
  "+CIMI": { needs: "card", takes: "card", exec: (m) => ok(m.card.imsi) },
};

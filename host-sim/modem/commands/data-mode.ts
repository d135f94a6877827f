// Commands that enter, resume and end a data call (SIM7080 AT V1.07 §2; Linux PPP note).

import type { CommandTable } from "../command.js";
import type { Machine } from "../machine.js";
import { type Outcome, ok } from "../outcome.js";

const CONNECT = "CONNECT 150000000";
const NO_CARRIER: Outcome = { is: "final", text: "NO CARRIER" };
/** `*99#`, `*99***1#`, and the `*99##` of esp_modem. */
const PACKET_SERVICE = /^\*99(\*\*\*\d{1,2})?#{1,2};?$/;

function connect(begin: () => void): Outcome {
  return { is: "final", text: CONNECT, after: begin };
}

function dial(m: Machine, number: string): Outcome {
  if (!PACKET_SERVICE.test(number.replaceAll('"', "").replace(/^T/i, "").trim())) return NO_CARRIER;
  return m.radio.registered ? connect(() => m.data.enter()) : NO_CARRIER;
}

export const DATA_MODE: CommandTable = {
  D: { needs: "radio", write: (m, args) => dial(m, args.text(0, 64)) },
  O: { exec: (m) => (m.data.resume() ? { is: "final", text: CONNECT } : NO_CARRIER) },
  H: {
    exec: (m) => {
      m.data.hangUp();
      return ok();
    },
  },
};

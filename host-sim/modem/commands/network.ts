// Commands about the cell and the choice of network (SIM7080 AT V1.07 §4, §5.2).

import type { Command, CommandTable } from "../command.js";
import { CME } from "../errors.js";
import type { Network } from "../network.js";
import { fail, later, ok, okThen } from "../outcome.js";
import { shortName } from "../radio.js";
import { CATM_BANDS, NB_BANDS } from "../state.js";

/** The three registration commands differ in name only. n=5 is refused, as in the field. */
function registration(name: string): Command {
  return {
    test: `${name}: (0-2,4)`,
    read: (m) => {
      const n = m.session.reporting[name]!;
      return ok(`${name}: ${n},${m.radio.report(name, n)}`);
    },
    write: (m, args) => {
      args.expect(1);
      const n = args.int(0, 0, 5);
      if (n === 3 || n === 5) return fail(CME.notSupported);
      m.session.reporting[name] = n;
      return ok();
    },
  };
}

/** A saved number that makes the radio look again. */
function choice(name: string, key: "cnmp" | "cmnb", values: readonly number[]): Command {
  return {
    test: `${name}: (${values.join(",")})`,
    read: (m) => ok(`${name}: ${m.settings[key]}`),
    write: (m, args) => {
      const value = args.int(0, 0, 99);
      if (!values.includes(value)) return fail(CME.paramRange);
      m.settings[key] = value;
      return okThen(() => m.radio.review());
    },
  };
}

const BANDS = { "CAT-M": CATM_BANDS, "NB-IOT": NB_BANDS } as const;

export const NETWORK: CommandTable = {
  "+CREG": registration("+CREG"),
  "+CGREG": registration("+CGREG"),
  "+CEREG": registration("+CEREG"),
  "+CNMP": choice("+CNMP", "cnmp", [2, 13, 38, 51]),
  "+CMNB": choice("+CMNB", "cmnb", [1, 2, 3]),
  "+CBANDCFG": {
    test: `+CBANDCFG: ("CAT-M"),(${CATM_BANDS.join(",")})\r\n\r\n+CBANDCFG: ("NB-IOT"),(${NB_BANDS.join(",")})`,
    read: ({ settings: { bands } }) =>
      ok(`+CBANDCFG: "CAT-M",${bands["CAT-M"].join(",")}`, `+CBANDCFG: "NB-IOT",${bands["NB-IOT"].join(",")}`),
    write: (m, args) => {
      const rat = args.text(0, 8).toUpperCase() as keyof typeof BANDS;
      if (!Object.hasOwn(BANDS, rat)) return fail(CME.invalidValue);
      args.expect(2, 20);
      const bands = Array.from({ length: args.count - 1 }, (_, i) => args.int(i + 1, 1, 99));
      if (!bands.every((band) => BANDS[rat].includes(band))) return fail(CME.paramRange);
      m.settings.bands[rat] = bands;
      return okThen(() => m.radio.review());
    },
  },
  "+COPS": {
    test: ({ network, radio }) =>
      later("scan", () => {
        const heard = network.access !== "none";
        const [long, short, numeric] = operatorForms(network);
        const cell = `(${radio.registered ? 2 : 1},"${long}","${short}","${numeric}",${radio.act})`;
        return ok(`+COPS: ${heard ? `${cell},` : ""},(0,1,2,3,4),(0,1,2)`);
      }),
    needs: "card",
    read: ({ radio, network, settings, session: { copsFormat: format } }) => {
      const { mode } = settings.cops;
      const name = operatorForms(network)[format];
      return ok(radio.registered ? `+COPS: ${mode},${format},"${name}",${radio.act}` : `+COPS: ${mode}`);
    },
    // The format holds for COPS? from then on; with mode 3 it is all that changes.
    write: (m, args) => {
      args.expect(1, 4);
      const mode = args.int(0, 0, 4);
      const format = args.intOr(1, 0, 2, m.session.copsFormat);
      const manual = mode === 1 || mode === 4;
      const operator = manual ? args.text(2, 32) : "";
      m.session.copsFormat = format;
      if (mode === 3) return ok();
      m.settings.cops = { mode, operator };
      if (mode === 2) return later("cfun", () => okThen(() => m.radio.end()));
      return later("cfun", () => okThen(() => m.radio.review()));
    },
  },
  "+CSQ": {
    test: "+CSQ: (0-31,99),(0-7,99)",
    exec: ({ radio, network }) => ok(`+CSQ: ${radio.registered ? signal(network.rssi) : 99},99`),
  },
  "+CPSI": {
    read: ({ radio, network, session }) => {
      if (session.cfun !== 1 || !radio.registered)
        return ok(`+CPSI: NO SERVICE,${session.cfun === 1 ? "Online" : "LPM"}`);
      const rat = radio.rat === "LTE-M" ? "LTE CAT-M1" : "LTE NB-IOT";
      const tac = network.tac.toString(16).toUpperCase();
      const { plmn, cellId, rsrq, rsrp, rssi } = network;
      if (radio.rat === "GSM") {
        return ok(`+CPSI: GSM,Online,${plmn},0x${tac},${cellId & 0xffff},512 DCS 1800,${rssi},0,32-32`);
      }
      const band = network.bands.at(-1);
      return ok(
        `+CPSI: ${rat},Online,${plmn},0x${tac},${cellId},147,EUTRAN-BAND${band},6300,3,3,${rsrq},${rsrp},${rssi},7`,
      );
    },
  },
  "+CNSMOD": {
    test: "+CNSMOD: (0,1)",
    read: ({ radio, session }) => ok(`+CNSMOD: ${session.modeReports ? 1 : 0},${radio.mode}`),
    write: (m, args) => {
      m.session.modeReports = args.int(0, 0, 1) === 1;
      return ok();
    },
  },
};

/** An operator's name as the formats 0, 1 and 2 of AT+COPS write it. */
function operatorForms({ operator, plmn }: Network): readonly string[] {
  return [operator, shortName(operator), plmn.replace("-", "")];
}

/** Signal strength as AT+CSQ tells it: 0 is -115 dBm, 1 is -111, 2 to 30 are -110 to -54, 31 is more. */
function signal(dbm: number): number {
  if (dbm <= -115) return 0;
  if (dbm <= -111) return 1;
  return dbm >= -52 ? 31 : Math.min(30, Math.round((dbm + 114) / 2));
}

// Commands for short messages (SIM7080 AT V1.07 §4, §3.2.5; 3GPP TS 27.005).

import type { CommandTable } from "../command.js";
import { CME, CMS, CmsError } from "../errors.js";
import type { Machine, Message, MessageStatus } from "../machine.js";
import { fail, later, type Outcome, ok } from "../outcome.js";
import type { Args } from "../parse.js";
import { SMS_PLACES } from "../sms.js";
import { NUMBER, readSubmit, typeOfNumber, type UserData, userData } from "../tpdu.js";

/** In the order of their numbers in PDU mode; behind them "ALL". */
const STATUSES: readonly MessageStatus[] = ["REC UNREAD", "REC READ", "STO UNSENT", "STO SENT"];
const ALL = 4;
/** Longest message that is typed, in characters: a PDU in hexadecimal. */
const TEXT_LIMIT = 700;
/** Data coding scheme of UCS2, as AT+CSMP may ask for. */
const UCS2 = 8;
const CHARSETS = ["IRA", "GSM", "UCS2"];

/** AT+CMGD's delflags 1 to 4. */
const DELETES: readonly (readonly MessageStatus[])[] = [
  [],
  ["REC READ"],
  ["REC READ", "STO SENT"],
  ["REC READ", "STO SENT", "STO UNSENT"],
  STATUSES,
];

const place = (args: Args) => args.int(0, 0, SMS_PLACES - 1);

/** `AT+CMGR=<index>[,<mode>]` */
function readMessage(m: Machine, args: Args): Outcome {
  const index = place(args);
  const message = m.sms.get(index);
  if (!message) throw new CmsError(CMS.invalidIndex);
  const line = shown(m, message, "read");
  if (args.intOr(1, 0, 1, 0) === 0) m.sms.read(index);
  return ok(`+CMGR: ${line}`);
}

/** `AT+CMGL[=<stat>[,<mode>]]`: a name in text mode, a number in PDU mode. */
function listMessages(m: Machine, args: Args): Outcome {
  const wanted = m.session.textMode ? args.textOr(0, 12, "REC UNREAD") : args.intOr(0, 0, ALL, 0);
  const number =
    typeof wanted === "number" ? wanted : wanted === "ALL" ? ALL : STATUSES.indexOf(wanted as MessageStatus);
  if (number < 0) throw new CmsError(CMS.invalidParameter);
  const found = m.sms.list().filter(([, { status }]) => number === ALL || status === STATUSES[number]);
  const lines = found.map(([index, message]) => `+CMGL: ${index},${shown(m, message, "list")}`);
  if (args.intOr(1, 0, 1, 0) === 0) for (const [index] of found) m.sms.read(index);
  return ok(...lines);
}

function shown(m: Machine, message: Message, form: "list" | "read"): string {
  if (m.session.textMode) return `${m.sms.headOf(message, m.session.smsDetails, form)}\r\n${m.sms.bodyOf(message)}`;
  const { pdu, length } = m.sms.pduOf(message);
  return `${STATUSES.indexOf(message.status)},,${length}\r\n${pdu}`;
}

/** What AT+CMGS and AT+CMGW take: a number and its text, or a length and a PDU. */
interface Typed {
  to: string;
  data: UserData;
}

/** Asks for the message, ended by Ctrl-Z; ESC gives it up. */
function ask(m: Machine, args: Args, then: (typed: Typed) => Outcome): Outcome {
  const finish = (typed: Typed | undefined): Outcome => {
    if (!typed) throw new CmsError(CMS.invalidParameter);
    return then(typed);
  };
  if (!m.session.textMode) {
    const length = args.int(0, 1, 164);
    return prompt((text) => finish(readSubmit(text.trim(), length)));
  }
  const to = decoded(m, args.textOr(0, 84, ""));
  if (to === undefined || (to !== "" && !NUMBER.test(to))) throw new CmsError(CMS.invalidParameter);
  return prompt((text) => {
    const plain = decoded(m, text);
    const data = plain === undefined ? undefined : userData(plain, m.session.csmp[3] === UCS2);
    if (!data) throw new CmsError(plain === undefined ? CMS.invalidParameter : CMS.length);
    return finish({ to, data });
  });
}

function prompt(take: (text: string) => Outcome): Outcome {
  return later("prompt", () => ({
    is: "text",
    limit: TEXT_LIMIT,
    take: (text) => (text === undefined ? ok() : take(text)),
  }));
}

/** What was typed under AT+CSCS; undefined: no UCS2. */
function decoded(m: Machine, text: string): string | undefined {
  if (m.session.charset !== "UCS2") return text;
  if (!/^([0-9A-Fa-f]{4})*$/.test(text)) return undefined;
  return text.replace(/.{4}/g, (code) => String.fromCharCode(Number.parseInt(code, 16)));
}

function sendMessage(m: Machine, args: Args): Outcome {
  if (m.session.textMode && !args.has(0)) throw new CmsError(CMS.invalidParameter);
  return ask(m, args, ({ to, data }) => {
    if (!m.radio.registered) throw new CmsError(CMS.noNetwork);
    return later("smsSend", () => {
      if (!m.radio.registered || m.faults.strikes("sms-fails")) throw new CmsError(CMS.unknown);
      return ok(`+CMGS: ${m.sms.send(to, data)}`);
    });
  });
}

function writeMessage(m: Machine, args: Args): Outcome {
  return ask(m, args, ({ to, data }) =>
    ok(`+CMGW: ${m.sms.store({ status: "STO UNSENT", number: to, at: "", data })}`),
  );
}

/** `AT+CMSS=<index>`: sends what AT+CMGW stored. */
function sendStored(m: Machine, args: Args): Outcome {
  const message = m.sms.get(place(args));
  if (!message?.status.startsWith("STO")) throw new CmsError(CMS.invalidIndex);
  const to = args.textOr(1, 21, message.number);
  if (!NUMBER.test(to)) throw new CmsError(CMS.invalidParameter);
  if (!m.radio.registered) throw new CmsError(CMS.noNetwork);
  return later("smsSend", () => {
    message.status = "STO SENT";
    return ok(`+CMSS: ${m.sms.send(to, message.data)}`);
  });
}

const counts = (m: Machine) => `${m.sms.used},${SMS_PLACES}`;

export const SMS: CommandTable = {
  "+CMGF": {
    test: "+CMGF: (0-1)",
    read: (m) => ok(`+CMGF: ${m.session.textMode ? 1 : 0}`),
    write: (m, args) => {
      m.session.textMode = args.intOr(0, 0, 1, 0) === 1;
      return ok();
    },
  },
  "+CSCS": {
    test: '+CSCS: ("IRA","GSM","UCS2")',
    read: (m) => ok(`+CSCS: "${m.session.charset}"`),
    write: (m, args) => {
      const charset = args.text(0, 8);
      if (!CHARSETS.includes(charset)) return fail(CME.invalidValue);
      m.session.charset = charset;
      return ok();
    },
  },
  "+CNMI": {
    needs: "card",
    test: "+CNMI: (0,1,2),(0,1,2,3),(0,2),(0,1,2),(0,1)",
    read: ({ session: { cnmi } }) => ok(`+CNMI: ${cnmi.mode},${cnmi.mt},${cnmi.bm},${cnmi.ds},${cnmi.bfr}`),
    write: (m, args) => {
      const { cnmi } = m.session;
      const mode = args.int(0, 0, 2);
      const mt = args.intOr(1, 0, 3, cnmi.mt);
      const bm = args.intOr(2, 0, 2, cnmi.bm);
      const ds = args.intOr(3, 0, 2, cnmi.ds);
      // The note under §4.2.8.
      if (bm === 1) throw new CmsError(CMS.notSupported);
      if ((mt >= 2 || ds === 1) && mode !== 1) throw new CmsError(CMS.notSupported);
      m.session.cnmi = { mode, mt, bm, ds, bfr: args.intOr(4, 0, 1, cnmi.bfr) };
      return ok();
    },
  },
  "+CPMS": {
    needs: "card",
    test: '+CPMS: ("SM"),("SM"),("SM")',
    read: (m) => ok(`+CPMS: "SM",${counts(m)},"SM",${counts(m)},"SM",${counts(m)}`),
    write: (m, args) => {
      args.expect(1, 3);
      for (let i = 0; i < args.count; i++) if (args.text(i, 2) !== "SM") return fail(CME.notAllowed);
      return ok(`+CPMS: ${counts(m)},${counts(m)},${counts(m)}`);
    },
  },
  "+CSCA": {
    needs: "card",
    read: ({ settings: { sms } }) => ok(`+CSCA: "${sms.centre}",${typeOfNumber(sms.centre)}`),
    write: (m, args) => {
      const centre = args.text(0, 21);
      if (!NUMBER.test(centre)) return fail(CME.invalidValue);
      m.settings.sms.centre = centre;
      return ok();
    },
  },
  "+CSMP": {
    read: ({ session: { csmp } }) => ok(`+CSMP: ${csmp.join(",")}`),
    write: (m, args) => {
      args.expect(1, 4);
      m.session.csmp = m.session.csmp.map((value, i) => args.intOr(i, 0, 255, value));
      return ok();
    },
  },
  "+CSDH": {
    test: "+CSDH: (0-1)",
    read: (m) => ok(`+CSDH: ${m.session.smsDetails ? 1 : 0}`),
    exec: () => ok(),
    write: (m, args) => {
      m.session.smsDetails = args.int(0, 0, 1) === 1;
      return ok();
    },
  },
  "+CSMS": {
    test: "+CSMS: (0-1)",
    read: (m) => ok(`+CSMS: ${m.session.csms},1,1,1`),
    write: (m, args) => {
      m.session.csms = args.int(0, 0, 1);
      return ok("+CSMS: 1,1,1");
    },
  },
  "+CMGS": { needs: "radio", write: sendMessage },
  "+CMGW": { needs: "card", write: writeMessage, exec: writeMessage },
  "+CMSS": { needs: "radio", write: sendStored },
  "+CMGR": { needs: "card", takes: "card", write: readMessage },
  "+CMGL": {
    needs: "card",
    takes: "card",
    test: (m) =>
      ok(m.session.textMode ? '+CMGL: ("REC UNREAD","REC READ","STO UNSENT","STO SENT","ALL")' : "+CMGL: (0-4)"),
    write: listMessages,
    exec: listMessages,
  },
  "+CMGD": {
    needs: "card",
    takes: "card",
    test: (m) => ok(`+CMGD: (${m.sms.list().map(([index]) => index)}),(0-4)`),
    write: (m, args) => {
      const flag = args.intOr(1, 0, 4, 0);
      if (flag > 0) m.sms.removeAll(DELETES[flag]!);
      else m.sms.remove(place(args));
      return ok();
    },
  },
  "+CNUM": { needs: "card", exec: (m) => ok(`+CNUM: "","${m.card.msisdn}",${typeOfNumber(m.card.msisdn)}`) },
};

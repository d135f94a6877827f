// Commands of the module's own FTP, downloads alone (SIM7080 AT V1.07 §15).

import { ascii } from "../ascii.js";
import type { Command, CommandTable } from "../command.js";
import { CME } from "../errors.js";
import type { Machine } from "../machine.js";
import { fail, type Outcome, ok, okThen } from "../outcome.js";
import type { Args } from "../parse.js";
import type { FtpSettings } from "../state.js";

/** Most bytes of a read (§15.2.14). */
const READ_LIMIT = 1460;

type Key = keyof FtpSettings;

/** A text that is kept and told, of at most so many characters. A line end in it would be a command to the server. */
function text(key: Key, most: number, test = String(most)): Command {
  return {
    test: `+${key}: ${test}`,
    read: ({ session }) => ok(`+${key}: "${session.ftp[key]}"`),
    write: (m, args) => {
      args.expect(1);
      const value = args.text(0, most);
      if (/[\x00-\x1f\x7f]/.test(value)) return fail(CME.invalidValue);
      m.session.ftp[key] = value;
      return ok();
    },
  };
}

function number(key: Key, least: number, most: number): Command {
  return {
    test: `+${key}: (${least}-${most})`,
    read: ({ session }) => ok(`+${key}: ${session.ftp[key]}`),
    write: (m, args) => {
      args.expect(1);
      m.session.ftp[key] = String(args.int(0, least, most));
      return ok();
    },
  };
}

/** `AT+FTPGET=1` begins, and `+FTPGET: 1,1` tells that bytes wait; `AT+FTPGET=2,<count>` takes some. */
function get(m: Machine, args: Args): Outcome {
  if (args.int(0, 1, 2) === 1) {
    args.expect(1);
    const { FTPSERV: server, FTPGETNAME: name, FTPMODE: mode } = m.session.ftp;
    // Active mode: the server would call back.
    if (m.ftp.busy || server === "" || name === "" || mode !== "1") return fail(CME.notAllowed);
    return okThen(() => m.ftp.get());
  }
  args.expect(2);
  const bytes = m.ftp.read(args.int(1, 1, READ_LIMIT));
  const head = `+FTPGET: 2,${bytes.length}`;
  if (bytes.length === 0) return ok(head);
  return okThen(() => m.ftp.told(), ascii(`\r\n${m.out.head(head)}\r\n`), bytes);
}

export const FTP: CommandTable = {
  "+FTPCID": number("FTPCID", 0, 3),
  "+FTPPORT": number("FTPPORT", 1, 65_535),
  "+FTPMODE": number("FTPMODE", 0, 1),
  "+FTPTYPE": {
    ...text("FTPTYPE", 1, '("A","I")'),
    write: (m, args) => {
      args.expect(1);
      const type = args.text(0, 1).toUpperCase();
      if (type !== "A" && type !== "I") return fail(CME.invalidValue);
      m.session.ftp.FTPTYPE = type;
      return ok();
    },
  },
  "+FTPSERV": text("FTPSERV", 49, "(0-49)"),
  "+FTPUN": text("FTPUN", 49),
  "+FTPPW": text("FTPPW", 49),
  "+FTPGETNAME": text("FTPGETNAME", 64),
  "+FTPGETPATH": text("FTPGETPATH", 255),
  "+FTPGET": { test: `+FTPGET: (1,2),(1-${READ_LIMIT})`, write: get },
  "+FTPSTATE": { test: "+FTPSTATE: (0,1)", exec: (m) => ok(`+FTPSTATE: ${m.ftp.busy ? 1 : 0}`) },
  "+FTPQUIT": { exec: (m) => (m.ftp.busy ? okThen(() => m.ftp.quit()) : fail(CME.notAllowed)) },
};

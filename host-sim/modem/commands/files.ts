// Commands of the file system (SIM7080 AT V1.07 §9).

import type { CommandTable } from "../command.js";
import { CME, CommandError } from "../errors.js";
import { DIRECTORIES } from "../files.js";
import type { Machine } from "../machine.js";
import { later, type Outcome, ok } from "../outcome.js";
import type { Args } from "../parse.js";

const NAME_LENGTH = 230;
const FILE_LIMIT = 10_240;

const directory = (args: Args) => args.int(0, 0, DIRECTORIES.length - 1);

function name(args: Args, index = 1): string {
  const text = args.text(index, NAME_LENGTH);
  if (text === "" || text.includes("/")) throw new CommandError(CME.invalidValue);
  return text;
}

/** Reading and writing go through a buffer that AT+CFSINIT asks for. */
function demandBuffer(m: Machine): void {
  if (!m.session.fileBuffer) throw new CommandError(CME.notAllowed);
}

function existing(m: Machine, args: Args): Uint8Array {
  const bytes = m.settings.files.get(directory(args), name(args));
  if (!bytes) throw new CommandError(CME.notFound);
  return bytes;
}

/** `AT+CFSWFILE=<index>,<name>,<mode>,<size>,<ms>`: DOWNLOAD, then so many bytes. */
function write(m: Machine, args: Args): Outcome {
  demandBuffer(m);
  args.expect(5);
  const [at, called] = [directory(args), name(args)];
  const append = args.int(2, 0, 1) === 1;
  const count = args.int(3, 1, FILE_LIMIT);
  const withinMs = args.int(4, 100, 10_000);
  return later("prompt", () => ({
    is: "prompt",
    prompt: "\r\nDOWNLOAD\r\n",
    count,
    withinMs,
    take: (body) => {
      if (!body) throw new CommandError(CME.failed);
      m.settings.files.put(at, called, body, append);
      return ok();
    },
  }));
}

/** `AT+CFSRFILE=<index>,<name>,<mode>,<size>,<position>`: the length, then the bytes. */
function read(m: Machine, args: Args): Outcome {
  demandBuffer(m);
  args.expect(5);
  const bytes = existing(m, args);
  const from = args.int(2, 0, 1) === 1 ? args.int(4, 0, 1e9) : 0;
  const part = bytes.subarray(from, from + args.int(3, 1, FILE_LIMIT));
  const head = `\r\n+CFSRFILE: ${part.length}\r\n`;
  const block = new Uint8Array(head.length + part.length);
  for (let i = 0; i < head.length; i++) block[i] = head.charCodeAt(i);
  block.set(part, head.length);
  return ok(block);
}

export const FILES: CommandTable = {
  "+CFSINIT": {
    exec: (m) => {
      if (m.session.fileBuffer) throw new CommandError(CME.notAllowed);
      m.session.fileBuffer = true;
      return ok();
    },
  },
  "+CFSTERM": {
    exec: (m) => {
      demandBuffer(m);
      m.session.fileBuffer = false;
      return ok();
    },
  },
  "+CFSWFILE": { test: `+CFSWFILE: (0-3),${NAME_LENGTH},(0-1),(1-${FILE_LIMIT}),(100-10000)`, write },
  "+CFSRFILE": { test: `+CFSRFILE: (0-3),${NAME_LENGTH},(0-1),(1-${FILE_LIMIT}),(0-filesize)`, write: read },
  "+CFSDFILE": {
    test: `+CFSDFILE: (0-3),${NAME_LENGTH}`,
    write: (m, args) => {
      demandBuffer(m);
      if (!m.settings.files.remove(directory(args), name(args))) throw new CommandError(CME.notFound);
      return ok();
    },
  },
  "+CFSGFIS": {
    test: `+CFSGFIS: (0-3),${NAME_LENGTH}`,
    write: (m, args) => {
      demandBuffer(m);
      return ok(`+CFSGFIS: ${existing(m, args).length}`);
    },
  },
  "+CFSREN": {
    test: `+CFSREN: (0-3),${NAME_LENGTH},${NAME_LENGTH}`,
    write: (m, args) => {
      demandBuffer(m);
      const bytes = existing(m, args);
      const renamed = name(args, 2);
      m.settings.files.remove(directory(args), name(args));
      m.settings.files.put(directory(args), renamed, bytes);
      return ok();
    },
  },
  "+CFSGFRS": { read: (m) => ok(`+CFSGFRS: ${m.settings.files.free}`) },
};

// Commands of the module's own HTTP client (SIM7080 AT V1.07 §13).

import type { Command, CommandTable, Handler } from "../command.js";
import { CME, CommandError } from "../errors.js";
import { DIRECTORIES } from "../files.js";
import { HTTP_RESULT, splitUrl } from "../http.js";
import type { Machine } from "../machine.js";
import { fail, later, type Outcome, ok, okThen } from "../outcome.js";
import type { Args } from "../parse.js";
import { waitFor } from "../waiting.js";

/** By the manual's prose; its test command says 512 (§13.2.1). */
const URL_LIMIT = 64;
const PATH_LIMIT = 512;
const PARAMETER_LIMIT = 64;
const HEADERS_LIMIT = 350;
const FILE_NAME = 20;
const BODY_LIMIT = 4096;
/** The most in one `+SHREAD:` (§13.2.11). */
const READ_PART = 2048;
const READ_LIMIT = 307_200;
const METHODS = ["", "GET", "PUT", "POST", "PATCH", "HEAD"] as const;

type Settings = Machine["session"]["http"];

/** Numbers of AT+SHCONF, least and most (§13.2.1). */
const NUMBERS: Readonly<Record<string, readonly [key: keyof Settings["numbers"], least: number, most: number]>> = {
  TIMEOUT: ["timeout", 30, 1800],
  BODYLEN: ["bodyLength", 0, BODY_LIMIT],
  HEADERLEN: ["headerLength", 0, HEADERS_LIMIT],
  POLLCNT: ["pollCount", 1, 100],
  POLLINTMS: ["pollMs", 500, 5000],
  IPVER: ["ipVersion", 0, 1],
};

function configure(m: Machine, args: Args): Outcome {
  const { http } = m.session;
  const key = args.text(0, 16).trim().toUpperCase();
  args.expect(2);
  if (key === "URL") {
    const url = args.text(1, URL_LIMIT);
    if (!splitUrl(url)) return fail(CME.invalidValue);
    http.url = url;
    return ok();
  }
  const entry = Object.hasOwn(NUMBERS, key) ? NUMBERS[key]! : undefined;
  if (!entry) return fail(CME.invalidValue);
  http.numbers[entry[0]] = args.int(1, entry[1], entry[2]);
  return ok();
}

/** Whatever needs a connection: `operation not allowed` without one. */
function connected(handler: Handler): Handler {
  return (m, args) => (m.http.connected ? handler(m, args) : fail(CME.notAllowed));
}

/** A list of pairs, added to one by one and cleared as a whole. */
function pairs(name: string, key: "headers" | "parameters", add: Handler): Record<string, Command> {
  const test = key === "headers" ? `+${name}: 0,0` : `+${name}: ${PARAMETER_LIMIT},${PARAMETER_LIMIT}`;
  const clear = key === "headers" ? "+SHCHEAD" : "+SHCPARA";
  return {
    [`+${name}`]: {
      test,
      read: (m) => ok(...m.session.http[key].map(([type, value]) => `+${name}: "${type}","${value}"`)),
      write: connected(add),
    },
    [clear]: {
      exec: connected((m) => {
        m.session.http[key] = [];
        return ok();
      }),
    },
  };
}

function addHeader(m: Machine, args: Args): Outcome {
  const { http } = m.session;
  args.expect(2);
  const header = [args.text(0, HEADERS_LIMIT), args.text(1, HEADERS_LIMIT)] as const;
  const all = [...http.headers, header];
  if (all.reduce((sum, [type, value]) => sum + type.length + value.length, 0) > http.numbers.headerLength) {
    return fail(CME.paramRange);
  }
  http.headers = all;
  return ok();
}

function addParameter(m: Machine, args: Args): Outcome {
  args.expect(2);
  const added = [args.text(0, PARAMETER_LIMIT), args.text(1, PARAMETER_LIMIT)] as const;
  m.session.http.parameters = [...m.session.http.parameters, added];
  return ok();
}

/** `AT+SHBOD=<length>,<ms>`: `>`, then the body. The older `AT+SHBOD="body",<length>` is taken too. */
function setBody(m: Machine, args: Args): Outcome {
  const { http } = m.session;
  args.expect(2);
  if (args.quoted(0)) {
    const text = args.text(0, http.numbers.bodyLength);
    if (args.int(1, 0, http.numbers.bodyLength) !== text.length) return fail(CME.invalidValue);
    http.body = Uint8Array.from(text, (char) => char.charCodeAt(0));
    return ok();
  }
  const count = args.int(0, 1, http.numbers.bodyLength);
  const withinMs = args.int(1, 100, 10_000);
  return later("prompt", () => ({
    is: "prompt",
    count,
    withinMs,
    take: (body) => {
      if (!body) throw new CommandError(CME.failed);
      http.body = body;
      return ok();
    },
  }));
}

/** `AT+SHREQ=<path>,<type>`: OK, then `+SHREQ: "<method>",<status>,<length>`. */
function request(m: Machine, args: Args): Outcome {
  const { http } = m.session;
  args.expect(2);
  const given = args.text(0, PATH_LIMIT);
  const type = args.int(1, 1, 5);
  const method = METHODS[type]!;
  const path = given.startsWith("/") ? given : (splitUrl(given)?.path ?? `/${given}`);
  const form = http.parameters
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
    .join("&");
  const sends = type >= 2 && type <= 4;
  const body = sends ? (http.body ?? Uint8Array.from(form, (char) => char.charCodeAt(0))) : undefined;
  const query = !sends && form !== "" ? `${path.includes("?") ? "&" : "?"}${form}` : "";
  http.request = `"${given}",${type}`;
  return okThen(() =>
    m.http.request({ method, path: path + query, headers: http.headers, body }, (result) => {
      const status = result?.status ?? HTTP_RESULT.noPdu;
      m.out.urc("TCPIP", `+SHREQ: "${method}",${status},${result?.body.length ?? 0}`);
    }),
  );
}

/** `AT+SHREAD=<from>,<count>`: OK, then the bytes in parts of at most 2048. */
function read(m: Machine, args: Args): Outcome {
  args.expect(2);
  const from = args.int(0, 0, READ_LIMIT);
  const count = args.int(1, 1, READ_LIMIT);
  const body = m.http.result?.body;
  if (!body || from + count > body.length) return fail(CME.notAllowed);
  return okThen(() => tellParts(m, body.subarray(from, from + count), "+SHREAD"));
}

function tellParts(m: Machine, bytes: Uint8Array, name: string): void {
  for (let at = 0; at < bytes.length; at += READ_PART) {
    const part = bytes.slice(at, at + READ_PART);
    m.out.raw(Uint8Array.from(`\r\n${name}: ${part.length}\r\n`, (char) => char.charCodeAt(0)));
    m.out.raw(part);
    m.out.raw(Uint8Array.of(13, 10));
  }
}

/** `AT+HTTPTOFS=<url>,<path>`: OK, then `+HTTPTOFS: <status>,<length>`, and the file is there. */
function download(m: Machine, args: Args): Outcome {
  args.expect(2, 4);
  const url = args.text(0, 1023);
  const path = args.text(1, 127);
  const directory = DIRECTORIES.findIndex((name) => path.startsWith(name));
  if (!splitUrl(url) || directory < 0) return fail(CME.invalidValue);
  return okThen(() =>
    m.http.download(url, (result) => {
      const status = result?.status ?? HTTP_RESULT.network;
      const body = result?.body ?? new Uint8Array(0);
      if (status === 200) m.settings.files.put(directory, path.slice(DIRECTORIES[directory]!.length), body);
      m.out.urc("TCPIP", `+HTTPTOFS: ${status},${body.length}`);
    }),
  );
}

export const HTTP: CommandTable = {
  "+SHCONF": {
    test:
      `+SHCONF: "URL",${PATH_LIMIT}\r\n` +
      Object.entries(NUMBERS)
        .map(([key, [, least, most]]) => `+SHCONF: "${key}",(${least}-${most})`)
        .join("\r\n"),
    read: ({ session: { http } }) =>
      ok(
        [
          "+SHCONF:",
          `URL: ${http.url}`,
          ...Object.entries(NUMBERS).map(([key, [field]]) => `${key}: ${http.numbers[field]}`),
        ].join("\r\n"),
      ),
    write: (m, args) => (m.http.connected ? fail(CME.notAllowed) : configure(m, args)),
  },
  "+SHSSL": {
    test: `+SHSSL: (0-5),${FILE_NAME},${FILE_NAME}`,
    read: ({ session: { http } }) => ok(`+SHSSL: ${http.tls.context},"${http.tls.roots}","${http.tls.certificate}"`),
    write: (m, args) => {
      const context = args.int(0, 0, 5);
      const [roots, certificate] = [args.textOr(1, FILE_NAME, ""), args.textOr(2, FILE_NAME, "")];
      m.session.http.tls = { context, roots, certificate };
      return ok();
    },
  },
  "+SHCONN": {
    needs: "radio",
    exec: (m) => {
      const { url, numbers } = m.session.http;
      // URL, BODYLEN and HEADERLEN must have been set.
      if (m.http.connected || url === "" || numbers.bodyLength === 0 || numbers.headerLength === 0) {
        return fail(CME.notAllowed);
      }
      return waitFor(m, (finish) => m.http.connect((open) => finish(open ? ok() : fail(CME.notAllowed))));
    },
  },
  "+SHBOD": {
    test: "+SHBOD: (0-0),(100-10000)",
    read: ({ session: { http } }) => {
      const text = String.fromCharCode(...(http.body ?? []));
      return ok(`+SHBOD: "${text}",${text.length}`);
    },
    write: connected(setBody),
  },
  ...pairs("SHAHEAD", "headers", addHeader),
  ...pairs("SHPARA", "parameters", addParameter),
  "+SHSTATE": { read: (m) => ok(`+SHSTATE: ${m.http.connected ? 1 : 0}`) },
  "+SHREQ": {
    test: `+SHREQ: ${PATH_LIMIT},(1-5)`,
    read: ({ session: { http } }) => ok(`+SHREQ: ${http.request}`),
    write: connected(request),
  },
  "+SHREAD": { test: `+SHREAD: (0-${READ_LIMIT}),(1-${READ_LIMIT})`, write: read },
  "+SHRHEAD": {
    exec: (m) => {
      const head = m.http.result?.head;
      if (head === undefined) return fail(CME.notAllowed);
      return okThen(() =>
        tellParts(
          m,
          Uint8Array.from(head, (char) => char.charCodeAt(0)),
          "+SHRHEAD",
        ),
      );
    },
  },
  "+SHDISC": {
    exec: (m) => {
      if (!m.http.connected) return fail(CME.notAllowed);
      m.http.disconnect();
      return ok();
    },
  },
  "+HTTPTOFS": { needs: "radio", test: "+HTTPTOFS: (1-1023),(1-127)", write: download },
};

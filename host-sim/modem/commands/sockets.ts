// TCP commands (SIM7080 AT V1.07 §12): CAOPEN, CASEND, CARECV, CACLOSE and their kin.

import { ascii } from "../ascii.js";
import type { CommandTable } from "../command.js";
import { CME, CommandError } from "../errors.js";
import type { Machine } from "../machine.js";
import { later, type Outcome, ok, okThen } from "../outcome.js";
import type { Args } from "../parse.js";
import type { Socket } from "../socket.js";
import { OPEN, SEND_ROOM, SOCKET_COUNT, TRANSFER_LIMIT, UNACKED_LIMIT } from "../sockets.js";
import type { Session } from "../state.js";
import { tlsFor } from "../tls.js";
import { waitFor } from "../waiting.js";

const HOST_LENGTH = 64;
const INPUT_MS = 5000;

function cidOf(args: Args): number {
  return args.int(0, 0, SOCKET_COUNT - 1);
}

function socketOf(machine: Machine, args: Args): Socket {
  const socket = machine.sockets.get(cidOf(args));
  if (!socket || socket.state === "opening" || socket.state === "listening") throw new CommandError(CME.notAllowed);
  return socket;
}

/** `AT+CAOPEN=<cid>,<pdp>,"TCP","<host>",<port>[,<recv_mode>]`. The result line stands before OK, or after with ASYNCOPEN. */
function open(m: Machine, args: Args): Outcome {
  args.expect(5, 6);
  const cid = cidOf(args);
  const pdp = args.int(1, 0, 4);
  const type = args.text(2, 8).toUpperCase();
  const host = args.text(3, HOST_LENGTH);
  const port = args.int(4, 1, 65535);
  const push = args.intOr(5, 0, 1, 0) === 1;
  if (m.sockets.get(cid) || host === "") throw new CommandError(CME.notAllowed);
  const secured = m.session.ssl.get(cid);
  if ((type !== "TCP" && type !== "UDP") || (secured?.on && type === "UDP")) {
    return ok(`+CAOPEN: ${cid},${OPEN.notSupported}`);
  }
  const tls = secured?.on ? tlsFor(m, secured) : undefined;
  if (typeof tls === "number") return ok(`+CAOPEN: ${cid},${tls}`);
  const way = { pdp, host, port, push, type, tls } as const;
  if (m.session.asyncOpen) {
    const done = (result: number) => m.out.urc("TCPIP", `+CAOPEN: ${cid},${result}`);
    return okThen(() => m.sockets.open(cid, { ...way, done }));
  }
  return waitFor(m, (finish) => {
    const done = (result: number) => finish(ok(`+CAOPEN: ${cid},${result}`));
    m.sockets.open(cid, { ...way, done });
  });
}

/** `AT+CASEND=<cid>` tells the room; with a length it prompts for that many raw bytes. OK: they are in the buffer. */
function send(m: Machine, args: Args): Outcome {
  args.expect(1, 3);
  const socket = socketOf(m, args);
  if (args.count === 1) return ok(`+CASEND: ${room(m, socket)}`);
  const count = args.int(1, 1, TRANSFER_LIMIT);
  const withinMs = args.intOr(2, 100, 10_000, INPUT_MS);
  if (socket.state !== "connected") throw new CommandError(CME.notAllowed);
  if (m.faults.strikes("casend-refused")) throw new CommandError(CME.invalidValue);
  const deliver = (body: Uint8Array | undefined): Outcome => {
    if (!body || m.faults.strikes("casend-error")) throw new CommandError(CME.failed);
    if (socket.state !== "connected" || !m.sockets.send(socket, body)) throw new CommandError(CME.failed);
    return ok();
  };
  return later("prompt", () => ({
    is: "prompt",
    count,
    withinMs,
    take: (body) => later("sent", () => deliver(body)),
  }));
}

function room(m: Machine, socket: Socket): number {
  const free = Math.max(0, Math.min(SEND_ROOM, UNACKED_LIMIT - socket.unacked));
  return Math.min(free, m.faults.number("casend-room") ?? free);
}

/** `AT+CARECV=<cid>,<max>`: length, comma, exactly that many bytes, and no cid. Empty: `+CARECV: 0`, or OK alone. */
function receive(m: Machine, args: Args): Outcome {
  args.expect(2);
  const socket = socketOf(m, args);
  const wanted = args.int(1, 1, TRANSFER_LIMIT);
  const bytes = m.sockets.take(socket, Math.min(wanted, m.faults.number("carecv-max") ?? wanted));
  if (!bytes) return m.faults.has("carecv-empty-ok") ? ok() : ok("+CARECV: 0");
  const head = ascii(
    `\r\n${m.out.head(`+CARECV: ${bytes.length},${m.session.remoteShown ? m.sockets.remote(socket) : ""}`)}`,
  );
  const tail = m.faults.has("carecv-two-crlf") ? 2 : 0;
  const block = new Uint8Array(head.length + bytes.length + tail);
  block.set(head);
  block.set(bytes, head.length);
  if (tail > 0) block.set(ascii("\r\n"), head.length + bytes.length);
  return ok(block);
}

/** How AT+CASTATE? writes a state. */
const STATES: Record<Socket["state"], number> = { opening: 0, closed: 0, connected: 1, listening: 2 };

/** CACFG values, which are checked, kept and told: least and most of each number (§12.2.10). */
const CACFG: Record<string, readonly (readonly [number, number])[]> = {
  TRANSWAITTM: [[0, 20]],
  TRANSPKTSIZE: [[1, 1460]],
  SACK: [[0, 1]],
  MSS: [[512, 1420]],
  ACKDELAY: [[0, 5000]],
  TCPIRT: [[200, 120_000]],
  MAXRXT: [[1, 16]],
  TCPOT: [[200, 120_000]],
  KEEPALIVE: [
    [0, 1],
    [30, 86_400],
    [30, 86_400],
    [1, 100],
  ],
  TCP_NODELAY: [[0, 1]],
  LINGER: [[0, 120_000]],
  SNDBUF: [[5840, 29_200]],
  RCVBUF: [[5840, 29_200]],
  ATOCLOSE: [
    [0, 1],
    [0, 120],
  ],
  ACCEPTNUM: [[1, 7]],
  TIMEOUT: [
    [0, 12],
    [1, 60_000],
  ],
  ASYNCOPEN: [[0, 1]],
};

/** CACFG values that change something here. */
const APPLIES: Readonly<Record<string, (session: Session, values: readonly number[]) => void>> = {
  ASYNCOPEN: (session, [on]) => {
    session.asyncOpen = on === 1;
  },
  RCVBUF: (session, [bytes]) => {
    session.receiveBuffer = bytes!;
  },
  ATOCLOSE: (session, [on, seconds]) => {
    session.autoCloseS = on === 1 ? (seconds ?? 0) : undefined;
  },
};

function configure(m: Machine, args: Args): Outcome {
  const name = args.text(0, 16).toUpperCase();
  const ranges = Object.hasOwn(CACFG, name) ? CACFG[name]! : undefined;
  if (!ranges) throw new CommandError(CME.invalidValue);
  args.expect(2, ranges.length + 1);
  const values = Array.from({ length: args.count - 1 }, (_, i) => args.int(i + 1, ...ranges[i]!));
  m.session.cacfg.set(name, values.join(","));
  APPLIES[name]?.(m.session, values);
  return ok();
}

/** `AT+CASERVER=<cid>,<pdp>,<type>,<port>[,<recv_mode>]` */
function listen(m: Machine, args: Args): Outcome {
  args.expect(4, 5);
  const cid = cidOf(args);
  const pdp = args.int(1, 0, 4);
  const type = args.text(2, 8).toUpperCase();
  const port = args.int(3, 1, 65535);
  const push = args.intOr(4, 0, 1, 0) === 1;
  if (m.sockets.get(cid)) throw new CommandError(CME.notAllowed);
  if (type !== "TCP") return ok(`+CASERVER: ${cid},${OPEN.notSupported}`);
  return waitFor(m, (finish) => {
    const done = (result: number) => finish(ok(`+CASERVER: ${cid},${result}`));
    m.sockets.listen(cid, { pdp, type, host: "", port, push, tls: undefined, done });
  });
}

/** `AT+CASWITCH=<cid>,1`: what comes is the peer's, what goes is too, until `+++`. */
function switchOver(m: Machine, args: Args): Outcome {
  const socket = socketOf(m, args);
  if (args.int(1, 0, 1) === 0 || socket.state !== "connected") throw new CommandError(CME.notAllowed);
  return {
    is: "final",
    text: "OK\r\n\r\nCONNECT",
    after: () =>
      m.data.join(
        { send: (bytes) => void m.sockets.send(socket, bytes), resumed: () => m.sockets.drain(socket) },
        socket,
      ),
  };
}

export const SOCKETS: CommandTable = {
  "+CASERVER": {
    test: '+CASERVER: (0-12),(0-4),("TCP","TCP6","UDP","UDP6"),(1-65535),(0,1)',
    read: (m) =>
      ok(
        ...m.sockets
          .list()
          .filter(({ state }) => state === "listening")
          .map(
            ({ cid, request: { pdp, type, port, push } }) =>
              `+CASERVER: ${cid},${pdp},"${type}",${port},${push ? 1 : 0}`,
          ),
      ),
    write: listen,
  },
  "+CASRIP": {
    test: "+CASRIP: (0,1)",
    read: (m) => ok(`+CASRIP: ${m.session.remoteShown ? 1 : 0}`),
    write: (m, args) => {
      m.session.remoteShown = args.int(0, 0, 1) === 1;
      return ok();
    },
  },
  "+CASWITCH": { test: "+CASWITCH: (0-12),(0,1)", write: switchOver },
  "+CACID": {
    test: "+CACID: (0-12)",
    read: (m) => ok(`+CACID: ${m.session.cacid}`),
    write: (m, args) => {
      m.session.cacid = cidOf(args);
      return ok();
    },
  },
  "+CASSLCFG": {
    test: [
      '+CASSLCFG: (0-12),"SSL",(0,1)',
      '+CASSLCFG: (0-12),"CRINDEX",(0-5)',
      ...["CACERT", "CERT", "PSKTABLE"].map((key) => `+CASSLCFG: (0-12),"${key}",(1-50)`),
    ].join("\r\n"),
    read: (m) =>
      ok(
        ...[...m.session.ssl].map(
          ([cid, { on, context, roots, certificate, psk }]) =>
            `+CASSLCFG: ${cid},${on ? 1 : 0},${context},"${roots}","${certificate}","${psk}"`,
        ),
      ),
    write: (m, args) => {
      const cid = cidOf(args);
      const choice = m.session.ssl.get(cid) ?? { on: false, context: 0, roots: "", certificate: "", psk: "" };
      const key = args.text(1, 16).toUpperCase();
      if (key === "SSL") choice.on = args.int(2, 0, 1) === 1;
      else if (key === "CRINDEX") choice.context = args.int(2, 0, 5);
      else if (key === "CACERT") choice.roots = args.text(2, 50);
      else if (key === "CERT") choice.certificate = args.text(2, 50);
      // For DTLS, which is not here.
      else if (key === "PSKTABLE") choice.psk = args.text(2, 50);
      else throw new CommandError(CME.invalidValue);
      m.session.ssl.set(cid, choice);
      return ok();
    },
  },
  "+CAOPEN": {
    test: '+CAOPEN: (0-12),(0-4),("TCP","UDP","NONIP"),64,(1-65535),(0,1)',
    read: (m) =>
      ok(
        ...m.sockets
          .list()
          .filter(({ state }) => state !== "listening")
          .map(({ cid, request: { pdp, type, host, port } }) => `+CAOPEN: ${cid},${pdp},"${type}","${host}",${port}`),
      ),
    write: open,
  },
  "+CASEND": { test: "+CASEND: (0-12),(1-1460),(100-10000)", write: send },
  "+CARECV": {
    test: "+CARECV: (0-12),(1-1460)",
    takes: "receive",
    // Not in the manual, and drivers depend on it: a line for each connection that has data.
    read: (m) =>
      ok(
        ...m.sockets
          .list()
          .filter(({ received }) => received.length > 0)
          .map(({ cid, received }) => `+CARECV: ${cid},${received.length}`),
      ),
    write: receive,
  },
  "+CAACK": {
    write: (m, args) => {
      const { sent, unacked } = socketOf(m, args);
      return ok(`+CAACK: ${sent},${unacked}`);
    },
  },
  "+CASTATE": {
    read: (m) =>
      ok(
        ...m.sockets
          .list()
          .filter(({ state }) => state !== "opening")
          .map(({ cid, state }) => `+CASTATE: ${cid},${STATES[state]}`),
      ),
  },
  "+CACLOSE": {
    test: "+CACLOSE: (0-12)",
    takes: "close",
    write: (m, args) => {
      const socket = m.sockets.get(cidOf(args));
      if (!socket) throw new CommandError(CME.notAllowed);
      m.sockets.close(socket);
      return ok();
    },
  },
  "+CACFG": {
    test: '+CACFG: ("TRANSWAITTM","TRANSPKTSIZE","SACK","MSS","ACKDELAY","TCPIRT","MAXRXT","TCPOT","KEEPALIVE","TCP_NODELAY","LINGER","SNDBUF","RCVBUF","ATOCLOSE","ACCEPTNUM","ASYNCOPEN","TIMEOUT")',
    read: (m) => ok(...[...m.session.cacfg].map(([name, value]) => `+CACFG: "${name}",${value}`)),
    write: configure,
  },
};

// The carrier over real loopback sockets: the modem's UART in this process and on a TCP port, its connections to a server.

import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { latin1 } from "../../../firmware/bytes/utf8.js";
import { Air } from "../../../host-sim/modem/air.js";
import { NodeConnection } from "../../../host-sim/modem/node-connection.js";
import { NodeModem } from "../../../host-sim/modem/node-modem.js";
import { Sim7080, type Sim7080Options } from "../../../host-sim/modem/sim7080.js";
import type { LinkProfile } from "../../../host-sim/world/link.js";
import { Prng } from "../../../host-sim/world/prng.js";
import { simAt } from "../../../host-sim/world/sims.js";
import { bytes } from "./desk.js";

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

/** A server on loopback; `greet` gets each connection. */
async function server(greet: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const listening: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    greet(socket);
  });
  listening.listen(0, "127.0.0.1");
  await once(listening, "listening");
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => listening.close(resolve));
    },
  });
  return (listening.address() as { port: number }).port;
}

/** A terminal on the modem's UART, in this process. */
function terminal(port: number, options: Sim7080Options = {}, link?: LinkProfile) {
  const sim = options.sim ?? 1;
  const core = new Sim7080({ delayScale: 0, poweredOn: true, ...options, sim });
  const names = {
    lookup: (host: string) => (host === "cloud.test" ? { host: "127.0.0.1", port } : undefined),
  };
  const modem = new NodeModem(core, { names, sim, link });
  open.push(modem);
  let heard = "";
  let check = () => {};
  modem.uart.onData = (chunk) => {
    heard += latin1(chunk);
    check();
  };
  const until = (pattern: RegExp) =>
    new Promise<string>((resolve) => {
      check = () => {
        const match = pattern.exec(heard);
        if (!match) return;
        heard = heard.slice(match.index + match[0].length);
        check = () => {};
        resolve(match[0]);
      };
      check();
    });
  const at = (line: string, pattern = /\r\n(OK|ERROR)\r\n/) => {
    modem.uart.write(bytes(`${line}\r`));
    return until(pattern);
  };
  const online = async () => {
    await at("ATE0");
    await at("AT+CNACT=0,1", /ACTIVE\r\n/);
  };
  return { modem, core, at, until, online };
}

describe("the modem on real sockets", () => {
  test("opens a connection from its SIM's address, sends and receives", async () => {
    const port = await server((socket) => {
      socket.write(`${simAt(socket.remoteAddress ?? "")}:`);
      socket.pipe(socket);
    });
    const { at, until, online } = terminal(port, { sim: 300 });
    await online();
    await at('AT+CAOPEN=0,0,"TCP","cloud.test",443', /\+CAOPEN: 0,0\r\n\r\nOK\r\n/);
    await until(/\+CADATAIND: 0\r\n/);
    expect(await at("AT+CARECV=0,100", /\+CARECV: .*\r\nOK\r\n/)).toBe("+CARECV: 4,300:\r\nOK\r\n");
    await at("AT+CASEND=0,5", /\r\n> /);
    expect(await at("hell", /\+CADATAIND: 0\r\n/)).toContain("+CADATAIND");
    expect(await at("AT+CARECV=0,100", /\+CARECV: [\s\S]*\r\nOK\r\n/)).toBe("+CARECV: 5,hell\r\r\nOK\r\n");
  });

  test("a name that is not in the table does not resolve, a port nobody listens on refuses", async () => {
    const { at, online } = terminal(1);
    await online();
    expect(await at('AT+CAOPEN=0,0,"TCP","elsewhere.test",443')).toContain("OK");
    expect(await at('AT+CAOPEN=1,0,"TCP","elsewhere.test",443', /\+CAOPEN: 1,\d+(?=\r)/)).toBe("+CAOPEN: 1,20");
    expect(await at('AT+CAOPEN=2,0,"TCP","cloud.test",443', /\+CAOPEN: 2,\d+(?=\r)/)).toBe("+CAOPEN: 2,23");
  });

  test("a peer's end is told after its last bytes, which stay readable", async () => {
    const port = await server((socket) => socket.end("bye"));
    const { at, until, online } = terminal(port);
    await online();
    await at('AT+CAOPEN=0,0,"TCP","cloud.test",443', /\+CADATAIND: 0\r\n/);
    await until(/\+CASTATE: 0,0\r\n/);
    expect(await at("AT+CARECV=0,100", /\+CARECV: .*(?=\r\nOK)/)).toBe("+CARECV: 3,bye");
    await at("AT+CACLOSE=0");
  });

  test("CACLOSE reaches the peer behind what was sent", async () => {
    let all = "";
    let ended: () => void;
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const port = await server((socket) => {
      socket.on("data", (chunk: Buffer) => {
        all += chunk.toString("latin1");
      });
      socket.on("end", () => ended());
    });
    const { at, online, modem } = terminal(port);
    await online();
    await at('AT+CAOPEN=0,0,"TCP","cloud.test",443', /\+CAOPEN: 0,0/);
    await at("AT+CASEND=0,4", /> /);
    modem.uart.write(bytes("last"));
    await at("AT+CACLOSE=0", /OK\r\n[\s\S]*OK\r\n/);
    await end;
    expect(all).toBe("last");
  });

  test("an unread receive buffer holds the sender back, and nothing is lost", async () => {
    const total = 150_000;
    const sent = Buffer.alloc(total, "0123456789");
    const port = await server((socket) => socket.write(sent));
    const { at, until, online, modem } = terminal(port);
    await online();
    await at("AT+IPR=4000000");
    modem.uart.setBaud(4_000_000);
    await at('AT+CAOPEN=0,0,"TCP","cloud.test",443', /buffer full"\r\n/);
    let received = "";
    while (received.length < total) {
      const head = await at("AT+CARECV=0,1460", /\+CARECV: (\d+)(?=[,\r])/);
      const count = Number(head.slice(9));
      if (count === 0) {
        await until(/\+CADATAIND: 0\r\n/);
        continue;
      }
      const body = await until(new RegExp(`^,[\\s\\S]{${count}}\r\nOK\r\n`));
      received += body.slice(1, 1 + count);
    }
    expect(received).toBe(sent.toString("latin1"));
  }, 20_000);

  test("at another speed than the host's the modem hears noise, until both agree", async () => {
    const { at, modem } = terminal(1);
    await at("ATE0");
    await at("AT+IPR=921600");
    modem.uart.write(bytes("AT\r"));
    modem.uart.setBaud(921_600);
    // The first AT reached the modem as noise; the second answers.
    expect(await at("\rAT+CMEE?", /^[\s\S]*\r\n(OK|ERROR)\r\n/)).toMatch(/\+CMEE: 0\r\n\r\nOK\r\n$/);
  });

  test("the line takes as long as its speed says", async () => {
    const { at, modem } = terminal(1, { baud: 9600 });
    modem.uart.setBaud(9600);
    await at("ATE0");
    const begin = performance.now();
    await at(`AT${";".repeat(92)}`);
    // 95 bytes up and 6 down at 960 bytes a second.
    expect(performance.now() - begin).toBeGreaterThan(95);
  });

  test("PWRKEY works in real time", async () => {
    const core = { poweredOn: false, delayScale: 0 };
    const { modem, until } = terminal(1, core);
    modem.powerKey(1);
    expect(await until(/RDY\r\n/)).toBe("RDY\r\n");
    modem.powerKey(0);
  });
});

describe("a system without the SIM's address", () => {
  test("is dialled from whatever address it has", async () => {
    const port = await server((socket) => socket.end("hello"));
    const events: string[] = [];
    const air = new Air(undefined, new Prng(1));
    await new Promise<void>((resolve) => {
      // An address of RFC 5737's documentation block is on no interface.
      const route = { target: { host: "127.0.0.1", port }, localAddress: "192.0.2.1", up: air, down: air };
      const connection = new NodeConnection(0, route, (event) => {
        events.push(event.event);
        if (event.event === "connected") connection.grant(100);
        if (event.event === "closed") resolve();
      });
      open.push({ close: () => connection.end(true) });
    });
    expect(events).toEqual(["connected", "data", "closed"]);
  });
});

describe("the radio in real time", () => {
  const SLOW: LinkProfile = { latencyMs: 40, jitterMs: 5, bytesPerSecond: 20_000, loss: 0, recoveryMs: 0 };

  test("a connection takes a round trip, bytes take their time, and all arrive in order", async () => {
    const echo = await server((socket) => socket.pipe(socket));
    const { at, online, until, modem } = terminal(echo, {}, SLOW);
    await online();
    const begin = performance.now();
    await at('AT+CAOPEN=0,0,"TCP","cloud.test",443', /\+CAOPEN: 0,0\r\n\r\nOK\r\n/);
    expect(performance.now() - begin).toBeGreaterThan(80);
    const sent = performance.now();
    await at("AT+CASEND=0,1000", /> /);
    modem.uart.write(bytes("0123456789".repeat(100)));
    await until(/\+CADATAIND: 0\r\n/);
    // 1000 bytes each way at 20 kB/s, and two latencies.
    expect(performance.now() - sent).toBeGreaterThan(180);
    expect(await at("AT+CARECV=0,1460", /\+CARECV: \d+,.*(?=\r\nOK)/)).toBe(
      `+CARECV: 1000,${"0123456789".repeat(100)}`,
    );
  });
});

describe("several modems in one process", () => {
  test("keep their SIMs, sockets and settings apart", async () => {
    const port = await server((socket) => socket.write(String(simAt(socket.remoteAddress ?? ""))));
    const answers = await Promise.all(
      [11, 12, 13, 14].map(async (sim) => {
        const { at, until, online } = terminal(port, { sim, seed: sim });
        await online();
        await at(`AT+CMNB=${1 + (sim % 3)}`);
        await at('AT+CAOPEN=0,0,"TCP","cloud.test",443', /\+CAOPEN: 0,0\r\n/);
        await until(/\+CADATAIND: 0\r\n/);
        const [mode] = (await at("AT+CMNB?", /\+CMNB: \d/)).match(/\d$/)!;
        return [await at("AT+CARECV=0,9", /,\d\d(?=\r\nOK)/), mode];
      }),
    );
    expect(answers).toEqual([
      [",11", "3"],
      [",12", "1"],
      [",13", "2"],
      [",14", "3"],
    ]);
  });
});

describe("the modem on a TCP port", () => {
  /** Text that a TCP client gets until it matches. */
  async function dialogue(port: number, say: string, pattern: RegExp): Promise<string> {
    const socket = connect(port, "127.0.0.1");
    open.push({ close: () => socket.destroy() });
    socket.write(say);
    let heard = "";
    for await (const chunk of socket) {
      heard += chunk;
      if (pattern.test(heard)) break;
    }
    return heard;
  }

  test("answers a terminal that ends its lines with CR LF", async () => {
    const { modem } = terminal(1);
    const { port } = await modem.listen("127.0.0.1", 0);
    expect(await dialogue(port, "AT+CSQ\r\n", /OK\r\n/)).toBe("AT+CSQ\r\r\n+CSQ: 20,99\r\n\r\nOK\r\n");
  });

  test("serves one client at a time, and the next one after it", async () => {
    const { modem } = terminal(1);
    const { port } = await modem.listen("127.0.0.1", 0);
    const first = connect(port, "127.0.0.1");
    open.push({ close: () => first.destroy() });
    first.write("ATE0\r");
    await once(first, "data");
    const second = connect(port, "127.0.0.1").resume();
    await once(second, "end");
    second.destroy();
    first.destroy();
    await once(first, "close");
    // The carrier notices the first one's end a moment after we do.
    let answer = "";
    while (answer === "") answer = await dialogue(port, "AT\r", /OK\r\n/);
    expect(answer).toBe("\r\nOK\r\n");
  });

  test("a port in use is an error with its code", async () => {
    const { modem } = terminal(1);
    const { port } = await modem.listen("127.0.0.1", 0);
    const { modem: other } = terminal(1);
    await expect(other.listen("127.0.0.1", port)).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  test("after close the port is free", async () => {
    const { modem } = terminal(1);
    const { port } = await modem.listen("127.0.0.1", 0);
    await modem.close();
    const { modem: next } = terminal(1);
    await next.listen("127.0.0.1", port);
  });
});

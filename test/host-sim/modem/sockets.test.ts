// Oracle: the exchanges of SIM7080 AT V1.07 §12 and of hardware logs (LilyGO #96, #179; TinyGSM).

import { describe, expect, test } from "@jest/globals";
import { UNACKED_LIMIT } from "../../../host-sim/modem/sockets.js";
import { RECEIVE_BUFFER } from "../../../host-sim/modem/state.js";
import { bytes, Desk } from "./desk.js";

describe("PDP context", () => {
  test("CNACT answers OK, then +APP PDP", () => {
    const desk = new Desk();
    desk.at("ATE0");
    expect(desk.at("AT+CNACT=0,1", 20_000)).toBe("\r\nOK\r\n\r\n+APP PDP: 0,ACTIVE\r\n");
    expect(desk.at("AT+CNACT?")).toBe(
      '\r\n+CNACT: 0,1,"10.64.0.1"\r\n\r\n+CNACT: 1,0,"0.0.0.0"\r\n\r\n+CNACT: 2,0,"0.0.0.0"\r\n\r\n+CNACT: 3,0,"0.0.0.0"\r\n\r\nOK\r\n',
    );
    expect(desk.at("AT+CNACT=0,1")).toBe("\r\nERROR\r\n");
    expect(desk.at("AT+CNACT=0,0", 20_000)).toBe("\r\nOK\r\n\r\n+APP PDP: 0,DEACTIVE\r\n");
  });
});

describe("CAOPEN", () => {
  test("answers its result, then OK", () => {
    const desk = new Desk().online();
    expect(desk.at('AT+CAOPEN=0,0,"TCP","mqtt.example.com",8883')).toBe("");
    expect(desk.wanted()).toEqual(["connect 0 mqtt.example.com:8883"]);
    desk.network({ event: "connected", cid: 0 });
    expect(desk.said()).toBe("\r\n+CAOPEN: 0,0\r\n\r\nOK\r\n");
  });

  test("with ASYNCOPEN answers OK first", () => {
    const desk = new Desk().online();
    desk.at('AT+CACFG="ASYNCOPEN",1');
    expect(desk.at('AT+CAOPEN=1,0,"TCP","h",80')).toBe("\r\nOK\r\n");
    expect(desk.at("AT+CSQ")).toBe("\r\n+CSQ: 20,99\r\n\r\nOK\r\n");
    desk.network({ event: "connected", cid: 1 });
    expect(desk.said()).toBe("\r\n+CAOPEN: 1,0\r\n");
  });

  test.each([
    ["refused", 23],
    ["dns", 20],
    ["timeout", 18],
    ["unreachable", 18],
  ] as const)("a %s connection ends with %i and OK, and leaves the id free", (reason, code) => {
    const desk = new Desk().online();
    desk.at('AT+CAOPEN=0,0,"TCP","h",80');
    desk.network({ event: "failed", cid: 0, reason });
    expect(desk.said()).toBe(`\r\n+CAOPEN: 0,${code}\r\n\r\nOK\r\n`);
    desk.wanted();
    desk.at('AT+CAOPEN=0,0,"TCP","h",80');
    expect(desk.wanted()).toEqual(["connect 0 h:80"]);
  });

  test("without a PDP context ends with 21", () => {
    const desk = new Desk();
    desk.at("ATE0");
    expect(desk.at('AT+CAOPEN=0,0,"TCP","h",80')).toBe("\r\n+CAOPEN: 0,21\r\n\r\nOK\r\n");
  });

  test("on an id in use is an error", () => {
    expect(new Desk().connected().at('AT+CAOPEN=0,0,"TCP","h",80')).toBe("\r\nERROR\r\n");
  });

  test("gives up after 75 s of silence", () => {
    const desk = new Desk().online();
    desk.at('AT+CAOPEN=0,0,"TCP","h",80', 74_999);
    expect(desk.said()).toBe("");
    desk.pass(1);
    expect(desk.said()).toBe("\r\n+CAOPEN: 0,18\r\n\r\nOK\r\n");
    expect(desk.wanted()).toEqual(["connect 0 h:80", "close 0"]);
  });

  test("a connection that stands outlives the time its opening may take", () => {
    const desk = new Desk().connected();
    desk.pass(1_000_000);
    expect(desk.said()).toBe("");
    expect(desk.wanted()).toEqual([]);
  });

  test("lists what is open", () => {
    expect(new Desk().connected(4).at("AT+CAOPEN?")).toBe('\r\n+CAOPEN: 4,0,"TCP","h",80\r\n\r\nOK\r\n');
  });
});

describe("CASEND", () => {
  test("prompts, takes exactly the bytes, answers OK and nothing else", () => {
    const desk = new Desk().connected();
    expect(desk.at("AT+CASEND=0,5")).toBe("\r\n> ");
    desk.type("he\r\x1a");
    expect(desk.said()).toBe("");
    desk.type("oAT\r");
    expect(desk.wanted()).toEqual(["send 0 he\r\x1ao"]);
    expect(desk.said()).toBe("\r\nOK\r\n\r\nOK\r\n");
    expect(desk.at("AT+CAACK=0")).toBe("\r\n+CAACK: 5,5\r\n\r\nOK\r\n");
    desk.network({ event: "acked", cid: 0, count: 5 });
    expect(desk.at("AT+CAACK=0")).toBe("\r\n+CAACK: 5,0\r\n\r\nOK\r\n");
  });

  test("takes a payload that came before the prompt", () => {
    const desk = new Desk({ delayScale: 1 }).connected();
    desk.type("AT+CASEND=0,5\rhello");
    desk.pass(200);
    expect(desk.said()).toBe("\r\n> \r\nOK\r\n");
    expect(desk.wanted()).toEqual(["send 0 hello"]);
  });

  test("tells its room, never a whole segment", () => {
    const desk = new Desk().connected();
    expect(desk.at("AT+CASEND=0")).toBe("\r\n+CASEND: 1360\r\n\r\nOK\r\n");
  });

  test("beyond 8760 unacknowledged bytes takes the bytes and says ERROR", () => {
    const desk = new Desk().connected();
    for (let i = 0; i < UNACKED_LIMIT / 1460; i++) {
      desk.at("AT+CASEND=0,1460");
      expect(desk.at("x".repeat(1459))).toBe("\r\nOK\r\n");
    }
    desk.at("AT+CASEND=0,10");
    expect(desk.at("x".repeat(9))).toBe("\r\nERROR\r\n");
    expect(desk.at("AT+CAACK=0")).toContain("+CAACK: 8760,8760");
    desk.network({ event: "acked", cid: 0, count: 1460 });
    desk.at("AT+CASEND=0,10");
    expect(desk.at("x".repeat(9))).toBe("\r\nOK\r\n");
  });

  test("ends input mode when the bytes do not come", () => {
    const desk = new Desk().connected();
    desk.at("AT+CASEND=0,5,1000");
    desk.type("hel");
    desk.pass(1000);
    expect(desk.said()).toBe("\r\nERROR\r\n");
    expect(desk.wanted()).toEqual([]);
  });

  test.each(["AT+CASEND=0,0", "AT+CASEND=0,1461", "AT+CASEND=1,5", "AT+CASEND=13,5"])("%s is an error", (command) => {
    expect(new Desk().connected().at(command)).toBe("\r\nERROR\r\n");
  });
});

describe("receiving", () => {
  test("CADATAIND comes when the buffer stops being empty, and not again", () => {
    const desk = new Desk().connected();
    desk.network({ event: "data", cid: 0, bytes: bytes("one") });
    desk.network({ event: "data", cid: 0, bytes: bytes("two") });
    expect(desk.said()).toBe("\r\n+CADATAIND: 0\r\n");
    desk.at("AT+CARECV=0,1460");
    desk.network({ event: "data", cid: 0, bytes: bytes("three") });
    expect(desk.said()).toBe("\r\n+CADATAIND: 0\r\n");
  });

  test("CARECV gives length, comma, the raw bytes, and OK", () => {
    const desk = new Desk().connected();
    desk.network({ event: "data", cid: 0, bytes: bytes("GET / HTTP") });
    desk.said();
    expect(desk.at("AT+CARECV=0,1024")).toBe("\r\n+CARECV: 10,GET / HTTP\r\nOK\r\n");
    expect(desk.at("AT+CARECV=0,1024")).toBe("\r\n+CARECV: 0\r\n\r\nOK\r\n");
  });

  test("what its sockets have moved counts what the host gave and took, over a loss of everything", () => {
    const desk = new Desk().connected();
    desk.network({ event: "data", cid: 0, bytes: bytes("GET / HTTP") });
    desk.at("AT+CASEND=0,5");
    desk.type("hello");
    expect(desk.modem.moved).toEqual({ sent: 5, taken: 0 });
    desk.at("AT+CARECV=0,4");
    expect(desk.modem.moved).toEqual({ sent: 5, taken: 4 });
    desk.do(desk.modem.mishap("restart", desk.now));
    expect(desk.modem.moved).toEqual({ sent: 5, taken: 4 });
  });

  test("CARECV counts bytes that look like an answer", () => {
    const desk = new Desk().connected();
    desk.network({ event: "data", cid: 0, bytes: bytes("a\r\nOK\r\nERROR\r\n\0\xff") });
    desk.said();
    expect(desk.at("AT+CARECV=0,8")).toBe("\r\n+CARECV: 8,a\r\nOK\r\nE\r\nOK\r\n");
    expect(desk.at("AT+CARECV?")).toBe("\r\n+CARECV: 0,8\r\n\r\nOK\r\n");
    expect(desk.at("AT+CARECV=0,100")).toBe("\r\n+CARECV: 8,RROR\r\n\0\xff\r\nOK\r\n");
  });

  test("a full buffer says so and takes no more until it is read", () => {
    const desk = new Desk().connected();
    expect(desk.window.get(0)).toBe(RECEIVE_BUFFER);
    desk.network({ event: "data", cid: 0, bytes: new Uint8Array(RECEIVE_BUFFER) });
    expect(desk.said()).toBe('\r\n+CADATAIND: 0\r\n\r\n+CAURC: "buffer full"\r\n');
    expect(() => desk.network({ event: "data", cid: 0, bytes: new Uint8Array(1) })).toThrow(RangeError);
    desk.at("AT+CARECV=0,1000");
    expect(desk.window.get(0)).toBe(RECEIVE_BUFFER + 1000);
  });

  test("more than 1460 bytes at a time are refused", () => {
    expect(new Desk().connected().at("AT+CARECV=0,1461")).toBe("\r\nERROR\r\n");
  });

  test("push mode brings the bytes with a line before them", () => {
    const desk = new Desk().online();
    desk.at('AT+CAOPEN=0,0,"TCP","h",80,1');
    desk.network({ event: "connected", cid: 0 });
    desk.said();
    desk.network({ event: "data", cid: 0, bytes: bytes("hello") });
    expect(desk.said()).toBe('\r\n+CAURC: "recv",0,5\r\nhello');
  });
});

describe("closing", () => {
  test("after the peer's end the data stays readable and the id in use until CACLOSE", () => {
    const desk = new Desk().connected();
    desk.network({ event: "data", cid: 0, bytes: bytes("bye") });
    desk.network({ event: "closed", cid: 0 });
    expect(desk.said()).toBe("\r\n+CADATAIND: 0\r\n\r\n+CASTATE: 0,0\r\n");
    expect(desk.at("AT+CASTATE?")).toBe("\r\n+CASTATE: 0,0\r\n\r\nOK\r\n");
    expect(desk.at("AT+CARECV=0,100")).toBe("\r\n+CARECV: 3,bye\r\nOK\r\n");
    expect(desk.at("AT+CASEND=0,1")).toBe("\r\nERROR\r\n");
    expect(desk.at('AT+CAOPEN=0,0,"TCP","h",80')).toBe("\r\nERROR\r\n");
    expect(desk.at("AT+CACLOSE=0")).toBe("\r\nOK\r\n");
    expect(desk.at("AT+CACLOSE=0")).toBe("\r\nERROR\r\n");
    expect(desk.at("AT+CASTATE?")).toBe("\r\nOK\r\n");
  });

  test("CACLOSE ends the connection", () => {
    const desk = new Desk().connected();
    expect(desk.at("AT+CASTATE?")).toBe("\r\n+CASTATE: 0,1\r\n\r\nOK\r\n");
    desk.at("AT+CACLOSE=0");
    expect(desk.wanted()).toEqual(["close 0"]);
  });

  test("losing the PDP context kills every socket", () => {
    const desk = new Desk().connected();
    desk.do(desk.modem.mishap("pdp-drop", desk.now));
    expect(desk.said()).toBe("\r\n+APP PDP: 0,DEACTIVE\r\n");
    expect(desk.wanted()).toEqual(["close 0 silent"]);
    expect(desk.at("AT+CASTATE?")).toBe("\r\n+CASTATE: 0,0\r\n\r\nOK\r\n");
    expect(desk.at("AT+CACLOSE=0")).toBe("\r\nOK\r\n");
  });

  test("ATOCLOSE releases the id some seconds after the peer's end", () => {
    const desk = new Desk().online();
    desk.at('AT+CACFG="ATOCLOSE",1,5');
    desk.at('AT+CAOPEN=0,0,"TCP","h",80');
    desk.network({ event: "connected", cid: 0 });
    desk.said();
    desk.network({ event: "closed", cid: 0 });
    expect(desk.said()).toBe("\r\n+CASTATE: 0,0\r\n");
    desk.pass(5000);
    expect(desk.said()).toBe("\r\n+CACLOSE: 0\r\n");
    expect(desk.at("AT+CACLOSE=0")).toBe("\r\nERROR\r\n");
  });

  test("RCVBUF sizes the receive buffer of the connections after it", () => {
    const desk = new Desk().online();
    desk.at('AT+CACFG="RCVBUF",5840');
    desk.at('AT+CAOPEN=0,0,"TCP","h",80');
    desk.network({ event: "connected", cid: 0 });
    expect(desk.window.get(0)).toBe(5840);
  });

  test("all 13 ids can be open at once, one more cannot", () => {
    const desk = new Desk().online();
    for (let cid = 0; cid < 13; cid++) {
      desk.at(`AT+CAOPEN=${cid},0,"TCP","h",80`);
      desk.network({ event: "connected", cid });
    }
    desk.said();
    expect(desk.at("AT+CASTATE?").match(/\+CASTATE: \d+,1/g)).toHaveLength(13);
    expect(desk.at('AT+CAOPEN=13,0,"TCP","h",80')).toBe("\r\nERROR\r\n");
  });

  test("a whole session reads as in the application note", () => {
    const desk = new Desk().online();
    expect(desk.at('AT+CASSLCFG=0,"SSL",0')).toBe("\r\nOK\r\n");
    desk.at('AT+CAOPEN=0,0,"TCP","h",80');
    desk.network({ event: "connected", cid: 0 });
    expect(desk.said()).toBe("\r\n+CAOPEN: 0,0\r\n\r\nOK\r\n");
    expect(desk.at("AT+CASEND=0,5")).toBe("\r\n> ");
    desk.type("hello");
    expect(desk.said()).toBe("\r\nOK\r\n");
    desk.network({ event: "acked", cid: 0, count: 5 });
    expect(desk.at("AT+CAACK=0")).toBe("\r\n+CAACK: 5,0\r\n\r\nOK\r\n");
    desk.network({ event: "data", cid: 0, bytes: bytes("GET / HTTP") });
    expect(desk.said()).toBe("\r\n+CADATAIND: 0\r\n");
    expect(desk.at("AT+CARECV=0,1024")).toBe("\r\n+CARECV: 10,GET / HTTP\r\nOK\r\n");
    expect(desk.at("AT+CARECV=0,1024")).toBe("\r\n+CARECV: 0\r\n\r\nOK\r\n");
    desk.network({ event: "closed", cid: 0 });
    expect(desk.said()).toBe("\r\n+CASTATE: 0,0\r\n");
    expect(desk.at("AT+CACLOSE=0")).toBe("\r\nOK\r\n");
    expect(desk.at("AT+CNACT=0,0", 1000)).toBe("\r\nOK\r\n\r\n+APP PDP: 0,DEACTIVE\r\n");
  });
});

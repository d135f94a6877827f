// Short messages. Oracles: SIM7080 AT V1.07 §4 and its examples; PDUs as published with 3GPP TS 23.040's explanations
// (the "hellohello" messages that tutorials of the GSM time printed).

import { describe, expect, test } from "@jest/globals";
import { fromSeptets, packed, toSeptets, unpacked } from "../../../host-sim/modem/gsm7.js";
import { deliverPdu, readSubmit, textOf, userData } from "../../../host-sim/modem/tpdu.js";
import { Desk } from "./desk.js";

const CTRL_Z = "\x1a";
const ESC = "\x1b";

function arrive(desk: Desk, from: string, text: string): string {
  desk.said();
  desk.do(desk.modem.message(from, text, desk.now));
  return desk.said();
}

function quiet(): Desk {
  const desk = new Desk();
  desk.at("ATE0");
  return desk;
}

describe("PDUs", () => {
  test("hellohello is E8329BFD4697D9EC37", () => {
    expect(
      Buffer.from(packed(toSeptets("hellohello")!))
        .toString("hex")
        .toUpperCase(),
    ).toBe("E8329BFD4697D9EC37");
  });

  test("the default alphabet and its extension come back as they went", () => {
    const text = "@£$¥ èéùì ÄÖÑÜ§ äöñüà ^{}\\[~]|€ 0-9 ÆæßÉ";
    const septets = toSeptets(text)!;
    expect(fromSeptets(unpacked(packed(septets), septets.length))).toBe(text);
    expect(toSeptets("日本")).toBeUndefined();
  });

  test("a submit is read: number, coding, text", () => {
    const read = readSubmit("0011000B916407281553F80000AA0AE8329BFD4697D9EC37", 23)!;
    expect(read.to).toBe("+46708251358");
    expect(textOf(read.data)).toBe("hellohello");
    expect(readSubmit("0011000B916407281553F80000AA0AE8329BFD4697D9EC37", 22)).toBeUndefined();
    expect(readSubmit("0011000B916407281553F80000AA0AE8329BFD4697D9EC", 22)).toBeUndefined();
    expect(readSubmit("FF", 1)).toBeUndefined();
    expect(readSubmit("zz", 1)).toBeUndefined();
  });

  test("a delivery has the service centre, the sender and the time with digits turned round", () => {
    const data = userData("hellohello")!;
    expect(deliverPdu("+27381000015", "+46708251358", "99/03/29,15:16:59+08", data).pdu).toBe(
      "07917283010010F5040B916407281553F80000993092516195800AE8329BFD4697D9EC37",
    );
  });

  test("what is not in the alphabet goes as UCS2", () => {
    const data = userData("日本")!;
    expect([data.dcs, data.length]).toEqual([8, 4]);
    expect(textOf(data)).toBe("日本");
  });
});

describe("a message arrives", () => {
  test("is told by +CMTI, listed, read, deleted", () => {
    const desk = quiet();
    desk.at("AT+CMGF=1");
    expect(arrive(desk, "+4915112345678", "hello")).toBe('\r\n+CMTI: "SM",0\r\n');
    expect(desk.at("AT+CPMS?")).toContain('+CPMS: "SM",1,50,"SM",1,50,"SM",1,50');
    expect(desk.at('AT+CMGL="ALL"')).toMatch(
      /^\r\n\+CMGL: 0,"REC UNREAD","\+4915112345678",,"26\/01\/02,0\d:04:05\+\d\d"\r\nhello\r\n\r\nOK\r\n$/,
    );
    expect(desk.at("AT+CMGR=0")).toContain('+CMGR: "REC READ","+4915112345678",,"');
    expect(desk.at("AT+CMGD=0")).toBe("\r\nOK\r\n");
    expect(desk.at("AT+CMGR=0")).toBe("\r\n+CMS ERROR: 321\r\n");
  });

  test("in PDU mode", () => {
    const desk = quiet();
    arrive(desk, "+46708251358", "hellohello");
    expect(desk.at("AT+CMGL=4")).toMatch(
      /^\r\n\+CMGL: 0,0,,28\r\n0791[0-9A-F]{12}040B916407281553F80000[0-9A-F]{14}0AE8329BFD4697D9EC37\r\n/,
    );
    expect(desk.at("AT+CMGR=0")).toMatch(/^\r\n\+CMGR: 1,,28\r\n/);
  });

  test("goes straight to the host under AT+CNMI=1,2", () => {
    const desk = quiet();
    desk.at("AT+CMGF=1");
    expect(desk.at("AT+CNMI=2,2")).toBe("\r\n+CMS ERROR: 303\r\n");
    expect(desk.at("AT+CNMI=1,2,0,0,0")).toBe("\r\nOK\r\n");
    expect(arrive(desk, "+491511", "hi")).toMatch(/^\r\n\+CMT: "\+491511",,"26\/01\/02,[^"]+"\r\nhi\r\n$/);
    expect(desk.at("AT+CPMS?")).toContain('"SM",0,50');
  });

  test("without a word under AT+CNMI=0,0, or with the group SMS switched off", () => {
    const desk = quiet();
    desk.at("AT+CNMI=0,0");
    expect(arrive(desk, "+491511", "hi")).toBe("");
    expect(desk.at("AT+CPMS?")).toContain('"SM",1,50');
  });

  test("waits in the network while the radio is off, and outlives a restart on the card", () => {
    const desk = quiet();
    desk.at("AT+CFUN=4");
    expect(arrive(desk, "+491511", "later")).toBe("");
    expect(desk.at("AT+CFUN=1", 60_000)).toContain('+CMTI: "SM",0');
    desk.at("AT+CREBOOT", 20_000);
    desk.at("ATE0+CMGF=1");
    expect(desk.at("AT+CMGR=0")).toContain("\r\nlater\r\n");
  });

  test("fifty fill the card; the next comes when one is deleted", () => {
    const desk = quiet();
    for (let i = 0; i < 51; i++) arrive(desk, "+491511", `n${i}`);
    expect(desk.at("AT+CPMS?")).toContain('"SM",50,50');
    expect(desk.at("AT+CMGD=7")).toContain('+CMTI: "SM",7');
    desk.at("AT+CMGF=1");
    expect(desk.at("AT+CMGR=7")).toContain("n50");
  });

  test("as UCS2 where AT+CSCS asks for it", () => {
    const desk = quiet();
    desk.at('AT+CMGF=1;+CSCS="UCS2"');
    arrive(desk, "+49", "Grüße €");
    expect(desk.at("AT+CMGR=0")).toContain("\r\n004700720 0FC00DF00650020 20AC".replaceAll(" ", ""));
  });
});

describe("a message is sent", () => {
  test("text mode: a prompt, Ctrl-Z, a reference, and the network has it", () => {
    const desk = quiet();
    desk.at("AT+CMGF=1");
    expect(desk.at('AT+CMGS="+4915112345678"')).toBe("\r\n> ");
    desk.type(`hello, world${CTRL_Z}`);
    expect(desk.said()).toBe("\r\n+CMGS: 1\r\n\r\nOK\r\n");
    expect(desk.wanted()).toEqual(["sms +4915112345678 hello, world"]);
  });

  test("from a host that ends its lines CR LF, and of two lines", () => {
    const desk = quiet();
    desk.type("AT+CMGF=1\r\n");
    desk.type('AT+CMGS="+49151"\r\n');
    desk.type(`one\r\ntwo${CTRL_Z}`);
    expect(desk.wanted()).toEqual(["sms +49151 one\ntwo"]);
  });

  test("PDU mode", () => {
    const desk = quiet();
    expect(desk.at("AT+CMGS=23")).toBe("\r\n> ");
    desk.type(`0011000B916407281553F80000AA0AE8329BFD4697D9EC37${CTRL_Z}`);
    expect(desk.wanted()).toEqual(["sms +46708251358 hellohello"]);
    desk.at("AT+CMGS=20");
    desk.type(`0011000B916407281553F80000AA0AE8329BFD4697D9EC37${CTRL_Z}`);
    expect(desk.said()).toBe("\r\n+CMS ERROR: 304\r\n");
  });

  test("ESC gives it up", () => {
    const desk = quiet();
    desk.at("AT+CMGF=1");
    desk.at('AT+CMGS="+49151"');
    desk.type(`never mind${ESC}`);
    expect(desk.said()).toBe("\r\nOK\r\n");
    expect(desk.wanted()).toEqual([]);
  });

  test("161 characters do not fit, and without a network none goes", () => {
    const desk = quiet();
    desk.at("AT+CMGF=1");
    desk.at('AT+CMGS="+49151"');
    desk.type(`${"x".repeat(161)}${CTRL_Z}`);
    expect(desk.said()).toBe("\r\n+CMS ERROR: 305\r\n");
    desk.do(desk.modem.setNetwork({ access: "none" }, desk.now));
    desk.said();
    desk.at('AT+CMGS="+49151"');
    desk.type(`x${CTRL_Z}`);
    expect(desk.said()).toBe("\r\n+CMS ERROR: 331\r\n");
  });

  test("stored with AT+CMGW, sent with AT+CMSS", () => {
    const desk = quiet();
    desk.at("AT+CMGF=1");
    desk.at('AT+CMGW="+49151"');
    desk.type(`ABCD${CTRL_Z}`);
    expect(desk.said()).toBe("\r\n+CMGW: 0\r\n\r\nOK\r\n");
    expect(desk.at("AT+CMGR=0")).toBe('\r\n+CMGR: "STO UNSENT","+49151"\r\nABCD\r\n\r\nOK\r\n');
    expect(desk.at("AT+CMSS=0")).toBe("\r\n+CMSS: 1\r\n\r\nOK\r\n");
    expect(desk.wanted()).toEqual(["sms +49151 ABCD"]);
    expect(desk.at("AT+CMGR=0")).toContain('"STO SENT"');
  });
});

test("AT+CMGD's flags delete by status", () => {
  const desk = quiet();
  desk.at("AT+CMGF=1");
  arrive(desk, "+49", "read");
  arrive(desk, "+49", "unread");
  desk.at("AT+CMGR=0");
  expect(desk.at("AT+CMGD=,1")).toBe("\r\nOK\r\n");
  expect(desk.at("AT+CMGD=?")).toContain("+CMGD: (1),(0-4)");
  desk.at("AT+CMGD=1,4");
  expect(desk.at("AT+CPMS?")).toContain('"SM",0,50');
});

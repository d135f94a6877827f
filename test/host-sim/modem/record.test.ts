// Records of the AT line: made, played back, made anonymous.

import { describe, expect, test } from "@jest/globals";
import { latin1 } from "../../../firmware/bytes/utf8.js";
import { anonymize } from "../../../host-sim/modem/anonymize.js";
import { type RecordEntry, Recorder, withoutSecrets } from "../../../host-sim/modem/record.js";
import { parseRecord, RecordError, Replay } from "../../../host-sim/modem/replay.js";
import { bytes, Desk } from "./desk.js";

/** Types lines into a simulated modem and records both sides. */
function recorded(lines: readonly string[], prepare: (desk: Desk) => void = () => {}): RecordEntry[] {
  const desk = new Desk();
  desk.at("ATE0");
  prepare(desk);
  const entries: RecordEntry[] = [];
  const recorder = new Recorder((entry) => entries.push(entry));
  desk.said();
  lines.forEach((line, i) => {
    recorder.host(bytes(line), i * 100);
    desk.type(line);
    desk.pass(50);
    recorder.modem(bytes(desk.said()), i * 100 + 50);
  });
  return entries;
}

describe("a record", () => {
  test("has lines and their times, and bodies as counts", () => {
    const entries = recorded(["AT+CSQ\r\n", "AT+CASEND=0,5\r\n", "hello", "AT+CARECV=0,100\r\n"], (desk) => {
      desk.at("AT+CNACT=0,1");
      desk.at('AT+CAOPEN=0,0,"TCP","h",80');
      desk.network({ event: "connected", cid: 0 });
      desk.network({ event: "data", cid: 0, bytes: bytes("secret\r\nOK\r\n") });
    });
    expect(entries).toEqual([
      { t: 0, dir: "tx", text: "AT+CSQ" },
      { t: 50, dir: "rx", text: "+CSQ: 20,99" },
      { t: 50, dir: "rx", text: "OK" },
      { t: 100, dir: "tx", text: "AT+CASEND=0,5" },
      { t: 150, dir: "rx", text: "> " },
      { t: 200, dir: "tx", body: 5 },
      { t: 250, dir: "rx", text: "OK" },
      { t: 300, dir: "tx", text: "AT+CARECV=0,100" },
      { t: 350, dir: "rx", text: "+CARECV: 12,", body: 12 },
      { t: 350, dir: "rx", text: "OK" },
    ]);
  });

  test("knows no text of a message, nor the length of a file's upload by its content", () => {
    const entries = recorded(["AT+CMGF=1\r", 'AT+CMGS="+49151"\r', "my secret\x1a", "AT+CFSINIT\r"]);
    expect(JSON.stringify(entries)).not.toContain("secret");
    expect(entries.filter(({ body }) => body !== undefined)).toEqual([{ t: 200, dir: "tx", body: 10 }]);
  });

  test.each([
    ["AT+CPIN=1234", "AT+CPIN=[…]"],
    ['AT+CNCFG=0,1,"apn","user","pass",3', 'AT+CNCFG=0,1,"apn",[…]'],
    ["AT+CGAUTH=1,1,pass,user", "AT+CGAUTH=1,1,[…]"],
    ['AT+SMCONF="PASSWORD","x"', 'AT+SMCONF="PASSWORD",[…]'],
    ['USERNAME: "x"', "USERNAME: […]"],
    ['AT+FTPPW="x"', "AT+FTPPW=[…]"],
    ['+FTPUN: "x"', "+FTPUN: […]"],
    ['AT+CSSLCFG="CONVERT",1,"a.pem","b.pem","words"', 'AT+CSSLCFG="CONVERT",1,"a.pem","b.pem",[…]'],
    ['AT+CSSLCFG="CONVERT",1,a.pem,b.pem,"words"', 'AT+CSSLCFG="CONVERT",1,a.pem,b.pem,[…]'],
    ['AT+SHAHEAD="Authorization","Bearer x"', 'AT+SHAHEAD="Authorization",[…]'],
    ['AT+SHAHEAD="Accept","text/csv"', 'AT+SHAHEAD="Accept","text/csv"'],
    ["AT+CSQ", "AT+CSQ"],
  ])("%s is written %s", (line, shown) => expect(withoutSecrets(line)).toBe(shown));
});

describe("played back", () => {
  const record = parseRecord(
    [
      '{"t":0,"dir":"tx","text":"AT+CPIN=[…]"}',
      '{"t":40,"dir":"rx","text":"OK"}',
      '{"t":500,"dir":"rx","text":"+CPIN: READY"}',
      '{"t":600,"dir":"tx","text":"AT+CASEND=0,5"}',
      '{"t":610,"dir":"rx","text":"> "}',
      '{"t":620,"dir":"tx","body":5}',
      '{"t":650,"dir":"rx","text":"OK"}',
      '{"t":700,"dir":"tx","text":"AT+CARECV=0,10"}',
      '{"t":710,"dir":"rx","text":"+CARECV: 3,","body":3}',
      '{"t":710,"dir":"rx","text":"OK"}',
    ].join("\n"),
  );

  function play() {
    const departures: string[] = [];
    const replay = new Replay(record, 1, (line, text) => departures.push(`${line}: ${text}`));
    let now = 1_000_000;
    const said = () => {
      const text = replay.poll(now).map((action) => (action.do === "uart" ? latin1(action.bytes) : ""));
      return text.join("");
    };
    said();
    const send = (text: string, ms: number) => {
      let heard = replay
        .uart(bytes(text), now)
        .map((action) => (action.do === "uart" ? latin1(action.bytes) : ""))
        .join("");
      now += ms;
      heard += said();
      return heard;
    };
    return { send, departures, replay };
  }

  test("by order and by time, secrets being what they may", () => {
    const { send, departures, replay } = play();
    expect(send("AT+CPIN=9999\r", 40)).toBe("\r\nOK\r\n");
    expect(send("", 460)).toBe("\r\n+CPIN: READY\r\n");
    expect(send("AT+CASEND=0,5\r\n", 10)).toBe("\r\n> ");
    expect(send("hello", 30)).toBe("\r\nOK\r\n");
    expect(send("AT+CARECV=0,10\r", 10)).toBe("\r\n+CARECV: 3,xxx\r\nOK\r\n");
    expect(departures).toEqual([]);
    expect(replay.finished).toBe(true);
  });

  test("says where the host departs: another line, a line left out, one too many", () => {
    const { send, departures } = play();
    expect(send("AT+CSQ\r", 10)).toBe("\r\nERROR\r\n");
    send("AT+CARECV=0,10\r", 10);
    send("AT\r", 10);
    expect(departures).toEqual([
      "1: the host sent AT+CSQ; recorded was AT+CPIN=[…]",
      "1: the host left out AT+CPIN=[…] and sent AT+CARECV=0,10",
      "11: the host sent AT; the record has ended",
    ]);
  });

  test.each(["{", '{"t":0}', '{"t":0,"dir":"up","text":"x"}', '{"t":0,"dir":"tx","body":-1}', "7", "null"])(
    "%s is no record",
    (line) => expect(() => parseRecord(line)).toThrow(RecordError),
  );
});

describe("made anonymous", () => {
  const log = [
    "8988280666000000015 and again 8988280666000000015",
    "869016040000001 901400000000001",
    "+4915112345678 at 10.64.0.1, not 127.0.0.1 nor 0.0.0.0",
    "+CPSI: LTE CAT-M1,Online,262-02,0xAAB4,8596225,147,EUTRAN-BAND20,6300,3,3,-16,-103,-74,7",
    '+CEREG: 2,5,"AAB4","832B01",7',
    "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl",
    "+CGNSINF: 1,1,20260102030405.000,52.520008,13.404954,34.000,0.00,,0,,1.0,1.3,0.9,,9,,8.4,12.0",
    "+CSQ: 20,99",
  ].join("\n");

  test("the same thing gets the same stand-in of the same form, the rest stays", () => {
    const { text } = anonymize(log);
    for (const secret of [
      "89882806",
      "8690160",
      "9014000",
      "49151",
      "10.64",
      "8596225",
      "AAB4",
      "832B01",
      "eyJ",
      "52.52",
    ]) {
      expect(text).not.toContain(secret);
    }
    const lines = text.split("\n");
    const [first, , , second] = lines[0]!.split(" ");
    expect(first).toMatch(/^89\d{17}$/);
    expect(second).toBe(first);
    expect(lines[1]).toMatch(/^\d{15} \d{15}$/);
    expect(lines[2]).toContain("not 127.0.0.1 nor 0.0.0.0");
    expect(lines[3]).toContain(",262-02,0x0000,0000000,000,EUTRAN-BAND20,6300,3,3,-16,-103,-74,7");
    expect(lines[4]).toBe('+CEREG: 2,5,"0000","000000",7');
    expect(lines.at(-1)).toBe("+CSQ: 20,99");
  });

  test("done twice it changes nothing any more", () => {
    const once = anonymize(log).text;
    expect(anonymize(once).text).toBe(once);
  });
});

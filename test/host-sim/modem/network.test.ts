// Oracle: the answers in SIM7080 AT V1.07 and in logs of 1951B16 modules.

import { describe, expect, test } from "@jest/globals";
import { Desk } from "./desk.js";

describe("identity", () => {
  test.each([
    ["AT+CGMI", "SIMCOM_Ltd"],
    ["AT+GMM", "SIMCOM_SIM7080G"],
    ["AT+GMR", "Revision:1951B16SIM7080"],
    ["AT+GSN", "869016040000001"],
    ["AT+CCID", "8988280666000000015"],
    ["AT+CIMI", "901400000000001"],
    ["ATI", "R1951.07"],
  ])("%s answers the bare %s", (command, answer) => {
    const desk = new Desk();
    desk.at("ATE0");
    expect(desk.at(command)).toBe(`\r\n${answer}\r\n\r\nOK\r\n`);
  });

  test("AT+ICCID does not exist here", () => {
    const desk = new Desk();
    desk.at("ATE0");
    expect(desk.at("AT+ICCID")).toBe("\r\nERROR\r\n");
  });
});

describe("registration", () => {
  test("goes from searching to roaming, with a URC each when asked for", () => {
    const desk = new Desk({ delayScale: 1, poweredOn: false, fault: ["registration-slow=20"] });
    desk.press(1000);
    desk.pass(2500);
    desk.at("ATE0", 50);
    desk.at("AT+CEREG=1", 50);
    desk.pass(60_000);
    const lines = desk
      .said()
      .split("\r\n")
      .filter((line) => line.startsWith("+CEREG"));
    expect(lines).toEqual(["+CEREG: 2", "+CEREG: 5"]);
  });

  test.each([
    [0, "+CEREG: 0,5"],
    [1, "+CEREG: 1,5"],
    [2, '+CEREG: 2,5,"AAB4","832B01",7'],
    [4, '+CEREG: 4,5,"AAB4","832B01",7,,,"00000000","00000000"'],
  ])("AT+CEREG? with n=%i has no rac field", (n, line) => {
    const desk = new Desk();
    desk.at("ATE0");
    desk.at(`AT+CEREG=${n}`);
    expect(desk.at("AT+CEREG?")).toBe(`\r\n${line}\r\n\r\nOK\r\n`);
  });

  test("n=5 is an error", () => {
    const desk = new Desk();
    expect(desk.at("AT+CEREG=5")).toContain("ERROR");
    expect(desk.at("AT+CEREG=?")).toContain("+CEREG: (0-2,4)");
  });

  test("a stale APN keeps it searching until it is put right in the safe order", () => {
    const desk = new Desk({ poweredOn: false });
    desk.press(1000);
    desk.at("ATE0");
    desk.at("AT+CFUN=0");
    desk.at('AT+CGDCONT=1,"IP","wrong.example"');
    desk.at("AT+CFUN=1", 60_000);
    expect(desk.at("AT+CEREG?")).toContain("+CEREG: 0,2");
    desk.at("AT+CREBOOT", 10_000);
    expect(desk.at("AT+CEREG?")).toContain("+CEREG: 0,2");
    desk.at("AT+CFUN=0");
    desk.at('AT+CGDCONT=1,"IP","iot.1nce.net"');
    desk.at("AT+CFUN=1", 60_000);
    expect(desk.at("AT+CEREG?")).toContain("+CEREG: 0,5");
    expect(desk.at("AT+CGNAPN")).toContain('+CGNAPN: 1,"iot.1nce.net"');
  });

  test("denied is 3, no coverage is 2", () => {
    for (const [access, stat] of [
      ["denied", 3],
      ["none", 2],
      ["home", 1],
      ["roaming", 5],
    ] as const) {
      const desk = new Desk({ network: { access } });
      desk.pass(1000);
      expect(desk.at("AT+CEREG?")).toContain(`+CEREG: 0,${stat}`);
    }
  });

  test("a choice of technology or bands that the network lacks finds nothing", () => {
    const desk = new Desk({ network: { rats: ["NB-IoT"], bands: [20] } });
    expect(desk.at("AT+CNSMOD?")).toContain("+CNSMOD: 0,9");
    desk.at("AT+CMNB=1", 1000);
    expect(desk.at("AT+CEREG?")).toContain("+CEREG: 0,2");
    desk.at("AT+CMNB=3", 1000);
    expect(desk.at("AT+CEREG?")).toContain("+CEREG: 0,5");
    desk.at('AT+CBANDCFG="NB-IOT",8', 1000);
    expect(desk.at("AT+CEREG?")).toContain("+CEREG: 0,2");
  });

  test("AT+CPSI? and AT+COPS? describe the cell", () => {
    const desk = new Desk();
    expect(desk.at("AT+CPSI?")).toContain(
      "+CPSI: LTE CAT-M1,Online,262-02,0xAAB4,8596225,147,EUTRAN-BAND20,6300,3,3,-16,-103,-74,7",
    );
    expect(desk.at("AT+COPS?")).toContain('+COPS: 0,0,"Vodafone.de",7');
    desk.do(desk.modem.setNetwork({ access: "none" }, desk.now));
    expect(desk.at("AT+CPSI?")).toContain("+CPSI: NO SERVICE,Online");
    expect(desk.at("AT+COPS?")).toContain("+COPS: 0\r\n");
    expect(desk.at("AT+CSQ")).toContain("+CSQ: 99,99");
  });
});

describe("a scripted network", () => {
  test("registration takes as long as it is told", () => {
    const desk = new Desk({ poweredOn: false, delayScale: 1, network: { registrationMs: 20_000 } });
    desk.press(1000);
    desk.pass(6000);
    desk.at("ATE0", 50);
    desk.at("AT+CEREG=1", 50);
    const begin = desk.now;
    while (!desk.said().includes("+CEREG: 5") && desk.now - begin < 60_000) desk.pass(100);
    expect(desk.now - begin).toBeGreaterThan(15_000);
    expect(desk.now - begin).toBeLessThan(20_000);
  });

  test("losing coverage takes the PDP context along, and it comes back by itself only where automatic", () => {
    const desk = new Desk();
    desk.at("ATE0+CEREG=1");
    desk.at("AT+CNACT=0,2");
    desk.at("AT+CNACT=1,1");
    desk.do(desk.modem.setNetwork({ access: "none" }, desk.now));
    expect(desk.said()).toBe("\r\n+APP PDP: 0,DEACTIVE\r\n\r\n+APP PDP: 1,DEACTIVE\r\n\r\n+CEREG: 2\r\n");
    desk.do(desk.modem.setNetwork({ access: "home" }, desk.now));
    desk.pass(60_000);
    const said = desk.said();
    expect(said).toContain("+CEREG: 1");
    expect(said).toContain("+APP PDP: 0,ACTIVE");
    expect(said).not.toContain("+APP PDP: 1,ACTIVE");
  });

  test("a PDP context lives as long as the network lets it", () => {
    const desk = new Desk({ network: { pdpLifetimeS: 300 } }).connected();
    // 25 s went by while it was connected.
    desk.pass(274_999);
    expect(desk.said()).toBe("");
    desk.pass(1);
    expect(desk.said()).toBe("\r\n+APP PDP: 0,DEACTIVE\r\n");
    expect(desk.wanted()).toEqual(["close 0 silent"]);
  });

  test("AT+COPS=? takes a scan", () => {
    const desk = new Desk({ delayScale: 1 });
    desk.at("ATE0", 50);
    expect(desk.at("AT+COPS=?", 19_000)).toBe("");
    desk.pass(30_000);
    expect(desk.said()).toContain('+COPS: (2,"Vodafone.de","Vodafone","26202",7),');
  });

  test("a manual choice of operator outlives a power cycle", () => {
    const desk = new Desk();
    desk.at('AT+COPS=1,2,"26202"');
    desk.at("AT+CREBOOT", 10_000);
    expect(desk.at("AT+COPS?")).toContain("+COPS: 1,");
  });
});

describe("what drivers send in their start sequences", () => {
  test.each([
    ["AT&W", "OK"],
    ["AT+IFC=2,2", "OK"],
    ["AT+IFC?", "+IFC: 0,0"],
    ["AT+CSCLK=0", "OK"],
    ["AT+CFGRI=1", "OK"],
    ["AT+CNETLIGHT=0", "OK"],
    ["AT+CBC", "+CBC: 0,82,3912"],
    ["AT+CACID=0", "OK"],
    ['AT+CSSLCFG="sslversion",0,3', "OK"],
    ['AT+CSSLCFG="SNI",0,"example.com"', "OK"],
    ['AT+CSSLCFG="ciphersuite",0,0,0xC02F', "OK"],
    ['AT+CSSLCFG="alpn",0,"mqtt"', "ERROR"],
    ['AT+CSSLCFG="convert",2,"ca.crt"', "ERROR"],
    ['AT+CACFG="TIMEOUT",0,1000', "OK"],
    ['AT+CACFG="KEEPALIVE",1,60,60,3', "OK"],
    ['AT+CACFG="KEEPALIVE",1,5', "ERROR"],
    ['AT+CACFG="NONSENSE",1', "ERROR"],
    ["AT+IPR=12345", "ERROR"],
    ["AT+CFUN=5", "ERROR"],
    ["AT+CPIN=1234", "ERROR"],
    ['AT+CDNSCFG="8.8.8.8","8.8.4.4"', "OK"],
    ['AT+SNPING4="example.com",1,32,1000', "Bind failed"],
    ['AT+CNCFG=0,1,"iot.1nce.net"', "OK"],
    ['AT+CGAUTH=1,0,"",""', "OK"],
    ["AT+CGATT?", "+CGATT: 1"],
    ["AT+CGPADDR=1", "+CGPADDR: 1,10.64.0.1"],
  ])("%s answers %s", (command, answer) => {
    const desk = new Desk();
    desk.at("ATE0");
    expect(desk.at(command)).toContain(answer);
  });

  // What vshymanskyy/TinyGSM (TinyGsmClientSIM7080.h) and Zephyr (drivers/modem/simcom-sim7080.c) send, each step waiting for OK.
  test.each([
    [
      "TinyGSM",
      [
        "AT",
        "ATE0",
        "AT+CMEE=0",
        "AT+GMM",
        "AT+CLTS=1",
        "AT+CBATCHK=1",
        "AT+CPIN?",
        "AT+CEREG?",
        'AT+CGDCONT=1,"IP","iot.1nce.net"',
        "AT+CGATT=1",
        "AT+CGNAPN",
        'AT+CNCFG=0,1,"iot.1nce.net"',
        "AT+CNACT=0,1",
        "AT+CACID=0",
        "AT+CASSLCFG=0,SSL,0",
        'AT+CAOPEN=0,0,"TCP","example.com",80',
        "AT+CARECV?",
        "AT+CASTATE?",
        "AT+CACLOSE=0",
      ],
    ],
    [
      "Zephyr",
      [
        "AT",
        "ATE0",
        "ATH",
        "AT+CGMI",
        "AT+CGMM",
        "AT+CGMR",
        "AT+CGSN",
        "AT+CIMI",
        "AT+CCID",
        "AT+CNMP=38",
        "AT+CMNB=1",
        'AT+CBANDCFG="CAT-M",3,8,20',
        "AT+CPIN?",
        "AT+CSQ",
        "AT+CGATT?",
        "AT+CEREG?",
        "AT+CNCFG=0,0",
        "AT+CNACT=0,1",
        'AT+CAOPEN=0,0,"TCP","192.0.2.1",80',
        "\x1AAT+CASTATE?",
        "AT+CACLOSE=0",
      ],
    ],
  ])("%s comes through its whole sequence", (_driver, commands) => {
    const desk = new Desk();
    for (const command of commands) {
      desk.said();
      desk.type(`${command}\r`);
      if (command.includes("CAOPEN")) desk.network({ event: "connected", cid: 0 });
      desk.pass(1000);
      expect([command, desk.said()]).toEqual([command, expect.stringMatching(/\r\nOK\r\n/)]);
    }
  });

  test("ATZ brings back echo and bare errors", () => {
    const desk = new Desk();
    desk.at("ATE0+CMEE=2");
    expect(desk.at("ATZ")).toBe("\r\nOK\r\n");
    expect(desk.at("AT+NONE")).toBe("AT+NONE\r\r\nERROR\r\n");
  });

  test("TLS settings can be read back", () => {
    const desk = new Desk();
    desk.at("ATE0");
    for (const set of ['"sslversion",1,3', '"ignorertctime",1,1', '"protocol",1,1', '"sni",1,"example.com"']) {
      expect(desk.at(`AT+CSSLCFG=${set}`)).toBe("\r\nOK\r\n");
    }
    expect(desk.at('AT+CSSLCFG="ctxindex",1')).toBe('\r\n+CSSLCFG: 1,3,,,,,,,,,1,1,"example.com"\r\n\r\nOK\r\n');
  });

  test("a ping has its lines before OK", () => {
    const desk = new Desk().online();
    expect(desk.at('AT+SNPING4="example.com",2,32,1000')).toMatch(
      /^\r\n\+SNPING4: 1,192\.0\.2\.\d+,\d+\r\n\r\n\+SNPING4: 2,192\.0\.2\.\d+,\d+\r\n\r\nOK\r\n$/,
    );
  });

  test("a URC group can be switched off, and stays off", () => {
    const desk = new Desk({ fault: ["no-network-time"] });
    desk.at('AT+CURCCFG="SMS",0');
    desk.at('AT+CURCCFG="SIMCARD",0');
    desk.at("ATE0");
    expect(desk.at("AT+CREBOOT", 10_000)).toBe("\r\nOK\r\n\r\nRDY\r\n\r\n+CFUN: 1\r\n");
    expect(desk.at("AT+CURCCFG?")).toContain('+CURCCFG: "SMS",0');
  });

  test("ATV0 gives numbers, ATQ1 nothing", () => {
    const desk = new Desk();
    desk.at("ATE0");
    expect(desk.at("ATV0")).toBe("0\r");
    expect(desk.at("AT+NONE")).toBe("4\r");
    expect(desk.at("ATQ1")).toBe("");
    expect(desk.at("ATQ0V1")).toBe("\r\nOK\r\n");
  });

  test("a socket with the module's own TLS asks the carrier for it; DTLS is not carried", () => {
    const desk = new Desk().online();
    desk.at('AT+CASSLCFG=0,"SSL",1');
    desk.at('AT+CAOPEN=0,0,"TCP","h",443');
    expect(desk.wanted()).toEqual(["connect 0 h:443 tls"]);
    desk.network({ event: "failed", cid: 0, reason: "tls" });
    expect(desk.said()).toBe("\r\n+CAOPEN: 0,27\r\n\r\nOK\r\n");
    expect(desk.at('AT+CAOPEN=0,0,"UDP","h",443')).toBe("\r\n+CAOPEN: 0,7\r\n\r\nOK\r\n");
  });
});

describe("SIM card", () => {
  test("none: error 10", () => {
    const desk = new Desk({ sim: null });
    expect(desk.said()).toBe("");
    desk.at("ATE0+CMEE=2");
    expect(desk.at("AT+CPIN?")).toBe("\r\n+CME ERROR: SIM not inserted\r\n");
  });

  test("busy, then ready", () => {
    const desk = new Desk({ fault: ["sim-busy=5"] });
    desk.at("ATE0+CMEE=1");
    expect(desk.at("AT+CPIN?")).toBe("\r\n+CME ERROR: 14\r\n");
    desk.pass(5000);
    expect(desk.said()).toContain("+CPIN: READY");
    expect(desk.at("AT+CPIN?")).toBe("\r\n+CPIN: READY\r\n\r\nOK\r\n");
  });

  test("asks for its PIN, and locks after three wrong ones for good", () => {
    const desk = new Desk({ fault: ["sim-pin=4711"] });
    desk.at("ATE0+CMEE=1");
    expect(desk.at("AT+CPIN?")).toBe("\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n");
    expect(desk.at("AT+CIMI")).toBe("\r\n+CME ERROR: 11\r\n");
    for (let i = 0; i < 3; i++) expect(desk.at("AT+CPIN=1234")).toBe("\r\n+CME ERROR: 16\r\n");
    expect(desk.at("AT+CPIN?")).toBe("\r\n+CPIN: SIM PUK\r\n\r\nOK\r\n");
    desk.at("AT+CREBOOT", 10_000);
    expect(desk.at("AT+CPIN?")).toContain("+CPIN: SIM PUK");
  });

  test("switched off while it is being read, it is read once only, and an unlocked one asks for its PIN no more", () => {
    const desk = new Desk({ fault: ["sim-busy=5", "sim-pin=4711"] });
    desk.at("ATE0");
    desk.pass(4000);
    desk.at("AT+CFUN=0");
    desk.modem.clearFault("sim-busy");
    expect(desk.at("AT+CFUN=1")).toContain("+CPIN: SIM PIN");
    expect(desk.at("AT+CPIN=4711", 60_000).match(/\+CPIN: \w+/g)).toEqual(["+CPIN: READY"]);
  });

  test("switched off while it is being read, it stays off", () => {
    const desk = new Desk({ fault: ["sim-busy=5"] });
    desk.at("ATE0+CMEE=1");
    desk.at("AT+CFUN=0", 60_000);
    expect(desk.at("AT+CPIN?")).toContain("+CME ERROR");
  });

  test("takes the right PIN with OK, then +CPIN: READY", () => {
    const desk = new Desk({ fault: ["sim-pin=4711"] });
    desk.at("ATE0");
    expect(desk.at('AT+CPIN="4711"')).toMatch(/^\r\nOK\r\n\r\n\+CPIN: READY\r\n/);
  });
});

describe("time", () => {
  test("CCLK tells local time with quarter hours, after registration", () => {
    const desk = new Desk();
    desk.at("ATE0");
    expect(desk.at("AT+CCLK?")).toBe('\r\n+CCLK: "26/01/02,05:04:05+08"\r\n\r\nOK\r\n');
  });

  test("a clock that was never set counts from the GPS epoch", () => {
    const desk = new Desk({ fault: ["no-network-time"] });
    desk.pass(7000);
    expect(desk.at("AT+CCLK?")).toContain('+CCLK: "80/01/06,00:00:07+00"');
  });

  test("the clock can be set by hand", () => {
    const desk = new Desk({ fault: ["no-network-time"] });
    expect(desk.at('AT+CCLK="26/06/07,08:09:10-20"')).toContain("OK");
    desk.pass(5000);
    expect(desk.at("AT+CCLK?")).toContain('+CCLK: "26/06/07,08:09:15-20"');
    expect(desk.at('AT+CCLK="soon"')).toContain("ERROR");
  });

  test("CLTS works from the next boot on", () => {
    const desk = new Desk();
    desk.at("AT+CLTS=0");
    expect(desk.at("AT+CCLK?")).toContain("26/01/02");
    desk.at("AT+CREBOOT", 10_000);
    expect(desk.at("AT+CCLK?")).toContain("80/01/06");
  });

  test("NTP answers OK, then its result, and sets the clock", () => {
    const desk = new Desk({ fault: ["no-network-time"] }).online();
    desk.at("AT+CNTPCID=0");
    desk.at('AT+CNTP="pool.ntp.org",0,0,2');
    expect(desk.at("AT+CNTP", 5000)).toMatch(/^\r\nOK\r\n\r\n\+CNTP: 1,"26\/01\/02,/);
    expect(desk.at("AT+CCLK?")).toContain("26/01/02");
  });

  test("NTP without a PDP context ends with 61", () => {
    const desk = new Desk();
    desk.at("ATE0");
    desk.at('AT+CNTP="pool.ntp.org",0,0,0');
    expect(desk.at("AT+CNTP", 5000)).toBe("\r\nOK\r\n\r\n+CNTP: 61\r\n");
  });
});

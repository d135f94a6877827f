import { describe, expect, test } from "@jest/globals";
import type { ModemOptions } from "../../../../firmware/modem/modem.js";
import { createModem } from "../../../../firmware/modem/modem.js";
import { DENIED_LIMIT_MS, REGISTRATION_LIMIT_MS } from "../../../../firmware/modem/sim7080/registration.js";
import type { Failure } from "../../../../firmware/platform/failure.js";
import { Faults } from "../../../../host-sim/modem/faults.js";
import type { Sim7080Options } from "../../../../host-sim/modem/sim7080.js";
import { MemoryKeyValue } from "../../../../host-sim/world/key-value.js";
import { iccidOf } from "../../../../host-sim/world/sims.js";
import { Rig } from "../rig.js";

function withFaults(...faults: string[]): Sim7080Options {
  return { faults: new Faults(faults) };
}

async function failureOf(rig: Rig): Promise<Failure> {
  return rig.settle(rig.modem.up()).then(
    () => {
      throw new Error("it came up");
    },
    (error: Failure) => error,
  );
}

describe("from off to online", () => {
  test("takes at most 20 exchanges to an open socket, on a modem from the factory", async () => {
    const rig = new Rig();
    await rig.settle(rig.modem.up());
    const client = rig.client();
    await rig.world.run(() => client.room > 0, 60_000);
    expect(rig.sent.filter((line) => line.startsWith("AT")).length).toBeLessThanOrEqual(20);
    expect(rig.stages).toEqual(["probe", "power", "configure", "sim", "register", "pdp", "online"]);
  });

  test("tells who SIM and module are and how the cell is heard", async () => {
    const rig = new Rig();
    expect(await rig.settle(rig.modem.up())).toEqual({
      iccid: iccidOf(1),
      imei: expect.stringMatching(/^\d{15}$/),
      model: "SIMCOM_SIM7080G",
      firmware: "1951B16SIM7080",
      rat: "LTE-M",
      plmn: "262-02",
      band: "B20",
      cellId: 8596225,
      rssiDbm: -74,
      rsrpDbm: -103,
      rsrqDb: -16,
      sinrDb: -6,
    });
  });

  test("is done at once when it is up", async () => {
    const rig = new Rig();
    await rig.settle(rig.modem.up());
    const before = rig.lines.length;
    const at = rig.world.now;
    await rig.settle(rig.modem.up());
    expect(rig.world.now).toBe(at);
    expect(rig.lines.length).toBe(before);
  });

  test("asked for twice at the same time it runs once", async () => {
    const rig = new Rig();
    const [one, two] = await rig.settle(Promise.all([rig.modem.up(), rig.modem.up()]));
    expect(one).toEqual(two);
    expect(rig.sent.filter((line) => line === "ATE0")).toHaveLength(1);
  });

  test("after a lost PDP context it does again only what was lost", async () => {
    const rig = new Rig();
    await rig.settle(rig.modem.up());
    rig.device.push(rig.sim.mishap("pdp-drop", rig.world.now));
    await rig.world.run(1000);
    expect(rig.losses).toMatchObject([{ code: "pdp-lost", advice: "retry" }]);
    rig.lines.length = 0;
    await rig.settle(rig.modem.up());
    expect(rig.sent).toEqual(["AT", "AT+CEREG=1;+CEREG?", "AT+CNACT=0,1", "AT+CSQ;+CPSI?"]);
  });
});

describe("a modem that outlived a restart of the chip", () => {
  test("is not pulsed, and what is saved is not written again", async () => {
    const rig = new Rig({ sim: { poweredOn: true } });
    await rig.settle(rig.modem.up());
    expect(rig.stages).not.toContain("power");
    rig.device.boot();
    rig.lines.length = 0;
    await rig.settle(rig.make(rig.device.boot()).up());
    expect(
      rig.sent.filter((line) => line.includes("CGDCONT=") || line.includes("CFUN=") || line.includes("CLTS=")),
    ).toEqual([]);
  });

  test("keeps its PDP context, and the sockets of the earlier run are closed", async () => {
    const rig = new Rig({ sim: { poweredOn: true } });
    await rig.settle(rig.modem.up());
    const [a, b] = [rig.client(), rig.client()];
    await rig.world.run(() => a.room > 0 && b.room > 0, 60_000);
    const modem = rig.make(rig.device.boot());
    rig.lines.length = 0;
    await rig.settle(modem.up());
    expect(rig.sent).toEqual(expect.arrayContaining(["AT+CNACT?", "AT+CASTATE?", "AT+CACLOSE=0", "AT+CACLOSE=1"]));
    expect(rig.sent).not.toContain("AT+CNACT=0,1");
  });

  test.each([
    { poweredOn: true, stepMs: 13, lastMs: 1500 },
    { poweredOn: false, stepMs: 210, lastMs: 16_000 },
  ])("may have been in the middle of anything (on before: $poweredOn)", async ({ poweredOn, stepMs, lastMs }) => {
    for (let ms = 0; ms <= lastMs; ms += stepMs) {
      const rig = new Rig({ sim: { poweredOn, seed: ms + 1 } });
      void rig.modem.up().then(
        () => rig.client(),
        () => {},
      );
      await rig.world.run(ms);
      const { Serial, clock, timer, powerKey } = rig.device.boot();
      await rig.world.run(400);
      rig.stages.length = 0;
      await rig.settle(rig.make({ Serial, clock, timer, powerKey }).up());
      if (poweredOn) expect(rig.stages).not.toContain("power");
    }
  });

  test("answers though its first AT is lost", async () => {
    const rig = new Rig({ sim: { poweredOn: true, ...withFaults("first-at-lost=1") } });
    await rig.settle(rig.modem.up());
    expect(rig.stages).not.toContain("power");
  });
});

describe("settings that the modem saves", () => {
  test("a stale APN is changed with the radio off, once", async () => {
    const rig = new Rig({ sim: { poweredOn: true } });
    await rig.settle(rig.make({ apn: "wrong.example" }).up()).catch(() => {});
    rig.lines.length = 0;
    await rig.settle(rig.make(rig.device.boot()).up());
    const changes = rig.sent.filter((line) => /CFUN=|CGDCONT=/.test(line));
    expect(changes).toEqual(["AT+CFUN=0", 'AT+CGDCONT=1,"IP","iot.1nce.net"', "AT+CFUN=1"]);
  });

  test("radio technology and bands are written only when they differ", async () => {
    const options = { rat: "LTE-M", bands: { "CAT-M": [20, 8, 3] } } as const;
    const rig = new Rig({ sim: { poweredOn: true }, modem: options });
    await rig.settle(rig.modem.up());
    const writes = () => rig.sent.filter((line) => /CNMP=|CMNB=|CBANDCFG=/.test(line));
    expect(writes()).toEqual(["AT+CMNB=1", 'AT+CBANDCFG="CAT-M",20,8,3']);
    rig.lines.length = 0;
    await rig.settle(rig.make({ ...rig.device.boot(), ...options }).up());
    expect(writes()).toEqual([]);
  });

  test("a UART that another program lets sleep is kept awake", async () => {
    const rig = new Rig({ sim: { poweredOn: true } });
    await rig.settle(rig.make({}, (line) => line.replace("+CSCLK?", "+CSCLK=1;+CSCLK?")).up());
    expect(rig.sent).toContain("AT+CSCLK=0");
    rig.lines.length = 0;
    await rig.settle(rig.make(rig.device.boot()).up());
    expect(rig.sent).not.toContain("AT+CSCLK=0");
  });

  test("what this firmware refuses is reported, and does not keep the modem from the network", async () => {
    const filter = (line: string) => (/CPSMS=|CBANDCFG=/.test(line) ? "AT+NOT" : line);
    const profile = { mode: "psm", periodS: 3600, activeS: 10 } as const;
    const rig = new Rig({ sim: { poweredOn: true }, modem: { profile, bands: { "CAT-M": [20] } }, filter });
    await rig.settle(rig.modem.up());
    expect(rig.logs.filter((line) => line === "warn modem-setting-refused")).toHaveLength(2);
    expect(rig.sent).toContain("AT+CFUN=1");
  });

  test("a modem that answers only one command a line is asked one by one", async () => {
    const rig = new Rig({ sim: { poweredOn: true }, filter: (line) => (line.includes(";") ? "AT+NOT" : line) });
    const status = await rig.settle(rig.modem.up());
    expect(status).toMatchObject({ iccid: iccidOf(1), rat: "LTE-M" });
    const asked = rig.sent.filter((line) => line.includes(";")).length;
    await rig.settle(rig.modem.status());
    expect(rig.sent.filter((line) => line.includes(";")).length).toBe(asked);
  });

  test("an option that cannot be used is refused before anything is sent", () => {
    const rig = new Rig();
    const bad: Partial<ModemOptions>[] = [
      { apn: 'a"b' },
      { pin: "12" },
      { bands: { "CAT-M": [7] } },
      { bands: { "CAT-M": [] } },
      { ntpHost: "a b" },
      { profile: { mode: "psm", periodS: 0, activeS: 1 } },
      { profile: { mode: "edrx", cycleS: 1e6 } },
      { floorMs: 0 },
      { floorMs: Number.NaN },
    ];
    for (const options of bad) {
      expect(() => createModem({ ...rig.platform, ...options })).toThrow(
        expect.objectContaining({ code: "modem-config", advice: "give-up" }),
      );
    }
    expect(() => createModem({ ...rig.platform, pin: "SECRET" })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining("SECRET") }),
    );
  });
});

describe("the SIM", () => {
  test("busy after boot is waited for", async () => {
    const rig = new Rig({ sim: withFaults("sim-busy=8") });
    expect(await rig.settle(rig.modem.up())).toMatchObject({ iccid: iccidOf(1) });
  });

  test("missing: sim-missing, give up", async () => {
    const rig = new Rig({ sim: { sim: null } });
    expect(await failureOf(rig)).toMatchObject({ code: "sim-missing", advice: "give-up" });
  });

  test("that shook loose is looked for again by switching it off and on, before it is given up", async () => {
    const rig = new Rig({ sim: withFaults("no-sim") });
    expect(await failureOf(rig)).toMatchObject({ code: "sim-missing" });
    rig.sim.clearFault("no-sim");
    expect(await rig.settle(rig.modem.up())).toMatchObject({ iccid: iccidOf(1) });
    const sent = rig.sent.slice(rig.sent.lastIndexOf("AT+CPIN?") - 3);
    expect(sent).toEqual(expect.arrayContaining(["AT+CFUN=0", "AT+CFUN=1"]));
  });

  test("pulled out while online, it is missed by the next up, not looked for as a network that is not there", async () => {
    const rig = new Rig({ sim: { poweredOn: true } });
    await rig.settle(rig.modem.up());
    rig.sim.setFault("no-sim");
    rig.device.push(rig.sim.mishap("sim-lost", rig.world.now));
    await rig.world.run(5000);
    const lost = rig.world.now;
    expect(await failureOf(rig)).toMatchObject({ code: "sim-missing" });
    expect(rig.world.now - lost).toBeLessThan(30_000);
  });

  test("unreadable: sim-failed", async () => {
    const rig = new Rig({ sim: withFaults("sim-failure") });
    expect(await failureOf(rig)).toMatchObject({ code: "sim-failed", advice: "reset-modem" });
  });

  test("busy for ever: sim-busy within a bounded time", async () => {
    const rig = new Rig({ sim: withFaults("sim-busy=100000") });
    expect(await failureOf(rig)).toMatchObject({ code: "sim-busy" });
    expect(rig.world.now).toBeLessThan(rig.started + 60_000);
  });

  test("locked, its PIN is entered from the configuration", async () => {
    const rig = new Rig({ sim: { poweredOn: true, ...withFaults("sim-pin=4711") }, modem: { pin: "4711" } });
    expect(await rig.settle(rig.modem.up())).toMatchObject({ iccid: iccidOf(1) });
    expect(rig.lines.join("\n")).not.toContain("4711");
    expect(rig.sent).toContain("AT+CPIN=[…]");
  });

  test("locked, without a PIN configured: sim-locked, give up", async () => {
    const rig = new Rig({ sim: withFaults("sim-pin=4711") });
    expect(await failureOf(rig)).toMatchObject({ code: "sim-locked", advice: "give-up" });
  });

  test("a refused PIN is never tried again, not after restarts of chip and modem either", async () => {
    const rig = new Rig({ sim: withFaults("sim-pin=4711"), modem: { pin: "0000" } });
    const options = { pin: "0000", keyValue: rig.device.keyValue };
    let modem = rig.make(options);
    for (let i = 0; i < 4; i++) {
      const error = await rig.settle(modem.up()).catch((cause) => cause);
      expect(error).toMatchObject({ code: "sim-pin-refused", advice: "give-up" });
      if (i === 1) await rig.settle(modem.restart());
      if (i === 2) modem = rig.make({ ...rig.device.boot(), ...options });
    }
    expect(rig.sent.filter((line) => line.startsWith("AT+CPIN="))).toHaveLength(1);
    modem = rig.make({ ...rig.device.boot(), ...options, pin: "4711" });
    await rig.settle(modem.up());
    expect(rig.device.keyValue.read("pin-refused")).toBeUndefined();
  });

  describe("whose line spoils the PIN", () => {
    /** A driver with the right PIN, of which another reaches the modem this many times. */
    const spoiled = (times: number) => {
      let left = times;
      const filter = (line: string) => (line === "AT+CPIN=4711" && left-- > 0 ? "AT+CPIN=4#11" : line);
      const rig = new Rig({ sim: { poweredOn: true, ...withFaults("sim-pin=4711") }, filter });
      const keyValue = new MemoryKeyValue();
      const up = () => rig.settle(rig.make({ ...rig.device.boot(), keyValue, pin: "4711" }).up());
      return { rig, keyValue, up, tries: () => rig.sent.filter((line) => line.startsWith("AT+CPIN=")).length };
    };

    test("is tried again later, and comes online", async () => {
      const { rig, keyValue, up, tries } = spoiled(1);
      await expect(up()).rejects.toMatchObject({ code: "sim-pin-refused", advice: "give-up" });
      expect(await up()).toMatchObject({ iccid: iccidOf(1) });
      expect(tries()).toBe(2);
      expect(keyValue.read("pin-refused")).toBeUndefined();
      expect(rig.lines.join("\n")).not.toMatch(/4.?11/);
    });

    test("again and again keeps the last of its three tries for a person", async () => {
      const { rig, keyValue, up, tries } = spoiled(Number.POSITIVE_INFINITY);
      for (let i = 0; i < 5; i++) await expect(up()).rejects.toMatchObject({ code: "sim-pin-refused" });
      expect(tries()).toBe(2);
      const whole = rig.make({ ...rig.device.boot(), keyValue, pin: "04711" }, (line) =>
        line.replace("=04711", "=4711"),
      );
      await rig.settle(whole.up());
    });

    test("is tried again only over a line that carries others unspoiled", async () => {
      const { rig, keyValue, up, tries } = spoiled(1);
      await expect(up()).rejects.toMatchObject({ code: "sim-pin-refused" });
      const again = (filter: (line: string) => string) =>
        rig.settle(rig.make({ ...rig.device.boot(), keyValue, pin: "4711" }, filter).up());
      let asked = 0;
      const noisy = (line: string) => (line === "AT+CPIN?" && ++asked % 10 === 0 ? "AT+CPI^?" : line);
      for (let i = 0; i < 3; i++) await expect(again(noisy)).rejects.toMatchObject({ code: "at-cme" });
      expect(tries()).toBe(1);
      await again((line) => line);
    });

    test("so that no PIN is heard, has used up none of its tries", async () => {
      const keyValue = new MemoryKeyValue();
      const rig = new Rig({ sim: { poweredOn: true, ...withFaults("sim-pin=4711") } });
      const up = (heard: string) =>
        rig.settle(
          rig.make({ ...rig.device.boot(), keyValue, pin: "4711" }, (line) => line.replace("AT+CPIN=4711", heard)).up(),
        );
      for (const heard of ["AT+CPYN=4711", 'AT+CPIN"4711', "AT;CPIN=4711"]) {
        await expect(up(heard)).rejects.toMatchObject({ code: "at-cme" });
      }
      await up("AT+CPIN=4711");
    });

    test("is believed for what it says of itself, not for the refusal", async () => {
      // Refused, and unlocked behind that.
      let refused = false;
      const filter = (line: string) => {
        const unlocks = refused && line === "ATE0";
        refused ||= line === "AT+CPIN=0000";
        return unlocks ? "ATE0;+CPIN=4711" : line;
      };
      const rig = new Rig({ sim: { poweredOn: true, ...withFaults("sim-pin=4711") }, filter });
      const { keyValue } = rig.device;
      expect(await rig.settle(rig.make({ pin: "0000", keyValue }).up())).toMatchObject({ iccid: iccidOf(1) });
      expect(rig.lines).toContain("< +CME ERROR: incorrect password");
      expect(keyValue.read("pin-refused")).toBeUndefined();
    });
  });

  test("a refusal that cannot be told from another error costs two of its three tries at most", async () => {
    const keyValue = new MemoryKeyValue();
    const plainErrors = (line: string) => line.replace("+CMEE=2;", "");
    const rig = new Rig({ sim: { poweredOn: true, ...withFaults("sim-pin=4711") }, filter: plainErrors });
    for (let i = 0; i < 6; i++) {
      await rig.settle(rig.make({ ...rig.device.boot(), keyValue, pin: "0000" }).up()).catch(() => {});
    }
    expect(rig.sent.filter((line) => line.startsWith("AT+CPIN="))).toHaveLength(2);
    const last = rig.make({ ...rig.device.boot(), keyValue, pin: "0000" });
    await expect(rig.settle(last.up())).rejects.toMatchObject({ code: "sim-pin-refused" });
    await rig.settle(rig.make({ ...rig.device.boot(), keyValue, pin: "4711" }).up());
    expect(keyValue.read("pin-refused")).toBeUndefined();
  });

  test("a PIN whose answer is lost has been entered all the same", async () => {
    const rig = new Rig({ sim: { poweredOn: true, ...withFaults("sim-pin=4711") } });
    const modem = rig.make({ pin: "4711" });
    const up = modem.up();
    await rig.world.run(() => rig.sent.includes("AT+CPIN=[…]"), 60_000);
    rig.sim.setFault("drop", 1, 6);
    await rig.settle(up);
    expect(rig.sent.filter((line) => line.startsWith("AT+CPIN="))).toHaveLength(1);
  });

  test("a PIN that never reached the modem is not taken for a refused one", async () => {
    const rig = new Rig({ sim: { poweredOn: true, ...withFaults("sim-pin=4711") } });
    const modem = rig.make({ pin: "4711", keyValue: rig.device.keyValue });
    const up = modem.up().catch((error) => error);
    await rig.world.run(() => rig.lines.includes("< +CPIN: SIM PIN"), 60_000);
    rig.sim.setFault("silence", undefined, 1);
    expect(await rig.settle(up)).toMatchObject({ code: "at-timeout" });
    await rig.settle(modem.up());
  });

  test("that asks for its PUK: sim-puk, give up", async () => {
    const rig = new Rig({ sim: withFaults("sim-puk"), modem: { pin: "4711" } });
    expect(await failureOf(rig)).toMatchObject({ code: "sim-puk", advice: "give-up" });
    expect(rig.sent.filter((line) => line.startsWith("AT+CPIN="))).toEqual([]);
  });

  test.each(["iccid-f", "iccid-prefix"])("its ICCID is understood with %s", async (fault) => {
    const rig = new Rig({ sim: withFaults(fault) });
    expect(await rig.settle(rig.modem.up())).toMatchObject({ iccid: iccidOf(1) });
  });
});

test("firmware that is known to be bad is warned of", async () => {
  const rig = new Rig({ sim: { firmware: "1951B05SIM7080" } });
  await rig.settle(rig.modem.up());
  expect(rig.logs).toContainEqual(expect.stringContaining("warn modem-firmware"));
});

describe("registration", () => {
  test("slow, it is waited for, and people are told every 5 s", async () => {
    const rig = new Rig({ sim: withFaults("registration-slow=60") });
    await rig.settle(rig.modem.up());
    expect(rig.details.filter((detail) => /^register searching for \d+ s$/.test(detail)).length).toBeGreaterThanOrEqual(
      10,
    );
    // Told by URC: asked for no more often than every 15 s.
    expect(rig.sent.filter((line) => line.includes("CEREG?")).length).toBeLessThanOrEqual(6);
  });

  test("home counts as roaming does", async () => {
    const rig = new Rig({ sim: { network: { access: "home" } } });
    await rig.settle(rig.modem.up());
  });

  test("denied is told soon, not searched for as long as no network is", async () => {
    const rig = new Rig({ sim: { poweredOn: true, network: { access: "denied" } } });
    expect(await failureOf(rig)).toMatchObject({ code: "registration-denied", advice: "back-off" });
    expect(rig.world.now - rig.started).toBeLessThan(DENIED_LIMIT_MS + 45_000);
  });

  test("a denial that passes while networks are tried is none", async () => {
    const rig = new Rig({ sim: { network: { access: "denied" } } });
    const up = rig.modem.up();
    await rig.world.run(() => rig.details.some((detail) => detail.startsWith("register denied")), 60_000);
    rig.device.push(rig.sim.setNetwork({ access: "roaming" }, rig.world.now));
    await rig.settle(up);
  });

  test("no network: registration-timeout within its limit", async () => {
    const rig = new Rig({ sim: { network: { access: "none" } } });
    expect(await failureOf(rig)).toMatchObject({ code: "registration-timeout", advice: "reset-modem" });
    expect(rig.world.now - rig.started).toBeLessThan(REGISTRATION_LIMIT_MS + 40_000);
  });
});

describe("the PDP context", () => {
  test("refused by the network: pdp-failed", async () => {
    const rig = new Rig({ sim: withFaults("pdp-refused") });
    expect(await failureOf(rig)).toMatchObject({ code: "pdp-failed", advice: "reset-modem" });
    await rig.settle(rig.modem.up());
  });

  test("lost again before the bring-up is over: pdp-lost, and not online", async () => {
    const rig = new Rig({ sim: { poweredOn: true, network: { pdpLifetimeS: 0.1 } } });
    const up = rig.modem.up().catch((error) => error);
    await rig.world.run(() => rig.sent.includes("AT+CNACT=0,1"), 60_000);
    rig.sim.setFault("late", 2000);
    expect(await rig.settle(up)).toMatchObject({ code: "pdp-lost", advice: "retry" });
    expect(rig.losses).toEqual([]);
    rig.sim.clearFault("late");
    rig.device.push(rig.sim.setNetwork({ pdpLifetimeS: undefined }, rig.world.now));
    await rig.settle(rig.modem.up());
  });

  test("without an answer: pdp-failed within a minute", async () => {
    const rig = new Rig({ sim: withFaults("pdp-silent") });
    expect(await failureOf(rig)).toMatchObject({ code: "pdp-failed" });
  });

  test("switched off in order, it comes back", async () => {
    const rig = new Rig();
    await rig.settle(rig.modem.up());
    await rig.settle(rig.modem.down());
    expect(rig.lines.slice(-3)).toEqual(["> AT+CNACT=0,0", "< OK", "< +APP PDP: 0,DEACTIVE"]);
    await rig.settle(rig.modem.up());
    expect(rig.losses).toEqual([]);
  });
});

describe("an odd modem comes up all the same", () => {
  test.each(["echo", "urc-storm", "late=800", "carecv-two-crlf"])("with %s", async (fault) => {
    const rig = new Rig({ sim: withFaults(fault) });
    await rig.settle(rig.modem.up());
    const client = rig.client();
    await rig.world.run(() => client.room > 0, 120_000);
    client.write(Uint8Array.of(1, 2, 3));
    await rig.world.run(() => client.received.length === 3, 120_000);
    expect([...client.received]).toEqual([1, 2, 3]);
  });
});

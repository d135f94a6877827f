// The modem as a class, as docs/modem.md shows it.

import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { ControlError, SimulatedModem, type SimulatedModemOptions } from "../../../host-sim/modem/simulated-modem.js";

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

function modem(options: SimulatedModemOptions = {}): SimulatedModem {
  const made = new SimulatedModem(options);
  open.push(made);
  return made;
}

describe("in virtual time", () => {
  test("registers after minutes that take no time, and talks to a peer in this process", async () => {
    const sim = modem({
      time: "virtual",
      faults: ["registration-slow=180"],
      poweredOn: false,
      peers: {
        "echo.test": (peer) => {
          peer.onData = (bytes) => {
            peer.send(bytes);
            peer.end();
          };
        },
      },
    });
    sim.powerKey(1);
    sim.pass(1100);
    sim.powerKey(0);
    await sim.until(/SMS Ready\r\n/, 20_000);
    await sim.command("ATE0");
    expect(await sim.command("AT+CEREG?")).toContain("+CEREG: 0,2");
    sim.pass(180_000);
    expect(await sim.command("AT+CEREG?")).toContain("+CEREG: 0,5");
    await sim.command("AT+CNACT=0,1");
    await sim.until(/ACTIVE\r\n/);
    expect(await sim.command('AT+CAOPEN=0,0,"TCP","echo.test",7')).toContain("+CAOPEN: 0,0");
    sim.write("AT+CASEND=0,5\r");
    await sim.until(/> /);
    sim.write("hello");
    await sim.until(/\+CASTATE: 0,0\r\n/);
    expect(await sim.command("AT+CARECV=0,64")).toContain("+CARECV: 5,hello");
    expect(await sim.command('AT+CAOPEN=1,0,"TCP","nowhere.test",7')).toContain("+CAOPEN: 1,20");
  });

  test("the same seed gives the same answers at the same times", async () => {
    const run = async (seed: number) => {
      const sim = modem({ time: "virtual", seed });
      return [await sim.command("AT+CGSN"), await sim.command("AT+CNACT=0,1"), await sim.until(/ACTIVE\r\n/)].join("");
    };
    expect(await run(7)).toBe(await run(7));
    expect(await run(7)).not.toBe(await run(8));
  });

  test("says what it heard where something does not come", async () => {
    const sim = modem({ time: "virtual" });
    await expect(sim.until(/never/, 1000)).rejects.toThrow('no /never/ within 1000 ms; heard ""');
  });
});

describe("in real time", () => {
  test("connections go to this machine, messages out are kept, wishes are done", async () => {
    const server = createServer((socket) => void socket.end("hi")).listen(0, "127.0.0.1");
    await once(server, "listening");
    open.push({ close: () => server.close() });
    const sim = modem({
      hosts: { "service.test": { host: "127.0.0.1", port: (server.address() as { port: number }).port } },
    });
    await sim.command("ATE0");
    await sim.command("AT+CNACT=0,1");
    await sim.until(/ACTIVE\r\n/);
    await sim.command('AT+CAOPEN=0,0,"TCP","service.test",80');
    await sim.until(/\+CASTATE: 0,0\r\n/);
    expect(await sim.command("AT+CARECV=0,64")).toContain("+CARECV: 2,hi");
    sim.control({ do: "sms", from: "+4915112345678", text: "hello" });
    await sim.until(/\+CMTI: "SM",0\r\n/);
    await sim.command("AT+CMGF=1");
    sim.write('AT+CMGS="+49151"\r');
    await sim.until(/> /);
    sim.write("back\x1a");
    await sim.until(/\+CMGS: 1/);
    expect(sim.sent).toEqual([{ to: "+49151", text: "back" }]);
    expect(() => sim.control({ do: "dance" })).toThrow(ControlError);
    expect(sim.state.registered).toBe(true);
  });
});

// The doors to a simulated modem: a pseudo terminal that outlives its programs, a control port.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, expect, test } from "@jest/globals";
import { openControlPort } from "../../../../host-sim/cli/parts/control-port.js";
import { openPty } from "../../../../host-sim/cli/parts/doors.js";
import { NodeModem } from "../../../../host-sim/modem/node-modem.js";
import { Sim7080 } from "../../../../host-sim/modem/sim7080.js";
import { uartOnDevice } from "../../../../host-sim/platform/serial-device.js";
import { describeWith } from "../../../support/peers.js";

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

function modem() {
  const core = new Sim7080({ delayScale: 0, poweredOn: true });
  const made = { core, modem: new NodeModem(core, { names: { lookup: () => undefined } }) };
  open.push(made.modem);
  return made;
}

describeWith("socat", "a pseudo terminal", () => {
  test("answers one program after the other, and its link goes with it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "simkey-pty-"));
    const link = join(folder, "modem");
    const { port } = await modem().modem.listen("127.0.0.1", 0);
    const pty = await openPty(port, link);
    expect(pty.path).toBe(link);
    for (let program = 0; program < 2; program++) {
      const uart = await uartOnDevice(link, 115_200);
      const heard = new Promise<string>((resolve) => {
        let text = "";
        uart.onData = (bytes) => {
          text += Buffer.from(bytes).toString("latin1");
          if (text.includes("OK\r\n")) resolve(text);
        };
      });
      uart.write(Buffer.from("AT\r\n"));
      expect(await heard).toBe("AT\r\r\nOK\r\n");
      uart.close();
    }
    pty.close();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(existsSync(link)).toBe(false);
    rmSync(folder, { recursive: true });
  });

  test("that somebody has taken away is told of; one that was closed is not", async () => {
    const made = [modem().modem, modem().modem];
    const ptys = await Promise.all(
      made.map(async (each) => openPty((await each.listen("127.0.0.1", 0)).port, undefined)),
    );
    const told: number[] = [];
    for (const [i, { lost }] of ptys.entries()) lost.catch(() => told.push(i));
    ptys[0]!.close();
    // Its other end.
    await made[1]!.close();
    await expect(ptys[1]!.lost).rejects.toThrow("the pseudo terminal is gone: socat has ended");
    ptys[1]!.close();
    expect(told).toEqual([1]);
  });
});

test("the control port answers each line, and tells of messages sent", async () => {
  const port = await openControlPort({ host: "127.0.0.1", port: 0 }, [modem(), modem()]);
  open.push(port);
  const client = connect(port.address.port, "127.0.0.1");
  open.push({ close: () => client.destroy() });
  const lines = createInterface({ input: client })[Symbol.asyncIterator]();
  const ask = async (line: string) => {
    client.write(`${line}\n`);
    return JSON.parse((await lines.next()).value);
  };
  expect(await ask('{"do":"signal","dbm":-90,"modem":2}')).toEqual({ ok: true });
  expect((await ask('{"do":"state","modem":2}')).state.rssi).toBe(-90);
  expect((await ask('{"do":"state"}')).state.rssi).toBe(-74);
  expect((await ask('{"do":"state","modem":3}')).error).toContain("1 to 2");
  expect((await ask("nonsense")).error).toBe("no JSON");
  port.tell({ event: "sms", modem: 1, to: "+49", text: "hi" });
  expect(JSON.parse((await lines.next()).value)).toEqual({ event: "sms", modem: 1, to: "+49", text: "hi" });
});

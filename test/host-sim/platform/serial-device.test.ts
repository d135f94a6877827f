import { Buffer } from "node:buffer";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { NodeModem } from "../../../host-sim/modem/node-modem.js";
import { Sim7080 } from "../../../host-sim/modem/sim7080.js";
import { serialOver } from "../../../host-sim/platform/serial.js";
import { uartOnDevice } from "../../../host-sim/platform/serial-device.js";
import type { UartEnd } from "../../../host-sim/world/core.js";
import { describeWith } from "../../support/peers.js";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "simkey-"));
  path = join(directory, "modem");
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Gathers what comes until it ends with `tail`. */
function until(end: UartEnd, tail: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    end.onData = (bytes) => {
      text += Buffer.from(bytes).toString("latin1");
      if (text.endsWith(tail)) resolve(text);
    };
  });
}

describeWith("socat", "a modem on a serial port", () => {
  let modem: NodeModem;
  let socat: ChildProcess;
  beforeEach(async () => {
    const core = new Sim7080({ sim: 1, seed: 1, delayScale: 0, poweredOn: true });
    modem = new NodeModem(core, { names: { lookup: () => undefined } });
    const { port } = await modem.listen("127.0.0.1", 0);
    socat = spawn("socat", ["-d", "-d", `pty,rawer,link=${path}`, `tcp:127.0.0.1:${port}`]);
    while (!existsSync(path)) await once(socat.stderr!, "data");
  });
  afterEach(async () => {
    if (socat.exitCode === null) {
      socat.kill();
      await once(socat, "exit");
    }
    await modem.close();
  });

  test("answers commands, also at another speed", async () => {
    const end = await uartOnDevice(path, 115_200);
    const first = until(end, "OK\r\n");
    end.write(Buffer.from("AT\r"));
    expect(await first).toContain("OK\r\n");
    end.setBaud(460_800);
    const second = until(end, "\r\nOK\r\n");
    end.write(Buffer.from("AT+CGMM\r"));
    expect(await second).toContain("SIM7080");
    end.close();
  });

  test("serves the firmware's Serial class, over a restart too", async () => {
    const end = await uartOnDevice(path, 115_200);
    const Serial = serialOver(() => end);
    for (const command of ["AT\r", "AT+GMI\r"]) {
      const text = await new Promise<string>((resolve) => {
        let heard = "";
        const port = new Serial({
          baud: 115_200,
          onWritable: () => port.write(Buffer.from(command)),
          onReadable: () => {
            heard += Buffer.from(port.read()!).toString("latin1");
            if (!heard.includes("\r\nOK\r\n")) return;
            port.close();
            resolve(heard);
          },
        });
      });
      expect(text).toContain(command);
    }
    end.close();
  });

  test("tells when the port is gone", async () => {
    const end = await uartOnDevice(path, 115_200);
    const gone = new Promise<Error>((resolve) => {
      end.onClosed = resolve;
    });
    socat.kill();
    expect((await gone).message).toContain(path);
  });
});

describe("a serial port that is not there", () => {
  test("is an error of one line that says what to do", async () => {
    await expect(uartOnDevice(path, 115_200)).rejects.toThrow(
      /^cannot open the serial port .*modem: .*\(see which ports/,
    );
  });
});

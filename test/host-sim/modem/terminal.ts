// A terminal on a simulated modem in real time, whose network is this machine's loopback: for tests of what leaves it.

import { latin1 } from "../../../firmware/bytes/utf8.js";
import { NodeModem } from "../../../host-sim/modem/node-modem.js";
import { Sim7080 } from "../../../host-sim/modem/sim7080.js";
import { bytes } from "./desk.js";

export interface Terminal {
  /** Sends as it is. */
  type(text: string): void;
  /** Sends a line; settles with what came up to OK, ERROR or `pattern`. */
  at(line: string, pattern?: RegExp): Promise<string>;
  /** Waits for what matches, and gives all that came up to it. */
  until(pattern: RegExp): Promise<string>;
  core: Sim7080;
  close(): Promise<void>;
}

export interface TerminalOptions {
  identity?: string | undefined;
  /** As after power-on: echo on, no PDP context. */
  fresh?: boolean;
}

const FINAL = /\r\n(OK|ERROR|\+CM[ES] ERROR: .*)\r\n/;
const PATIENCE_MS = 5000;

/** @param hosts ports of this machine by host name. Registered, and unless `fresh`: echo off, PDP context up */
export async function terminal(
  hosts: Readonly<Record<string, number>>,
  options: TerminalOptions = {},
): Promise<Terminal> {
  const core = new Sim7080({ delayScale: 0, poweredOn: true, identity: options.identity });
  const lookup = (host: string, port: number) =>
    host === "127.0.0.1"
      ? { host, port }
      : hosts[host] === undefined
        ? undefined
        : { host: "127.0.0.1", port: hosts[host] };
  const modem = new NodeModem(core, { names: { lookup }, sim: 1 });
  let heard = "";
  let check = () => {};
  modem.uart.onData = (chunk) => {
    heard += latin1(chunk);
    check();
  };
  const until = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`no ${pattern}; heard ${JSON.stringify(heard)}`)), PATIENCE_MS);
      check = () => {
        const match = pattern.exec(heard);
        if (!match) return;
        clearTimeout(limit);
        check = () => {};
        const end = match.index + match[0].length;
        const text = heard.slice(0, end);
        heard = heard.slice(end);
        resolve(text);
      };
      check();
    });
  const type = (text: string) => modem.uart.write(bytes(text));
  const at = (line: string, pattern = FINAL) => {
    type(`${line}\r\n`);
    return until(pattern);
  };
  if (!options.fresh) {
    await at("ATE0");
    await at("AT+CNACT=0,1", /ACTIVE\r\n/);
  }
  return { type, at, until, core, close: () => modem.close() };
}

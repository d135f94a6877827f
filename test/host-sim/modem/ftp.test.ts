// The module's FTP against a server of this machine. Oracle: SIM7080 AT V1.07 §15, RFC 959.

import { afterEach, describe, expect, test } from "@jest/globals";
import { type FtpServer, type FtpServerOptions, ftpServer } from "./ftp-server.js";
import { type Terminal, terminal } from "./terminal.js";

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const FILES = { "/a/b.txt": "0123456789".repeat(400) };

async function ready(
  options: FtpServerOptions = {},
  set: Record<string, string> = {},
): Promise<[line: Terminal, server: FtpServer]> {
  const server = await ftpServer(FILES, options);
  const line = await terminal({ "ftp.test": server.port });
  open.push(server, line);
  const all = { FTPSERV: "ftp.test", FTPUN: "simkey", FTPPW: "secret", FTPGETNAME: "b.txt", FTPGETPATH: "/a/", ...set };
  for (const [name, value] of Object.entries(all)) expect(await line.at(`AT+${name}="${value}"`)).toContain("OK");
  return [line, server];
}

describe("a download", () => {
  test("comes byte for byte in the parts that are asked for, and its end is told", async () => {
    const [line, server] = await ready();
    await line.at("AT+FTPGET=1", /\+FTPGET: 1,1\r\n/);
    expect(await line.at("AT+FTPSTATE")).toContain("+FTPSTATE: 1\r\n");
    let file = "";
    while (file.length < 4000) {
      const [, count, bytes] = /\+FTPGET: 2,(\d+)\r\n([\s\S]*)\r\nOK\r\n/.exec(await line.at("AT+FTPGET=2,1460"))!;
      expect(bytes).toHaveLength(Number(count));
      file += bytes;
    }
    expect(file).toBe(FILES["/a/b.txt"]);
    await line.until(/\+FTPGET: 1,0\r\n/);
    expect(await line.at("AT+FTPSTATE")).toContain("+FTPSTATE: 0\r\n");
    expect(await line.at("AT+FTPGET=2,1460")).toContain("+FTPGET: 2,0\r\n");
    expect(server.said).toEqual(["USER simkey", "PASS secret", "TYPE I", "PASV", "RETR /a/b.txt"]);
  });

  test("can be ended, and then another one begun", async () => {
    const [line] = await ready();
    await line.at("AT+FTPGET=1", /\+FTPGET: 1,1\r\n/);
    expect(await line.at("AT+FTPGET=1")).toContain("ERROR");
    await line.at("AT+FTPQUIT", /OK[\s\S]*\+FTPGET: 1,80\r\n/);
    expect(await line.at("AT+FTPQUIT")).toContain("ERROR");
    await line.at("AT+FTPGET=1", /\+FTPGET: 1,1\r\n/);
  });

  test.each([
    ["a user that is refused", { answers: { USER: "530 no" } }, 71],
    ["a password that is refused", { answers: { PASS: "530 no" } }, 72],
    ["a type that is refused", { answers: { TYPE: "504 no" } }, 73],
    ["no passive mode", { answers: { PASV: "502 no" } }, 75],
    ["a passive address that is none", { passive: "999,0,0,1,0,1" }, 75],
    ["a passive address that nobody listens at", { passive: "127,0,0,1,0,1" }, 75],
  ])("with %s ends with its number", async (_, options, error) => {
    const [line] = await ready(options);
    await line.at("AT+FTPGET=1", new RegExp(`\\+FTPGET: 1,${error}\\r\\n`));
    expect(await line.at("AT+FTPSTATE")).toContain("+FTPSTATE: 0");
  });

  test("of a file that there is not ends with 79, of a server that there is not with 63", async () => {
    const [line] = await ready({}, { FTPGETNAME: "none.txt" });
    await line.at("AT+FTPGET=1", /\+FTPGET: 1,79\r\n/);
    await line.at('AT+FTPSERV="nowhere.test"');
    await line.at("AT+FTPGET=1", /\+FTPGET: 1,63\r\n/);
  });

  test("is refused without a server or a file, and in active mode", async () => {
    const [line] = await ready({}, { FTPGETNAME: "" });
    expect(await line.at("AT+FTPGET=1")).toContain("ERROR");
    await line.at('AT+FTPGETNAME="b.txt"');
    await line.at("AT+FTPMODE=0");
    expect(await line.at("AT+FTPGET=1")).toContain("ERROR");
  });
});

test("settings are kept and told, and forgotten by a restart; what is too long is refused", async () => {
  const [line] = await ready();
  expect(await line.at("AT+FTPPORT?")).toContain("+FTPPORT: 21\r\n");
  await line.at("AT+FTPPORT=2121");
  expect(await line.at("AT+FTPPORT?")).toContain("+FTPPORT: 2121\r\n");
  expect(await line.at("AT+FTPSERV?")).toContain('+FTPSERV: "ftp.test"\r\n');
  expect(await line.at(`AT+FTPUN="${"x".repeat(50)}"`)).toContain("ERROR");
  expect(await line.at('AT+FTPTYPE="B"')).toContain("ERROR");
  await line.at("AT+CFUN=1,1", /SMS Ready/);
  await line.at("ATE0");
  expect(await line.at("AT+FTPSERV?")).toContain('+FTPSERV: ""\r\n');
});

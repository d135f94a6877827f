// A small FTP server on this machine's loopback (RFC 959): USER, PASS, TYPE, PASV and RETR, with user `simkey`.

import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

export interface FtpServer {
  port: number;
  /** Lines of all clients. */
  said: string[];
  close(): void;
}

export interface FtpServerOptions {
  /** What PASV is answered with in place of an address. */
  passive?: string;
  /** Answers by command, in place of the server's own. */
  answers?: Readonly<Record<string, string>>;
}

/** @param files by path */
export async function ftpServer(
  files: Readonly<Record<string, string>>,
  { passive, answers = {} }: FtpServerOptions = {},
): Promise<FtpServer> {
  const said: string[] = [];
  const open = new Set<Server | Socket>();
  const listen = async (serve: (socket: Socket) => void): Promise<number> => {
    const server = createServer((socket) => {
      open.add(socket);
      socket.on("error", () => {});
      serve(socket);
    });
    open.add(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };
  const port = await listen((control) => {
    let data: Promise<Socket> | undefined;
    control.write("220-simkey\r\n220 ready\r\n");
    control.on("data", async (bytes) => {
      const line = bytes.toString("latin1").trim();
      said.push(line);
      const [verb = "", path = ""] = line.split(" ");
      const say = (text: string) => control.write(`${answers[verb] ?? text}\r\n`);
      if (verb === "USER") say("331 password");
      if (verb === "PASS") say("230 logged in");
      if (verb === "TYPE") say("200 type set");
      if (verb === "PASV") {
        let at = 0;
        data = new Promise((resolve) => {
          void listen(resolve).then((number) => {
            at = number;
            say(`227 Entering Passive Mode (${passive ?? `127,0,0,1,${at >> 8},${at & 255}`}).`);
          });
        });
      }
      if (verb === "RETR") {
        const file = files[path];
        if (file === undefined) {
          say("550 no such file");
          return;
        }
        say("150 here it comes");
        (await data)?.end(file);
        say("226 done");
      }
    });
  });
  return {
    port,
    said,
    close: () => {
      for (const each of open) {
        if ("destroy" in each) each.destroy();
        else each.close();
      }
    },
  };
}

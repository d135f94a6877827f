// The module's own MQTT, HTTP and TLS, UDP and its server, against Node's and aedes' ends of them on loopback.
// Oracles: SIM7080 AT V1.07 §9, §11, §12, §13, §17 for the AT side; aedes, node:http, node:tls, node:dgram for the other.

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer as createHttp, type IncomingMessage } from "node:http";
import { createServer as createHttps } from "node:https";
import { type AddressInfo, connect, createServer } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { Aedes } from "aedes";
import { CertificateAuthority, expired } from "../../../host-sim/cloud/node/ca.js";
import { sourceAddressOf } from "../../../host-sim/world/sims.js";
import { type Terminal, terminal } from "./terminal.js";

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function dial(hosts: Record<string, number> = {}): Promise<Terminal> {
  const made = await terminal(hosts);
  open.push(made);
  return made;
}

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  const sockets = new Set<{ destroy(): void }>();
  server.on("connection", (socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return (server.address() as AddressInfo).port;
}

describe("SM*, the module's MQTT", () => {
  async function broker() {
    const aedes = await Aedes.createBroker();
    open.push({ close: () => new Promise<void>((resolve) => aedes.close(() => resolve())) });
    return { aedes, port: await listening(createServer(aedes.handle)) };
  }

  test("connects, subscribes, publishes, hears, leaves", async () => {
    const { aedes, port } = await broker();
    const { at, type, until } = await dial({ "broker.test": port });
    const published: string[] = [];
    aedes.on("publish", (packet, client) => {
      if (client) published.push(`${client.id} ${packet.topic} ${packet.payload} ${packet.qos} ${packet.retain}`);
    });
    await at('AT+SMCONF="URL","broker.test","1883"');
    await at('AT+SMCONF="CLIENTID","simmqtt"');
    await at('AT+SMCONF="KEEPTIME",60');
    await at('AT+SMCONF="CLEANSS",1');
    expect(await at("AT+SMCONN")).toBe("\r\nOK\r\n");
    expect(await at("AT+SMSTATE?")).toContain("+SMSTATE: 1");
    expect(await at('AT+SMCONF="KEEPTIME",10')).toContain("ERROR");
    expect(await at('AT+SMSUB="information",1')).toBe("\r\nOK\r\n");
    expect(await at('AT+SMPUB="information",5,1,1', /> /)).toBe("\r\n> ");
    type("hello");
    expect(await until(/\+SMSUB: .*\r\n/)).toContain('+SMSUB: "information","hello"');
    expect(published).toEqual(["simmqtt information hello 1 true"]);
    await at('AT+SMPUB="q2",2,2,0', /> /);
    type("ok");
    expect(await until(/OK\r\n/)).toContain("OK");
    expect(published[1]).toBe("simmqtt q2 ok 2 false");
    expect(await at('AT+SMUNSUB="information"')).toBe("\r\nOK\r\n");
    expect(await at("AT+SMDISC")).toBe("\r\nOK\r\n");
    expect(await at("AT+SMSTATE?")).toContain("+SMSTATE: 0");
    expect(await at('AT+SMPUB="q2",2,2,0')).toContain("ERROR");
  });

  test("user name 256, password 512 at most; a broker that refuses is ERROR; one that goes is told", async () => {
    const { aedes, port } = await broker();
    const { at, until } = await dial({ "broker.test": port });
    aedes.authenticate = (_client, username, password, done) =>
      done(null, username === "u".repeat(256) && String(password) === "p".repeat(512));
    await at('AT+SMCONF="URL","broker.test",1883');
    expect(await at(`AT+SMCONF="USERNAME","${"u".repeat(257)}"`)).toContain("ERROR");
    expect(await at("AT+SMCONN")).toContain("ERROR");
    await at(`AT+SMCONF="USERNAME","${"u".repeat(256)}"`);
    await at(`AT+SMCONF="PASSWORD","${"p".repeat(512)}"`);
    expect(await at("AT+SMCONN")).toBe("\r\nOK\r\n");
    for (const client of Object.values((aedes as unknown as { clients: Record<string, { close(): void }> }).clients)) {
      client.close();
    }
    expect(await until(/\+SMSTATE: 0\r\n/)).toContain("+SMSTATE: 0");
  });

  test("in hexadecimal, both ways, and with lengths", async () => {
    const { port } = await broker();
    const { at, type, until } = await dial({ "broker.test": port });
    await at('AT+SMCONF="URL","broker.test",1883');
    await at('AT+SMCONF="SUBHEX",1');
    await at('AT+SMCONF="MESSAGELEN",1');
    await at("AT+SMCONN");
    await at('AT+SMSUB="t",0');
    await at("AT+SMPUBHEX=1");
    await at('AT+SMPUB="t",4,0,0', /> /);
    type("00ff");
    expect(await until(/\+SMSUB: .*\r\n/)).toContain('+SMSUB: "t",2,"00FF"');
  });
});

describe("SH*, the module's HTTP", () => {
  async function service() {
    const seen: string[] = [];
    const server = createHttp(async (request: IncomingMessage, response) => {
      let body = "";
      for await (const part of request) body += part;
      seen.push(`${request.method} ${request.url} ${request.headers["content-type"] ?? "-"} ${body}`);
      const answer = request.url === "/long" ? "x".repeat(5000) : "answer";
      response.writeHead(request.url === "/none" ? 404 : 200, { "X-Test": "yes" }).end(answer);
    });
    return { seen, port: await listening(server) };
  }

  async function prepared(port: number): Promise<Terminal> {
    const line = await dial({ "http.test": port });
    await line.at('AT+SHCONF="URL","http://http.test"');
    expect(await line.at("AT+SHCONN")).toContain("ERROR");
    await line.at('AT+SHCONF="BODYLEN",1024');
    await line.at('AT+SHCONF="HEADERLEN",350');
    expect(await line.at('AT+SHREQ="/x",1')).toContain("ERROR");
    expect(await line.at("AT+SHCONN")).toBe("\r\nOK\r\n");
    expect(await line.at("AT+SHSTATE?")).toContain("+SHSTATE: 1");
    return line;
  }

  test("GET with headers and parameters; the answer is read in parts", async () => {
    const { seen, port } = await service();
    const { at, until } = await prepared(port);
    await at("AT+SHCHEAD");
    await at('AT+SHAHEAD="Content-Type","text/plain"');
    await at('AT+SHPARA="a","b c"');
    await at('AT+SHREQ="/x",1');
    expect(await until(/\+SHREQ: .*\r\n/)).toContain('+SHREQ: "GET",200,6');
    expect(await at("AT+SHREAD=0,6", /answer\r\n/)).toBe("\r\nOK\r\n\r\n+SHREAD: 6\r\nanswer\r\n");
    expect(await at("AT+SHREAD=0,7")).toContain("ERROR");
    expect(seen).toEqual(["GET /x?a=b%20c text/plain "]);
    await at("AT+SHCPARA");
    await at('AT+SHREQ="/long",1', /\+SHREQ: .*\r\n/);
    const parts = await at("AT+SHREAD=0,5000", /\+SHREAD: 904\r\nx{904}\r\n/);
    expect(parts.match(/\+SHREAD: \d+/g)).toEqual(["+SHREAD: 2048", "+SHREAD: 2048", "+SHREAD: 904"]);
  });

  test("POST with a body, HEAD, and a status that is no success", async () => {
    const { seen, port } = await service();
    const { at, type, until } = await prepared(port);
    await at("AT+SHBOD=7,10000", /> /);
    type('{"a":1}');
    await until(/OK\r\n/);
    await at('AT+SHREQ="/post",3', /\+SHREQ: "POST",200,6\r\n/);
    expect(seen[0]).toBe('POST /post - {"a":1}');
    await at('AT+SHREQ="/x",5', /\+SHREQ: "HEAD",200,0\r\n/);
    await at('AT+SHREQ="/none",1', /\+SHREQ: "GET",404,6\r\n/);
    expect(await at("AT+SHDISC")).toBe("\r\nOK\r\n");
    expect(await at("AT+SHDISC")).toContain("ERROR");
  });

  test("HTTPTOFS puts a download into a file", async () => {
    const { port } = await service();
    const { at } = await dial({ "http.test": port });
    await at('AT+HTTPTOFS="http://http.test/file","/customer/Xtra3.bin"', /\+HTTPTOFS: 200,6\r\n/);
    await at("AT+CFSINIT");
    expect(await at('AT+CFSGFIS=3,"Xtra3.bin"')).toContain("+CFSGFIS: 6");
    expect(await at('AT+CFSRFILE=3,"Xtra3.bin",0,100,0')).toContain("+CFSRFILE: 6\r\nanswer");
  });
});

describe("CFS* and CSSLCFG: the module's TLS", () => {
  async function secured(valid = true) {
    const now = Date.now();
    const authority = await CertificateAuthority.create("Test root", now, "p256");
    const { chainPem, keyPem } = await authority.serverIdentity(["tls.test"], valid ? {} : { validity: expired(now) });
    const port = await listening(
      createHttps({ cert: chainPem, key: keyPem }, (_, response) => void response.end("safe")) as never,
    );
    const line = await dial({ "tls.test": port });
    const upload = async (name: string, pem: string) => {
      await line.at("AT+CFSINIT");
      await line.at(`AT+CFSWFILE=3,"${name}",0,${pem.length},10000`, /DOWNLOAD\r\n/);
      line.type(pem);
      await line.until(/OK\r\n/);
      await line.at("AT+CFSTERM");
      return line.at(`AT+CSSLCFG="CONVERT",2,"${name}"`);
    };
    const ask = async (sni = "tls.test") => {
      await line.at("AT+CACID=0");
      await line.at('AT+CSSLCFG="sslversion",0,3');
      await line.at(`AT+CSSLCFG="sni",0,"${sni}"`);
      await line.at("AT+CASSLCFG=0,SSL,1");
      const said = await line.at('AT+CAOPEN=0,0,"TCP","tls.test",443');
      return /\+CAOPEN: 0,(\d+)/.exec(said)?.[1];
    };
    return { ...line, authority, upload, ask, now };
  }

  test("an uploaded root is trusted, and data goes through", async () => {
    const { at, type, until, authority, upload, ask } = await secured();
    expect(await upload("ca.crt", authority.rootPem)).toBe("\r\nOK\r\n");
    await at('AT+CASSLCFG=0,CACERT,"ca.crt"');
    expect(await ask()).toBe("0");
    await at("AT+CASEND=0,37", /> /);
    type("GET / HTTP/1.1\r\nHost: h\r\n\r\n".padEnd(37, "\r\n"));
    await until(/\+CADATAIND: 0\r\n/);
    expect(await at("AT+CARECV=0,1460", /safe\r\n/)).toContain("HTTP/1.1 200 OK");
  });

  test("another root is refused with 27, another name with 25, an expired certificate with 24", async () => {
    const strange = await secured();
    const other = await CertificateAuthority.create("Other root", strange.now, "p256");
    await strange.upload("ca.crt", other.rootPem);
    await strange.at('AT+CASSLCFG=0,CACERT,"ca.crt"');
    expect(await strange.ask()).toBe("27");
    await strange.upload("ca2.crt", strange.authority.rootPem);
    await strange.at('AT+CASSLCFG=0,CACERT,"ca2.crt"');
    expect(await strange.ask("other.test")).toBe("25");
    const old = await secured(false);
    await old.upload("ca.crt", old.authority.rootPem);
    await old.at('AT+CASSLCFG=0,CACERT,"ca.crt"');
    expect(await old.ask()).toBe("24");
    await old.at('AT+CSSLCFG="ignorertctime",0,1');
    expect(await old.ask()).toBe("0");
  });

  test("without a root every server is trusted; a root that was never converted is none", async () => {
    const { at, ask } = await secured();
    expect(await ask()).toBe("0");
    await at("AT+CACLOSE=0");
    await at('AT+CASSLCFG=0,CACERT,"missing.crt"');
    expect(await ask()).toBe("27");
  });

  test("what is no certificate is not converted", async () => {
    const { upload, at } = await secured();
    expect(await upload("ca.crt", "hello")).toContain("ERROR");
    expect(await at('AT+CSSLCFG="CONVERT",2,"absent.crt"')).toContain("ERROR");
  });
});

test("UDP: datagrams go and come, one a read, with the peer's address where it is asked for", async () => {
  const peer = createSocket("udp4");
  peer.on("message", (bytes, from) => {
    peer.send(`1:${bytes}`, from.port, from.address);
    peer.send(`2:${bytes}`, from.port, from.address);
  });
  peer.bind(0, "127.0.0.1");
  await once(peer, "listening");
  open.push({ close: () => peer.close() });
  const port = peer.address().port;
  const { at, type, until } = await dial();
  expect(await at(`AT+CAOPEN=0,0,"UDP","127.0.0.1",${port}`)).toContain("+CAOPEN: 0,0");
  expect(await at("AT+CAOPEN?")).toContain(`+CAOPEN: 0,0,"UDP","127.0.0.1",${port}`);
  await at("AT+CASEND=0,5", /> /);
  type("hello");
  await until(/\+CADATAIND: 0\r\n/);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await at("AT+CARECV=0,1460")).toContain("+CARECV: 7,1:hello");
  await at("AT+CASRIP=1");
  expect(await at("AT+CARECV=0,1460")).toContain(`+CARECV: 7,127.0.0.1,${port},2:hello`);
  expect(await at("AT+CARECV=0,1460")).toContain("+CARECV: 0\r\n");
});

test("CASERVER takes peers, CANEW tells them, both sides talk", async () => {
  const { at, type, until } = await dial();
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  expect(await at(`AT+CASERVER=0,0,"TCP",${port}`)).toContain("+CASERVER: 0,0");
  expect(await at("AT+CASTATE?")).toContain("+CASTATE: 0,2");
  const peer = connect(port, sourceAddressOf(1));
  open.push({ close: () => peer.destroy() });
  const told = await until(/\+CANEW: .*\r\n/);
  expect(told).toMatch(/\+CANEW: 0,1,127\.\d+\.\d+\.\d+,\d+\r\n/);
  peer.write("hi");
  await until(/\+CADATAIND: 1\r\n/);
  expect(await at("AT+CARECV=1,10")).toContain("+CARECV: 2,hi");
  await at("AT+CASEND=1,3", /> /);
  type("yes");
  const [heard] = await once(peer, "data");
  expect(String(heard)).toBe("yes");
  expect(await at("AT+CACLOSE=0")).toContain("OK");
});

test("CASWITCH carries bytes as they are until +++", async () => {
  const port = await listening(createServer((socket) => void socket.pipe(socket)));
  const { at, type, until } = await dial({ "echo.test": port });
  await at('AT+CAOPEN=0,0,"TCP","echo.test",7');
  await at("AT+CASWITCH=0,1", /CONNECT\r\n/);
  await new Promise((resolve) => setTimeout(resolve, 20));
  type("AT+CSQ\r\n");
  expect(await until(/AT\+CSQ\r\n/)).toContain("AT+CSQ");
  await new Promise((resolve) => setTimeout(resolve, 1100));
  type("+++");
  await until(/\r\nOK\r\n/);
  expect(await at("AT+CASTATE?")).toContain("+CASTATE: 0,1");
});

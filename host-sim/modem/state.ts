// What the module remembers: settings that it saves by itself (AUTO_SAVE) and the session that each boot begins anew.

import type { QoS } from "../../firmware/mqtt/packets.js";
import { Files } from "./files.js";
import type { ModelName } from "./options.js";

/** URC groups of AT+CURCCFG (SIM7080 AT V1.07 §5.2.49). */
export const URC_GROUPS = ["SYS", "SIMCARD", "SMS", "NETWORK", "TCPIP", "QUALCOMM", "NIDD"] as const;
export type UrcGroup = (typeof URC_GROUPS)[number];

/** What AT+CDNSCFG? tells while none was set. */
export const NO_IPV4 = "0.0.0.0";
export const NO_IPV6 = "0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0";

/** Receive buffer of a connection, in bytes, unless AT+CACFG="RCVBUF" says otherwise. */
export const RECEIVE_BUFFER = 10_240;

/** Names of AT+CASSLCFG, AT+SHSSL, AT+SMSSL; empty: none. */
export interface TlsChoice {
  context: number;
  roots: string;
  certificate: string;
}

/** AT+CNCFG: what an app context asks the network for. */
export interface AppDefinition {
  ipType: number;
  apn: string;
  user: string;
  password: string;
  authentication: number;
}

export interface PdpDefinition {
  type: string;
  apn: string;
}

export const CATM_BANDS: readonly number[] = [1, 2, 3, 4, 5, 8, 12, 13, 14, 18, 19, 20, 25, 26, 27, 28, 66, 85];
export const NB_BANDS: readonly number[] = [1, 2, 3, 4, 5, 8, 12, 13, 18, 19, 20, 25, 26, 28, 66, 71, 85];

/** Survives power cycles: the commands' AUTO_SAVE parameters. */
export class Settings {
  /** AT+IPR: 0 follows the host. */
  ipr: number;
  contexts = new Map<number, PdpDefinition>([[1, { type: "IP", apn: "" }]]);
  cnmp: number;
  cmnb = 3;
  bands: { "CAT-M": readonly number[]; "NB-IOT": readonly number[] } = { "CAT-M": CATM_BANDS, "NB-IOT": NB_BANDS };
  /** AT+COPS: mode, and the operator where it is a manual choice. */
  cops = { mode: 0, operator: "" };
  psm = { on: false, tau: "01000111", active: "00100100" };
  edrx = { mode: 0, act: 4, value: "0010" };
  csclk = 0;
  silenced = new Set<UrcGroup>();
  clts = 1;
  netlight = 1;
  /** AT+CRATPRI; undefined: as the network has them. */
  ratPriority: string | undefined;
  /** AT+CNBS. */
  nbScan = 3;
  /** The network is remembered: AT+CLRNET forgets it. */
  cellKnown = true;
  /** AT+CMCFG; `next` holds from the next boot on. */
  operatorConfig = { automatic: true, active: "Default", next: undefined as string | undefined };
  /** Files and the certificates made of them. */
  readonly files = new Files();
  /** AT+CSCA: the service centre's number. */
  sms = { centre: "+491710760000" };
  /** AT+CGNSMOD behind GPS: GLONASS, BEIDOU, GALILEO, QZSS. */
  constellations = [1, 0, 0, 0];

  constructor(ipr: number, model: ModelName) {
    this.ipr = ipr;
    this.cnmp = model === "SIM7070" ? 2 : 38;
  }
}

/** Of FTP, by the commands' names. */
export type FtpSettings = Record<
  "FTPCID" | "FTPPORT" | "FTPMODE" | "FTPTYPE" | "FTPSERV" | "FTPUN" | "FTPPW" | "FTPGETNAME" | "FTPGETPATH",
  string
>;

/** Back to the start at each boot: NO_SAVE parameters. */
export class Session {
  echo = true;
  verbose = true;
  quiet = false;
  cmee = 0;
  /** AT+CFUN: 0, 1, 4, 7. */
  cfun = 1;
  /** n of AT+CREG, CGREG, CEREG. */
  reporting: Record<string, number> = { "+CREG": 0, "+CGREG": 0, "+CEREG": 0 };
  ifc = "0,0";
  ri = 0;
  dtr = 1;
  batteryCheck = 0;
  cntp: { server: string; zone: number; cid: number; mode: number } | undefined;
  cntpCid = 0;
  dnsPdp = 0;
  /** AT+CDNSCFG: addresses of the name servers, IPv4 and IPv6, first and second. */
  dns = { ipv4: [NO_IPV4, NO_IPV4], ipv6: [NO_IPV6, NO_IPV6] };
  /** AT+CNCFG, by index. */
  apps: AppDefinition[] = Array.from({ length: 4 }, () => ({
    ipType: 0,
    apn: "",
    user: "",
    password: "",
    authentication: 0,
  }));
  /** AT+COPS=3: how COPS? writes the operator. */
  copsFormat = 0;
  /** AT+CGATT=0. */
  detached = false;
  /** AT+CNSMOD=1: the technology is told when it changes. */
  modeReports = false;
  psmUrc = false;
  /** Contexts of AT+CSSLCFG. */
  tls = Array.from({ length: 6 }, () => ({ version: 0, ignoreTime: 0, protocol: 1, sni: "" }));
  asyncOpen = false;
  /** AT+CRATPRI with mode 1: until the next boot. */
  ratPriority: string | undefined;
  /** AT+CRAI. */
  release = { indication: 0, lasting: false };
  /** AT+CENG=1. */
  engineering = false;
  /** AT+CGACT: contexts that are up beside the default one. */
  bearers = new Set<number>();
  /** AT+CASRIP=1. */
  remoteShown = false;
  /** AT+CACFG="RCVBUF". */
  receiveBuffer = RECEIVE_BUFFER;
  /** AT+CACFG="ATOCLOSE": seconds after the peer's end; undefined: never. */
  autoCloseS: number | undefined;
  cacid = 0;
  /** AT+CACFG values that are only kept and told. */
  cacfg = new Map<string, string>();
  /** AT+CASSLCFG by cid. */
  ssl = new Map<number, TlsChoice & { on: boolean; psk: string }>();
  /** AT+CFSINIT. */
  fileBuffer = false;
  /** AT+SMCONF, AT+SMSSL, AT+SMPUBHEX. */
  mqtt = {
    clientId: "",
    host: "",
    port: 1883,
    keepAlive: 60,
    cleanSession: false,
    username: "",
    password: "",
    will: { topic: "", message: "", qos: 0 as QoS, retain: false },
    subHex: false,
    async: false,
    messageLength: false,
    publishHex: false,
    tls: undefined as TlsChoice | undefined,
  };
  /** AT+SHCONF, AT+SHSSL and the request in the making. */
  http = {
    url: "",
    numbers: { timeout: 60, bodyLength: 0, headerLength: 0, pollCount: 15, pollMs: 500, ipVersion: 0 },
    tls: { context: 0, roots: "", certificate: "" } as TlsChoice,
    headers: [] as readonly (readonly [string, string])[],
    parameters: [] as readonly (readonly [string, string])[],
    body: undefined as Uint8Array | undefined,
    request: ",0",
  };
  /** What the FTP commands keep, each by its name; numbers as digits. */
  ftp: FtpSettings = {
    FTPCID: "0",
    FTPPORT: "21",
    FTPMODE: "1",
    FTPTYPE: "I",
    FTPSERV: "",
    FTPUN: "",
    FTPPW: "",
    FTPGETNAME: "",
    FTPGETPATH: "",
  };
  /** AT+CMGF=1. */
  textMode = false;
  /** AT+CSCS. */
  charset = "IRA";
  /** AT+CNMI. */
  cnmi = { mode: 2, mt: 1, bm: 0, ds: 0, bfr: 0 };
  /** AT+CSMP: first octet, validity, protocol, coding. */
  csmp = [17, 167, 0, 0];
  /** AT+CSDH=1. */
  smsDetails = false;
  /** AT+CSMS. */
  csms = 0;
  /** AT+SGNSCFG. */
  gnss = {
    outUrc: false,
    extraInfo: false,
    timeoutMs: 30_000,
    values: new Map<string, number>(),
    /** AT+CGNSCPY has found a file; AT+CGNSXTRA=1. */
    orbits: false,
    assisted: false,
  };
  /** Commands to lose before the first answer. */
  lost = 0;
}

import { type Conversation, OK } from "./conversation.js";

const SOURCE = "zephyrproject-rtos/zephyr, drivers/modem/simcom/sim7080/";

/** A file by FTP; the prompt of its second read is the end. */
export const ZEPHYR_FTP: Conversation = {
  driver: "Zephyr, simcom_sim7080, FTP",
  source: `${SOURCE}sim7080_ftp.c`,
  lineEnd: "\r",
  identity: "SIMCOM_SIM7080",
  hosts: { "ftp.test": "ftp" },
  exchanges: [
    ["ATE0", OK],
    ["AT+CNACT=0,1", /\+APP PDP: 0,ACTIVE\r\n/],
    ["AT+FTPCID=0", OK],
    ['AT+FTPSERV="ftp.test"', OK],
    ['AT+FTPUN="simkey"', OK],
    ['AT+FTPPW="secret"', OK],
    ['AT+FTPGETNAME="readings.csv"', OK],
    ['AT+FTPGETPATH="/files/"', OK],
    ["AT+FTPGET=1", /OK[\s\S]*\+FTPGET: 1,1\r\n/],
    ["AT+FTPGET=2,6", /\+FTPGET: 2,6\r\n21\.5\n2\r\nOK\r\n/],
    ["AT+FTPGET=2,100", /\+FTPGET: 2,4\r\n2\.0\n\r\nOK\r\n[\s\S]*\+FTPGET: 1,0\r\n/],
    ["AT+CNACT=0,0", /\+APP PDP: 0,DEACTIVE\r\n/],
  ],
};

/** Certificates into the file system, converted, and the files taken away; names stand without quotes. */
export const ZEPHYR_TLS: Conversation = {
  driver: "Zephyr, simcom_sim7080, certificates and TLS settings",
  source: `${SOURCE}sim7080_tls.c`,
  lineEnd: "\r",
  identity: "SIMCOM_SIM7080",
  hosts: {},
  exchanges: [
    ["ATE0", OK],
    ["AT+CFSINIT", OK],
    ["AT+CFSWFILE=3,ca.pem,0,54,10000", /DOWNLOAD/],
    [{ raw: "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n" }, OK],
    ['AT+CSSLCFG="CONVERT",2,ca.pem', OK],
    ["AT+CFSDFILE=3,ca.pem", OK],
    ["AT+CFSTERM", OK],
    ["AT+CFSINIT", OK],
    ["AT+CFSWFILE=3,cert.pem,0,54,10000", /DOWNLOAD/],
    [{ raw: "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n" }, OK],
    ["AT+CFSWFILE=3,key.pem,0,54,10000", /DOWNLOAD/],
    [{ raw: "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n" }, OK],
    ['AT+CSSLCFG="CONVERT",1,cert.pem,key.pem,"words"', OK],
    ["AT+CFSDFILE=3,cert.pem", OK],
    ["AT+CFSDFILE=3,key.pem", OK],
    ["AT+CFSTERM", OK],
    ['AT+CSSLCFG="SNI",0,example.test', OK],
    ['AT+CSSLCFG="SSLVERSION",0,3', OK],
    ['AT+CASSLCFG=0,"SSL",1', OK],
    ['AT+CASSLCFG=0,"CRINDEX",0', OK],
    ['AT+CSSLCFG="PROTOCOL",0,1', OK],
    ['AT+CASSLCFG=0,"CACERT","ca.pem"', OK],
    ['AT+CASSLCFG=0,"CERT","cert.pem"', OK],
    ['AT+CASSLCFG=0,"SSL",0', OK],
    // For DTLS, which is not here: the connection would fail with 27.
    ["AT+CFSINIT", OK],
    ["AT+CFSWFILE=3,psk.txt,0,5,10000", /DOWNLOAD/],
    [{ raw: "id:00" }, OK],
    ['AT+CSSLCFG="CONVERT",3,psk.txt', OK],
    ["AT+CFSDFILE=3,psk.txt", OK],
    ["AT+CFSTERM", OK],
    ['AT+CSSLCFG="SSLVERSION",0,5', OK],
    ['AT+CSSLCFG="PROTOCOL",0,2', OK],
    ['AT+CASSLCFG=0,"PSKTABLE","psk.txt"', OK],
    ["AT+CASSLCFG?", /\+CASSLCFG: 0,0,0,"ca\.pem","cert\.pem","psk\.txt"\r\n/],
  ],
};

/** What it measures: battery, cell, time; and the other technologies. */
export const ZEPHYR_MEASURES: Conversation = {
  driver: "Zephyr, simcom_sim7080, measurements, NB-IoT, GSM",
  source: `${SOURCE}sim7080_meas.c, sim7080_pdp.c, sim7080_sms.c`,
  lineEnd: "\r",
  identity: "SIMCOM_SIM7080",
  hosts: {},
  exchanges: [
    ["ATE0", OK],
    ["AT+CBC", /\+CBC: \d+,\d+,\d+\r\n/],
    // Fourteen fields.
    ["AT+CPSI?", /\+CPSI: LTE CAT-M1,Online,\d+-\d+,0x[0-9A-F]+(?:,[^,\r]+){10}\r\n/],
    ["AT+CCLK?", /\+CCLK: "\d\d\/\d\d\/\d\d,\d\d:\d\d:\d\d[+-]\d\d"\r\n/],
    ["AT+CNMP=38", OK],
    ["AT+CMNB=2", OK],
    ['AT+CBANDCFG="NB-IOT",3,8,20', OK],
    ["AT+CEREG?", /\+CEREG: 0,\d\r\n/],
    ["AT+CNMP=13", OK],
    ["AT+CREG?", /\+CREG: 0,\d\r\n/],
    ["AT+CMGD=0", OK],
  ],
};

// What `simkey cloud` prints for other programs: lines to paste into a shell, which reach it as it is. docs/cloud.md explains
// them, and a test runs each.

import { isLoopback } from "../parts/address.js";
import type { Example } from "./examples.js";
import { quoted } from "./shell.js";

export interface CloudPlace {
  host: string;
  port: number;
  names: { onboarding: string; endpoint: string };
  /** Files: root of the onboarding host, and of the endpoint. */
  ca: string;
  root: string;
  /** The SIM that programs on this machine are taken for. */
  iccid: string;
}

/** The name by which the endpoint answers on this machine, besides its own. */
export const LOCAL_NAME = "localhost";

const pathWord = (path: string) => (/^[\w./:-]+$/.test(path) ? path : quoted(path));

/** Lines in the order in which they build on each other, and what each does. */
export function cloudLines({ host, port, names, ca, root, iccid }: CloudPlace): Example[] {
  const { onboarding, endpoint } = names;
  const local = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  const at = local.includes(":") ? `[${local}]` : local;
  const [caFile, rootFile] = [pathWord(ca), pathWord(root)];
  const resolve = (name: string) => `--resolve ${name}:${port}:${at}`;
  const tokens = `https://${onboarding}:${port}/device-api/onboarding/mqtt/tokens`;
  const fetched = `curl -s --cacert ${caFile} ${resolve(onboarding)}`;
  // Programs that resolve names by themselves only: elsewhere than here by a line in /etc/hosts.
  const broker = isLoopback(local) ? LOCAL_NAME : endpoint;
  const script = [
    `const client = require("mqtt").connect({ protocol: "mqtts", host: "${broker}", port: ${port}, ALPNProtocols: ["mqtt"],`,
    `ca: require("fs").readFileSync(process.env.ROOT), clientId: "${iccid}", username: process.env.NAME });`,
    `client.publish("${iccid}/test", "hello", { qos: 1 }, (error) => { console.log(error ?? "published"); client.end(); });`,
    `client.on("error", (error) => { console.log(String(error)); client.end(); });`,
  ].join(" ");
  return [
    [`${fetched} ${tokens}`, "who the SIM is, as JSON"],
    [`NAME=$(${fetched} -H 'Accept: text/csv' ${tokens} | cut -d '"' -f 2)`, "its user name, for the lines below"],
    [
      `mosquitto_pub -h ${broker} -p ${port} -u "$NAME" -t "${iccid}/test" --cafile ${rootFile} -i ${iccid} --tls-alpn mqtt -d -m "\`date\`"`,
      "publishes by MQTT",
    ],
    [
      `curl --cacert ${rootFile} ${resolve(endpoint)} -X POST "https://${endpoint}:${port}/topics/${iccid}/messages?qos=1&\${NAME#*\\?}" ` +
        `-H "username: $NAME" -H 'clientId: ${iccid}' -d '{"data": "Lorem Ipsum"}'`,
      "publishes by HTTPS",
    ],
    [
      `openssl s_client -connect ${at}:${port} -servername ${endpoint} -alpn mqtt -CAfile ${rootFile} -verify_return_error -brief </dev/null`,
      "shows what TLS there is",
    ],
    [`ROOT=${rootFile} NAME="$NAME" node -e '${script}'`, "MQTT.js, after npm install mqtt"],
  ];
}

/** The line of /etc/hosts for programs that shall know the cloud by its names. */
export const hostsLine = ({ host, names }: Pick<CloudPlace, "host" | "names">) =>
  `${host} ${names.onboarding} ${names.endpoint}`;

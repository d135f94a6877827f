// Where to start, and examples of each command, as help shows them. A test looks whether each is one that the command takes.

/** A line to type, and what it does. */
export type Example = readonly [line: string, what: string];

export const START: readonly Example[] = [
  ["simkey run", "a whole device, its modem and its cloud on this machine; ends by itself"],
  ["simkey run --show payload", "the same with what it says, and what it is told"],
  ["simkey run --fault broker-drops=3*1", "the same with something that goes wrong"],
  ["simkey new ../my-device", "a device of your own: sensors, commands, settings"],
  ["simkey doctor --modem serial:/dev/ttyUSB0", "a real modem: is all well from its power to the cloud?"],
  ["simkey COMMAND --help", "what a command takes, with examples"],
];

export const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  run: [
    ["simkey run --trace at,mqtt,http", "with all that is said on the AT line, by MQTT and by HTTP"],
    ["simkey run --fault no-coverage@15s --timeout 60", "no cell any more, 15 s after power-on"],
    ["simkey run --transport ws --json", "MQTT over WebSocket, as JSON lines"],
    ["simkey run --profile google", "a device that signs its own tokens"],
    ["simkey run --modem serial:/dev/ttyUSB0@115200", "a real modem at a USB port, over the true network"],
  ],
  send: [
    ["simkey send ping", "asks the device of the run that is on"],
    ['simkey send \'{"cmd":"interval","seconds":5}\'', "a command as JSON"],
    ["simkey send fault no-coverage", "and simkey send clear no-coverage"],
    ["simkey send signal -110", "a weak signal from now on"],
  ],
  new: [["simkey new ../my-device", "makes the folder; then npm install, npm test and npm start in it"]],
  build: [
    ["simkey build", "for the board that simkey.json names"],
    ["simkey build esp32 -- -d", "for debugging; what stands behind -- is for mcconfig"],
  ],
  modem: [
    ["simkey modem --pty --link /tmp/modem", "a serial port"],
    ["simkey modem --listen 127.0.0.1:7080", "a TCP port"],
    ["simkey modem --rat NB-IoT --signal -110 --latency 800", "in a cellar"],
  ],
  cloud: [
    ["simkey cloud", "then paste one of the lines that it prints into another terminal"],
    ["simkey cloud --fault token-life=60", "tokens that live for a minute"],
  ],
  at: [
    ["simkey at", "a simulated modem: type AT+CSQ"],
    ["simkey at --modem serial:/dev/ttyUSB0 --record modem.jsonl", "a real one, and what it says into a file"],
  ],
  anonymize: [["simkey anonymize modem.jsonl > public.jsonl", "a record that may be shown to others"]],
  doctor: [
    ["simkey doctor --modem serial:/dev/ttyUSB0", "at a real modem"],
    [
      "simkey doctor --modem serial:/dev/ttyUSB0 --endpoint abc123-ats.iot.eu-central-1.amazonaws.com",
      "and the broker",
    ],
    ["simkey doctor --fault no-sim", "how it looks when something is wrong"],
  ],
  events: [["simkey events backing-off", "what one event means"]],
  settings: [["simkey settings apn", "what one setting takes"]],
  keygen: [
    ["simkey keygen --out key.pem", "an ES256 key; its public half to stdout"],
    ["simkey keygen --out key.pem --alg RS256 --public jwk", "an RSA key, its public half as JWK"],
  ],
  token: [
    ["simkey token --key key.pem --audience my-project", "a token of an hour"],
    ["simkey token --key public.pem --verify - < token.txt", "checks one, prints its claims"],
  ],
  power: [["simkey power", "for four usual rhythms"]],
  decode: [["simkey decode 82a10001a10002", "two records in the compact form"]],
  release: [
    ["simkey keygen --out release.pem --public jwk", "the key that releases are signed by"],
    [
      "simkey release build/esp32c3.bin --key release.pem --kid release-1 --board esp32c3-breakout " +
        "--url https://updates.example.com/7 --base old/esp32c3.bin",
      "what devices fetch, with a patch from the image before",
    ],
  ],
  rollout: [
    [
      "simkey rollout release/esp32-breakout-7.deflate.jws --devices iccids.txt --broker mqtts://broker.example.com:8883 " +
        "--username operator --password-file password",
      "by a broker of your own",
    ],
    [
      "simkey rollout release/esp32-breakout-7.delta.jws --devices iccids.txt " +
        "--broker mqtts://ID-ats.iot.eu-central-1.amazonaws.com:8883 --cert operator.pem --cert-key operator.key --stages 1,10,100",
      "by AWS IoT Core, a few devices first",
    ],
  ],
  fleet: [
    ["simkey fleet --broker mqtt://127.0.0.1:1883 --devices 1000", "a thousand devices on your broker, for a minute"],
  ],
  storm: [
    ["simkey storm --seeds 4 --hours 24", "four devices through a day of faults each"],
    ["simkey storm --seeds 1 --seed 7 --shrink", "the fewest faults that break a promise"],
  ],
  completion: [
    ["source <(simkey completion bash)", "for this shell; put it into ~/.bashrc to keep it"],
    ["simkey completion zsh > ~/.zfunc/_simkey", "where ~/.zfunc is in $fpath before compinit"],
    ["simkey completion fish > ~/.config/fish/completions/simkey.fish", "for fish"],
  ],
};

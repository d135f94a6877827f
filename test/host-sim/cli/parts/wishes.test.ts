// What can be asked of a run.

import { describe, expect, test } from "@jest/globals";
import { obey } from "../../../../host-sim/cli/parts/control-port.js";
import { controlledModem, type DeskReach } from "../../../../host-sim/cli/parts/desk.js";
import { selectFaults } from "../../../../host-sim/cli/parts/faults.js";
import { Wishes } from "../../../../host-sim/cli/parts/wishes.js";

const COMMANDS = {
  ping: { help: "answers" },
  interval: { help: "sets the interval", args: { seconds: { range: [1, 99] } } },
  led: {
    help: "",
    args: {
      on: { boolean: true },
      hue: { choices: ["red", "green"], optional: true },
      say: { text: 9, optional: true },
    },
  },
} as const;

function asked({ hears = true, connected = true, real = false } = {}) {
  const { core, modem } = controlledModem(selectFaults([]), 0, true, { sim: 1, names: { lookup: () => undefined } });
  const sent: unknown[] = [];
  const reach: DeskReach = {
    modem: core,
    run: (act) => modem.run(act),
    cloud: selectFaults([]).cloud,
    wish: (wish) => obey([{ core, modem }], wish),
    command: (command) => {
      if (connected) sent.push(command);
      return connected;
    },
  };
  const wishes = new Wishes({ reach: real ? undefined : reach, commands: COMMANDS, hears });
  const answer = (fields: object) => wishes.heard(Buffer.from(JSON.stringify(fields)));
  return { wishes, core, sent, answer, close: () => modem.close() };
}

describe("a wish", () => {
  test.each<[line: string, command: object]>([
    ["ping", { cmd: "ping", id: "wish-1" }],
    ["interval seconds=30", { cmd: "interval", seconds: 30, id: "wish-1" }],
    ['{"cmd":"led","on":true}', { cmd: "led", on: true, id: "wish-1" }],
    ['{"cmd":"ping","id":7}', { cmd: "ping", id: "7" }],
  ])("%s goes to the device as a command, and its answer comes back", async (line, command) => {
    const { wishes, sent, answer, close } = asked();
    const told = wishes.obey(line);
    expect(sent).toEqual([command]);
    answer({ id: "another", ok: true });
    wishes.heard(Buffer.from("no JSON"));
    answer({ ...command, ok: true });
    expect(await told).toEqual([JSON.stringify({ ...command, ok: true })]);
    await close();
  });

  test("changes the modem's world", async () => {
    const { wishes, core, close } = asked();
    expect(await wishes.obey("signal -110")).toEqual(["ok"]);
    expect(core.snapshot().rssi).toBe(-110);
    expect(await wishes.obey("fault no-sim")).toEqual(["ok"]);
    expect(core.snapshot().simReady).toBe(false);
    expect(await wishes.obey("clear no-sim")).toEqual(["ok"]);
    expect(await wishes.obey("power off")).toEqual(["ok"]);
    expect(await wishes.obey("state")).toEqual([expect.stringContaining('"power":"unsupplied"')]);
    expect(await wishes.obey('{"do":"signal","dbm":-90}')).toEqual(['{"ok":true}']);
    expect(core.snapshot().rssi).toBe(-90);
    await close();
  });

  test.each<[line: string, why: string]>([
    ["interval", '"seconds" is missing: interval seconds=1..99'],
    ["led hue=red", '"on" is missing: led on=true|false [hue=red|green] [say=TEXT]'],
    ["pnig", 'there is no "pnig"; did you mean ping?; help tells what can be asked'],
    ["signal", "signal takes DBM"],
    ["signal loud", "dbm must be a number from -140 to -40"],
    ["drop it", "drop takes nothing"],
    ["sim away", 'sim takes out or in, not "away"'],
    ["rat 5G", "rats must be a list of LTE-M, NB-IoT, GSM"],
    ["fault wrongca", 'there is no fault "wrongca"; did you mean wrong-ca?; simkey run --help tells all'],
    ["clear wrongca", 'there is no fault "wrongca"; did you mean wrong-ca?; simkey run --help tells all'],
    ["{", 'this is no JSON; a command is such as {"cmd":"ping"}'],
    ["{}", 'a command has its name in "cmd", such as {"cmd":"ping"}'],
    ["interval 30", 'arguments are NAME=VALUE, not "30"'],
    ["constructor", 'there is no "constructor"; help tells what can be asked'],
  ])("%s is refused, with what is wrong", async (line, why) => {
    const { wishes, close } = asked();
    await expect(wishes.obey(line)).rejects.toThrow(new Error(why));
    await close();
  });

  test("that cannot reach the device says so", async () => {
    await expect(asked({ connected: false }).wishes.obey("ping")).rejects.toThrow("not connected now");
    await expect(asked({ hears: false }).wishes.obey("ping")).rejects.toThrow("it publishes by HTTPS");
    await expect(asked({ real: true }).wishes.obey("ping")).rejects.toThrow("this run has none");
    await expect(asked({ real: true }).wishes.obey("signal -90")).rejects.toThrow("goes with a simulated modem");
  });

  test("is told by help, and completed", async () => {
    const { wishes, close } = asked();
    const help = await wishes.obey("help");
    for (const word of ["ping", "interval", "fault", "clear", "signal", "quit"])
      expect(help.some((line) => line.startsWith(word))).toBe(true);
    expect(wishes.complete("pi")).toEqual([["ping "], "pi"]);
    expect(wishes.complete("fault no-s")).toEqual([["no-sim", "no-suback"], "no-s"]);
    expect(wishes.complete("rat N")).toEqual([["NB-IoT"], "N"]);
    expect(wishes.complete("ping x")).toEqual([[], "x"]);
    await close();
  });
});

import { expect, test } from "@jest/globals";
import { UsageError } from "../../../../host-sim/cli/output/errors.js";
import { cloudFaultHelp, cloudFaults, faultHelp, faultsAt } from "../../../../host-sim/cli/parts/faults.js";

test("a fault that could not strike is refused, not passed over", () => {
  const modem = { kind: "tcp", host: "127.0.0.1", port: 7080 } as const;
  expect(() => faultsAt(modem, ["no-sim"])).toThrow(UsageError);
  expect(() => faultsAt(modem, ["no-sim"])).toThrow("give it to the simkey modem");
  expect(() => faultsAt(modem, [])).not.toThrow();
  expect(() => faultsAt({ kind: "sim" }, ["no-sim", "wrong-ca"])).not.toThrow();
  expect(() => cloudFaults(["no-sim"])).toThrow(UsageError);
  expect(() => cloudFaults(["no-puback", "sim-pin=1234"])).toThrow('fault "sim-pin=1234" is the modem\'s');
  expect(() => cloudFaults(["wrong-ca=onboarding", "broker-drops=3*1"])).not.toThrow();
});

test("each command's help names the faults that it takes", () => {
  expect(faultHelp()).toMatch(/ no-sim .* wrong-ca=/s);
  expect(cloudFaultHelp()).toMatch(/ wrong-ca=/);
  expect(cloudFaultHelp()).not.toContain("no-sim");
});

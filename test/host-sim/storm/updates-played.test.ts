import { expect, test } from "@jest/globals";
import type { CloudEvent } from "../../../host-sim/desk/desk.js";
import { UpdatesPlayed } from "../../../host-sim/storm/updates.js";
import { VirtualWorld } from "../../../host-sim/world/virtual-world.js";

const published = (text: string) =>
  ({ type: "publish", topic: "8988/update/state", payload: Buffer.from(text) }) as unknown as CloudEvent;

test.each(['{"update":6,"reason":"update-budget#,"detail":"', "null", "7", ""])(
  "what comes as a report and is none (%j) ends no storm",
  (text) => {
    const played = new UpdatesPlayed({ budgetKb: 48, releases: [] }, new VirtualWorld({ seed: 1 }), 1);
    played.saw(published(text));
    played.saw(published('{"update":6,"state":"trial"}'));
    expect(played.seen.reports).toEqual([{ at: 0, seq: 6, state: "trial", reason: undefined }]);
  },
);

// What a decoder says of a file that it cannot read.

import { UpdateError } from "../error.js";

export const damaged = (what: string): UpdateError => new UpdateError("update-format", `the update's file: ${what}`);
export const cutOff = (): UpdateError => damaged("it is cut off");
/** It makes more or less than the manifest says. */
export const wrongSize = (): UpdateError => damaged("what it makes is not as long as the manifest says");

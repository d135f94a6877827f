// The CSV record read as it arrives; its fields go on in pieces, and are counted here.

import { CsvReader } from "../../../firmware/csv/reader.js";
import { Counter } from "./counter.js";
import { Pieces } from "./pieces.js";

const counter = new Counter();
const reader = new CsvReader(counter);
const pieces = new Pieces("csv-body");
for (let piece = pieces.next(); piece; piece = pieces.next()) reader.push(new Uint8Array(piece));
reader.end();
host.print(JSON.stringify(counter));
host.end();

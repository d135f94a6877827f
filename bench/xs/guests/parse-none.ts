// What parsing is measured against: the pieces are taken and thrown away.

import { Pieces } from "./pieces.js";

const pieces = new Pieces("csv-body");
let bytes = 0;
for (let piece = pieces.next(); piece; piece = pieces.next()) bytes += piece.byteLength;
host.print(JSON.stringify({ bytes }));
host.end();

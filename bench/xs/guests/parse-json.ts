// The same data for JSON.parse, which needs the whole text.

import { Pieces } from "./pieces.js";

const pieces = new Pieces("json-body");
let text = "";
for (let piece = pieces.next(); piece; piece = pieces.next()) text += String.fromArrayBuffer(piece);
const { username, rootCa } = JSON.parse(text);
host.print(JSON.stringify({ username: username.length, rootCa: rootCa.length }));
host.end();

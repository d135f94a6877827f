// What onboarding is measured against: the answer is received, and its body thrown away.

import { takeAnswer } from "./answer.js";

let length = 0;
takeAnswer("json", {
  onBody: (piece) => {
    length += piece.length;
  },
});
host.print(JSON.stringify({ length }));
host.end();

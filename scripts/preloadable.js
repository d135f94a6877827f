// What stands against preloading a module into flash, as the SDK's xsl does it.
//
// A RegExp that is preloaded crashes the device sooner or later: when it is used, XS 17 (SDK 8.2.3) takes memory for it that
// its garbage collector does not know (xs/sources/xsre.c, fxAllocateRegExpData: a missing `else`), and loses some each time.
// One that a function makes each time it runs is harmless.

import { readFileSync } from "node:fs";
import { parseSync } from "@swc/core";

/** Nodes whose inside does not run when the module is loaded. A class field that is static does. */
const LATER = new Set([
  "ArrowFunctionExpression",
  "FunctionExpression",
  "FunctionDeclaration",
  "ClassMethod",
  "PrivateMethod",
  "Constructor",
  "MethodProperty",
  "GetterProperty",
  "SetterProperty",
]);

/** The RegExp literals that are made when a module is loaded. */
export function regExpsOf(path) {
  const found = [];
  const visit = (node) => {
    if (node === null || typeof node !== "object") return;
    if (Array.isArray(node)) {
      node.forEach(visit);
      return;
    }
    if (node.type === "RegExpLiteral") found.push(`/${node.pattern}/${node.flags}`);
    if (LATER.has(node.type) || (node.type === "ClassProperty" && !node.isStatic)) return;
    Object.values(node).forEach(visit);
  };
  visit(parseSync(readFileSync(path, "utf8"), { syntax: "typescript", target: "es2022" }).body);
  return found;
}

// noble's modules as they can lie in flash, loaded at build time, where the device's 70 KB of module objects cost no RAM.
// Copies of what npm installed go to build/noble/, with four changes; each must apply, or noble has changed and this must too:
//
// 1. XS 17 (SDK 8.2.3) takes a BigInt in flash for different from an equal one in RAM when it compares by === or !==;
//    Object.is tells right. Comparisons with a literal of another type, and with what `typeof` gives, stay as they are.
// 2. A WeakMap or WeakSet in flash can't be written to. Those that a module or the curve keeps are caches: without them
//    everything is computed anew. Two become objects that keep one point, the first that asks: its window's width, and its
//    table of multiples. That is the base point of the curve made at build time, so its table lies in flash; to all other
//    points they say what an empty cache says.
// 3. A typed array in flash can't either: what a class works in becomes a field of its instances.
// 4. One multiplication makes a table of 16 points rather than 32: 2.7 KB less, and a few operations fewer.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseSync, printSync } from "@swc/core";

/** The modules that ES256 needs, below node_modules, with what must be found in each besides comparisons. */
const MODULES = {
  "@noble/curves/utils.js": {},
  "@noble/curves/abstract/curve.js": { kept: 2, windows: 1 },
  "@noble/curves/abstract/der.js": {},
  "@noble/curves/abstract/modular.js": { caches: 1 },
  "@noble/curves/abstract/weierstrass.js": { caches: 1 },
  "@noble/hashes/_md.js": {},
  "@noble/hashes/_u64.js": {},
  "@noble/hashes/hmac.js": {},
  "@noble/hashes/sha2.js": { scratch: 3 },
  "@noble/hashes/utils.js": {},
};
const NOTHING = { caches: 0, kept: 0, scratch: 0, windows: 0 };

const NO_SET = "({ has() { return false; }, add() {} })";
const NO_CACHE = "({ get() {}, set() {} })";
/** What is kept for one point, by the names of noble's WeakMaps. */
const KEPT = new Set(["pointWindowSizes", "wnafPrecomputes"]);
const ONE_POINT = `({
  key: undefined,
  value: undefined,
  get(key) { return key === this.key ? this.value : undefined; },
  set(key, value) {
    if (this.key === undefined) this.key = key;
    if (key === this.key) this.value = value;
  },
  delete(key) { if (key === this.key) this.value = undefined; },
})`;
/** Bits of a scalar that one addition takes care of, in a multiplication without a kept table: 2^4 points. */
const WINDOW = "4";

/** Calls `change` with each node, inner ones first, and puts what it returns in the node's place. */
function rewrite(node, change) {
  if (node === null || typeof node !== "object") return node;
  for (const [key, inner] of Object.entries(node)) {
    node[key] = Array.isArray(inner) ? inner.map((each) => rewrite(each, change)) : rewrite(inner, change);
  }
  return node.type === undefined ? node : change(node);
}

const parse = (code) => parseSync(code, { syntax: "ecmascript", target: "es2022" });
const expression = (code) => parse(code).body[0].expression;

const NEVER_BIGINT = new Set(["StringLiteral", "NullLiteral", "BooleanLiteral", "NumericLiteral"]);
const neverBigInt = (node) =>
  NEVER_BIGINT.has(node.type) ||
  node.operator === "typeof" ||
  (node.type === "Identifier" && node.value === "undefined");

function byObjectIs(node) {
  if (node.type !== "BinaryExpression" || !/^[!=]==?$/.test(node.operator)) return node;
  if (neverBigInt(node.left) || neverBigInt(node.right)) return node;
  const same = expression("Object.is(left, right)");
  same.arguments[0].expression = node.left;
  same.arguments[1].expression = node.right;
  if (node.operator.startsWith("=")) return same;
  const not = expression("!same");
  not.argument = same;
  return not;
}

const isNew = (node, name) => node?.type === "NewExpression" && node.callee.value === name;

/**
 * A module of noble's for flash.
 * @returns its code, and how many caches, kept ones, scratch arrays and window widths were found
 */
export function forFlash(code) {
  const module = parse(code);
  const scratch = new Map();
  let caches = 0;
  let kept = 0;
  let windows = 0;
  module.body = module.body.filter((statement) => {
    const declaration =
      statement.type === "VariableDeclaration" && statement.kind === "const" && statement.declarations[0];
    if (!declaration) return true;
    if (isNew(declaration.init, "WeakMap")) {
      const keeps = KEPT.has(declaration.id.value);
      declaration.init = expression(keeps ? ONE_POINT : NO_CACHE);
      if (keeps) kept++;
      else caches++;
    }
    if (declaration.id.value === "FW_WINDOW") {
      declaration.init = expression(WINDOW);
      windows++;
    }
    const isScratch =
      isNew(declaration.init, "Uint32Array") && declaration.init.arguments[0].expression.type === "NumericLiteral";
    if (isScratch) scratch.set(declaration.id.value, declaration.init);
    return !isScratch;
  });
  for (const statement of module.body) {
    if (statement.type === "ClassDeclaration") moveIntoClass(statement, scratch);
  }
  rewrite(module, (node) => {
    if (node.type === "ClassProperty" && KEPT.has(node.key.value) && isNew(node.value, "WeakMap")) {
      node.value = expression(ONE_POINT);
      kept++;
      return node;
    }
    if (!isNew(node, "WeakSet")) return byObjectIs(node);
    caches++;
    return expression(NO_SET);
  });
  const found = { caches, kept, scratch: scratch.size, windows };
  return { code: printSync(module, { jsc: { target: "es2022" } }).code, found };
}

/** Gives a class a field of its own for each scratch array that its methods use. */
function moveIntoClass(statement, scratch) {
  const used = new Set();
  statement.body = rewrite(statement.body, (node) => {
    if (node.type !== "Identifier" || !scratch.has(node.value)) return node;
    used.add(node.value);
    return expression(`this.${node.value}`);
  });
  const fields = [...used].map((name) => {
    const field = parse(`class C { ${name} = 0; }`).body[0].body[0];
    field.value = scratch.get(name);
    return field;
  });
  statement.body.unshift(...fields);
}

/**
 * Writes the modules for flash below `root`/build/noble.
 * @throws Error when noble is not as it was
 */
export function writeNoble(root) {
  for (const [path, wanted] of Object.entries(MODULES)) {
    const { code, found } = forFlash(readFileSync(join(root, "node_modules", path), "utf8"));
    for (const [what, count] of Object.entries({ ...NOTHING, ...wanted })) {
      if (found[what] !== count)
        throw new Error(`${path} is not as scripts/noble-for-flash.js knows it: ${what} ${found[what]}, not ${count}`);
    }
    const to = join(root, "build/noble", path);
    // What is new has to be compiled.
    if (existsSync(to) && readFileSync(to, "utf8") === code) continue;
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, code);
  }
}

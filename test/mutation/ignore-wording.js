// A Stryker plugin: what an error says to people is not mutated, as a test of it would only repeat it. Codes, advice and the
// conditions are.

import { declareValuePlugin, PluginKind } from "@stryker-mutator/api/plugin";

/** What takes a sentence for people: `new …Error(…)`, and the functions that throw one unless something holds. */
const takesWording = ({ type, callee }) =>
  (type === "NewExpression" && /Error$/.test(callee.name)) ||
  (type === "CallExpression" && (callee.name === "demand" || callee.name === "check"));

/** A sentence: codes and advice have no spaces. */
const isSentence = ({ type, value }) => type === "TemplateLiteral" || (type === "StringLiteral" && value.includes(" "));

export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, "wording", {
    shouldIgnore: ({ node, parent }) =>
      parent && takesWording(parent) && isSentence(node) ? "the wording of an error" : undefined,
  }),
];

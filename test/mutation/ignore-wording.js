// A Stryker plugin: what an error or a help text says to people is not mutated, as a test of it would only repeat it. Codes,
// advice and the conditions are.

/** Functions that throw unless something holds; that answer with a refusal; and the settings of firmware/device/config.ts. */
const FUNCTIONS = ["demand", "check", "protocol", "refusal", "text", "number", "choice", "numbers"];

/** What takes a sentence for people. */
const takesWording = ({ type, callee, key }) =>
  (type === "NewExpression" && /(Error|Failure)$/.test(callee.name)) ||
  (type === "CallExpression" && FUNCTIONS.includes(callee.name)) ||
  (type === "ObjectProperty" && ["help", "allowed", "bad"].includes(key.name));

/** A sentence, or the choice between two: codes and advice have no spaces. */
const isSentence = ({ type, value, consequent, alternate }) =>
  type === "TemplateLiteral" ||
  (type === "StringLiteral" && value.includes(" ")) ||
  (type === "ConditionalExpression" && isSentence(consequent) && isSentence(alternate));

/** As `declareValuePlugin(PluginKind.Ignore, …)` of @stryker-mutator/api makes it, which is not in this install. */
export const strykerPlugins = [
  {
    kind: "Ignore",
    name: "wording",
    value: {
      shouldIgnore: ({ node, parent }) => (parent && takesWording(parent) && isSentence(node) ? "wording" : undefined),
    },
  },
];

import { DOMImplementation, type Element, XMLSerializer } from "@xmldom/xmldom"; // writes XML, escapes included
import { rules } from "../../policy/rules";
import type { Finding, Outcome } from "./outcome";

/** JUnit's XML: a suite for each stack, a case for each rule; what is not decided, not asked or let pass is skipped. */
export function asJunit(outcomes: readonly Outcome[]): string {
  const document = new DOMImplementation().createDocument(null, "testsuites", null);
  const root = document.documentElement as Element;
  const add = (to: Element, name: string, attributes: Readonly<Record<string, string>>, text = ""): Element => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, printable(value));
    if (text !== "") element.appendChild(document.createTextNode(printable(text)));
    to.appendChild(element);
    return element;
  };

  root.setAttribute("name", "license-db policy");
  for (const { target, findings, failures, seconds } of outcomes) {
    const cases = rules.map((rule) => ({ rule, those: findings.filter((one) => one.rule === rule) }));
    const suite = add(root, "testsuite", {
      name: target.title,
      tests: String(cases.length + failures.length),
      failures: String(cases.filter(({ those }) => stateOf(those) === "failed").length),
      errors: String(failures.length),
      skipped: String(cases.filter(({ those }) => stateOf(those) === "skipped").length),
      time: seconds.toFixed(3),
    });
    for (const { rule, those } of cases) {
      const one = add(suite, "testcase", { classname: target.title, name: rule.id, time: "0" });
      const text = those
        .filter(({ says }) => says !== "")
        .map(({ on, verdict, says }) => `${verdict}: ${on}: ${says}`)
        .join("\n");
      if (stateOf(those) === "failed") add(one, "failure", { message: rule.title, type: rule.severity }, text);
      if (stateOf(those) === "skipped") add(one, "skipped", { message: text === "" ? "nothing here to judge" : text });
    }
    for (const failure of failures) {
      const one = add(suite, "testcase", { classname: target.title, name: "is judged", time: "0" });
      add(one, "error", { message: failure, type: "preview" });
    }
  }
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(document)}\n`;
}

function stateOf(those: readonly Finding[]): "failed" | "passed" | "skipped" {
  const has = (verdict: Finding["verdict"]) => those.some((one) => one.verdict === verdict);
  if (has("VIOLATION")) return "failed";
  return has("good") && !has("undecided") && !has("let pass") ? "passed" : "skipped";
}

/** XML 1.0 has no way to write control characters. */
const printable = (text: string): string =>
  [...text].map((char) => (char < " " && !"\t\n\r".includes(char) ? "?" : char)).join("");

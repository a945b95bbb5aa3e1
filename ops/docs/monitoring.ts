/** The part of docs/monitoring.md that comes from code: each alert, as Prometheus has it. */
import { resolve } from "node:path";
import { alerts } from "../../components/catalogue/alerts";
import { alertRules } from "../../components/local/provider/config/monitoring/rules";
import { formatDuration } from "../../components/spec/units";
import { markdown } from "./markdown";

export const monitoringDoc = resolve(__dirname, "../../docs/monitoring.md");

const BEGIN = "<!-- alerts: written by `npm run docs` from components/catalogue/alerts.ts -->";
const END = "<!-- end of alerts -->";

/** The document with its table of alerts as the list has them. */
export function withAlerts(text: string): string {
  const [head, rest] = text.split(BEGIN);
  const tail = rest?.split(END)[1];
  if (head === undefined || tail === undefined)
    throw new Error(`${monitoringDoc} lacks its marks: ${BEGIN} and ${END}`);
  return `${head}${BEGIN}\n\n${table()}\n\n${END}${tail}`;
}

function table(): string {
  const rows = alertRules({}, 15).map(({ alert, for: lasting, labels, annotations }) => {
    const listed = alerts.find(({ id }) => id === alert);
    const limit = listed ? `${listed.measures} > ${inWords(listed)}` : "what watches the database tells nothing";
    const time = listed ? listed.threshold.for : Number.parseFloat(lasting ?? "0");
    return [
      `\`${alert}\``,
      limit,
      time === 0 ? "at once" : formatDuration(time),
      labels.severity ?? "",
      annotations.runbook ?? "",
    ];
  });
  const head = ["alert", "fires when", "for", "severity", "what to do first"];
  return markdown([head, ...rows]).trimEnd();
}

const inWords = ({ unit, threshold }: (typeof alerts)[number]): string => {
  if (unit === "s") return formatDuration(threshold.above);
  return unit === "%" ? `${threshold.above} %` : String(threshold.above);
};

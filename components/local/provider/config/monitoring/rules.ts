import { stringify } from "yaml";
import { type Alert, alerts } from "../../../../catalogue/alerts";
import { formatDuration } from "../../../../spec/units";
import { localAlerts } from "../../../alerts";

/** By alert id: it fires above this, for so many seconds. */
export type Thresholds = Readonly<Record<string, { readonly above: number; readonly for: number }>>;

/** How many looks a rate is taken over: with fewer, one that failed leaves nothing to take it from. */
const LOOKS = 4;
/** How long what watches may be silent before somebody is told, in seconds. */
const SILENCE = 120;

/** So that whoever is told need not take an exercise for the real thing. */
const DURING_DRILL = '{{ range query "license_db_drill == 1" }} A drill ({{ .Labels.drill }}) is running.{{ end }}';

export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** One rule for each alert of the catalogue, and one that tells when they can no longer be trusted to. */
export function alertRules(thresholds: Thresholds, interval: number): Rule[] {
  const window = `${LOOKS * interval}s`;
  return [
    ...alerts.map((alert) => rule(alert, thresholds[alert.id] ?? alert.threshold, window)),
    {
      alert: "unwatched",
      // Of a member that is silent other alerts tell; of all of them, it may be what asks them.
      expr: 'up{job!~"postgresql|patroni"} == 0 or absent(up{job="watcher"}) or max by (job) (up{job="postgresql"}) == 0',
      for: `${SILENCE}s`,
      labels: { severity: "warning", requirement: "R15" },
      annotations: {
        title: "The database is not watched",
        summary: "{{ $labels.job }} tells no figures: what hangs on them alerts nobody.",
        runbook: "See what ended and why: `bin/supervisorctl status`, then its file in log/. Bring the stack up again.",
      },
    },
  ];
}

function rule(alert: Alert, { above, for: time }: Thresholds[string], window: string): Rule {
  const { id, title, measures, unit, severity, requirement, runbook } = alert;
  const lasting = time === 0 ? "" : ` for ${formatDuration(time)}`;
  return {
    alert: id,
    expr: `${localAlerts[id as keyof typeof localAlerts]({ window })} > ${above}`,
    ...(time === 0 ? {} : { for: `${Math.round(time * 1000)}ms` }),
    labels: { severity, requirement },
    annotations: {
      title,
      summary: `${measures}: {{ $value | printf "%.4g" }}${unit && ` ${unit}`}; more than ${above}${unit && ` ${unit}`}${lasting}.${DURING_DRILL}`,
      runbook,
    },
  };
}

/** The rules in Prometheus's own format. */
export const renderRules = (thresholds: Thresholds, interval: number): string =>
  stringify({ groups: [{ name: "license-db", rules: alertRules(thresholds, interval) }] }, { lineWidth: 0 });

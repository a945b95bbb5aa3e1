import { type Alert, alerts } from "../../components/catalogue/alerts";
import type { AlertThreshold } from "../../components/spec/spec";
import type { Alarm } from "./status";

/** One figure that an alert of the catalogue is about, in its own unit. */
export interface Figure {
  readonly alert: string;
  /** Whose it is; absent of the whole cluster's. */
  readonly member?: string;
  readonly value: number;
}

/**
 * The alerts whose condition holds just now. How long it has held is not known to one look, so an alarm that asks for
 * minutes shows here before anybody is told of it.
 */
export function firing(
  figures: readonly Figure[],
  thresholds: Readonly<Record<string, AlertThreshold>> | undefined,
): Alarm[] {
  return alerts.flatMap((alert: Alert) => {
    const above = (thresholds?.[alert.id] ?? alert.threshold).above;
    const over = figures.filter((figure) => figure.alert === alert.id && figure.value > above);
    if (over.length === 0) return [];
    const detail = over
      .map(({ member, value }) => `${member === undefined ? "" : `${member}: `}${written(value)}${unit(alert)}`)
      .join(", ");
    return [
      {
        id: alert.id,
        title: alert.title,
        detail: `${detail} (above ${written(above)}${unit(alert)})`,
        runbook: alert.runbook,
      },
    ];
  });
}

/** The alerts of the catalogue that none of the figures is about. */
export const unmeasured = (figures: readonly Figure[]): string[] =>
  alerts.map(({ id }) => id).filter((id) => !figures.some(({ alert }) => alert === id));

const unit = ({ unit: name }: Alert): string => (name === "" ? "" : name === "%" ? " %" : " s");
const written = (value: number): string => String(Math.round(value * 10) / 10);

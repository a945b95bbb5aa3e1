import { resourceRule } from "./rule";
import { must } from "./verdicts";
import { isThatWindow } from "./windows";

export const maintenanceWindow = resourceRule({
  id: "maintenance-window",
  of: "database",
  requirements: ["R17"],
  severity: "medium",
  title: "Maintenance happens on Sunday from 02:00 to 04:00, in the stack's own time zone.",
  protects: "A window the service chose interrupts in the middle of a working day.",
  mend: "Set preferredMaintenanceWindow or maintenanceWindow (AWS, UTC), maintainTime (Alibaba Cloud, UTC, daily).",
  controls: [],
  settings: {
    window: { type: "string", default: "sun:02:00-sun:04:00", description: "The window in local time (R17)." },
    timeZone: {
      type: "string",
      default: "",
      description: "IANA name of the stack's time zone; empty: whichever there is.",
    },
  },
  judge: ({ maintenanceWindow: window }, { window: asked, timeZone }) =>
    must(
      window,
      (text) => isThatWindow(text, asked, timeZone, new Date()),
      (text) =>
        text === undefined
          ? "no window is named: the service chooses one"
          : `the window ${text} (UTC) is not ${asked} in ${timeZone || "any time zone"}`,
    ),
});

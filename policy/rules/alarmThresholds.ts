import { notAsked, resourceRule, undecided } from "./rule";
import { all, must, mustBeTrue, shown } from "./verdicts";

const isFigure = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

export const alarmThresholds = resourceRule({
  id: "alarm-thresholds",
  of: "alarm",
  requirements: ["R16"],
  severity: "high",
  title: "R16's alarms fire at R16's figures, or earlier.",
  protects: "An alarm that fires too late, or never, is none.",
  mend: "Set threshold and periods to R16's: CPU 80 % for 5 min, memory 85 % for 3 min, disk 85 %, replication lag 30 s.",
  controls: [],
  settings: {
    cpu: { type: "number", default: 80, description: "CPU in use, percent, at most (R16: 80)." },
    cpuSeconds: { type: "number", default: 300, description: "For this long, seconds, at most (R16: 5 min)." },
    memory: { type: "number", default: 85, description: "Memory in use, percent, at most (R16: 85)." },
    memorySeconds: { type: "number", default: 180, description: "For this long, seconds, at most (R16: 3 min)." },
    disk: { type: "number", default: 85, description: "Disk in use, percent, at most (R16: 85)." },
    diskSeconds: { type: "number", default: 300, description: "For this long, seconds, at most." },
    lag: { type: "number", default: 30, description: "Replication lag, seconds, at most (R16: 30)." },
    lagSeconds: { type: "number", default: 300, description: "For this long, seconds, at most." },
  },
  judge: ({ watches, above, below, direction, lasts }, limits) => {
    if (watches.state !== "known")
      return watches.state === "unknown" ? undecided(watches.what) : notAsked("none of R16's");
    const most = { cpu: limits.cpu, memory: limits.memory, disk: limits.disk, replicationLag: limits.lag }[
      watches.value
    ];
    const longest = {
      cpu: limits.cpuSeconds,
      memory: limits.memorySeconds,
      disk: limits.diskSeconds,
      replicationLag: limits.lagSeconds,
    }[watches.value];
    return all(
      mustBeTrue(direction, "it fires when things are well"),
      must(
        above,
        (value) => isFigure(value) && value > 0 && value <= most,
        (value) => `it fires above ${shown(value)}; ${most} at most is asked for`,
      ),
      must(
        below,
        (value) => isFigure(value) && value > 0,
        (value) => `it fires below ${shown(value)} bytes`,
      ),
      must(
        lasts,
        (value) => isFigure(value) && value > 0 && value <= longest,
        (value) => `it fires after ${shown(value)} s; ${longest} s at most is asked for`,
      ),
    );
  },
});

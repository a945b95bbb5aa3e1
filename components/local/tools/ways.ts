import type { Progress, Step } from "./reporter";
import type { RunUser } from "./runUser";

/** What every way works with. */
export interface Surroundings {
  /** Where fetched tools are kept. */
  readonly cache: string;
  /** Who the tools will run as. */
  readonly user: RunUser;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The python of the cluster's environment, made first where it is missing: other ways need its pip. */
  python(): Promise<string>;
}

export interface Finding {
  readonly version: string;
  /** The executable, or the folder where the tool is many executables. */
  readonly path: string;
  /** Further executables that came with it, by name. */
  readonly more?: Readonly<Record<string, string>>;
}

/** Why a way does not lead to the tool. */
export interface Miss {
  readonly reason: string;
  /** The user insisted on this way: no other may be taken instead. */
  readonly final?: boolean;
}

/** One way to have a tool. */
export interface Way {
  /** Chosen by name in `LICENSE_DB_<TOOL>_WAY`. */
  readonly name: string;
  /** "on PATH", "Debian's package, extracted": how the tool was had, for people. */
  readonly title: string;
  /** Looks without changing anything. */
  find(at: Surroundings): Promise<Finding | Miss>;
  /** Fetches or builds it, so that `find` succeeds. Absent: there is nothing one could do. Throws why it cannot. */
  obtain?(at: Surroundings, progress: Progress): Promise<void>;
}

/** A tool and all ways to have it, the best first. */
export interface Tool {
  readonly name: string;
  readonly ways: readonly Way[];
  /** What the user can do when no way leads to it. */
  readonly advice: string;
}

export interface FoundTool {
  readonly name: string;
  readonly version: string;
  readonly path: string;
  /** How it was had. */
  readonly source: string;
  readonly more: Readonly<Record<string, string>>;
  /** Better ways that failed, and why. */
  readonly failed: readonly Trial[];
}

export interface Trial {
  readonly way: string;
  readonly reason: string;
}

/** What was tried for one tool, without success. */
export interface MissingTool {
  readonly name: string;
  readonly tried: readonly Trial[];
  /** The first way that would fetch it, if any. */
  readonly obtainable?: string;
}

export function isMiss(found: Finding | Miss): found is Miss {
  return "reason" in found;
}

/** Looks for a tool without side effects. */
export async function findTool(tool: Tool, at: Surroundings): Promise<FoundTool | MissingTool> {
  const tried: Trial[] = [];
  const ways = allowedWays(tool, at);
  for (const way of ways) {
    const found = await way.find(at);
    if (!isMiss(found)) {
      return asFound(tool, way, found);
    }
    tried.push({ way: way.title, reason: found.reason });
    if (found.final) {
      return { name: tool.name, tried };
    }
  }
  const obtainable = ways.find((way) => way.obtain)?.title;
  return { name: tool.name, tried, ...(obtainable === undefined ? {} : { obtainable }) };
}

/**
 * Has a tool by the first way that leads to it. Throws one error that lists every way with its reason.
 *
 * A way that is already open is not taken before a better one that can be fetched: the order is one of preference.
 */
export async function ensureTool(tool: Tool, at: Surroundings, progress: Progress = () => {}): Promise<FoundTool> {
  const tried: Trial[] = [];
  const failed: Trial[] = [];
  for (const way of allowedWays(tool, at)) {
    let found = await way.find(at);
    const { obtain } = way;
    if (isMiss(found) && obtain) {
      const { title } = way;
      try {
        progress(title);
        await obtain.call(way, at, (text) => progress(`${title}: ${text}`));
        found = await way.find(at);
      } catch (error) {
        found = { reason: error instanceof Error ? error.message : String(error) };
        failed.push({ way: title, reason: found.reason });
      }
    }
    if (!isMiss(found)) {
      return asFound(tool, way, found, failed);
    }
    tried.push({ way: way.title, reason: found.reason });
    if (found.final) {
      break;
    }
  }
  throw new Error(cannotBeHad(tool, tried));
}

export function cannotBeHad(tool: Tool, tried: readonly Trial[]): string {
  return [
    `${tool.name} cannot be had. Tried:`,
    ...tried.map(({ way, reason }, index) => `  ${index + 1}. ${way}: ${reason}`),
    `What you can do: ${tool.advice}`,
  ].join("\n");
}

/** "PostgreSQL 15" -> "POSTGRESQL_15", as in the names of the variables that steer a tool. */
export function variableFor(tool: string): string {
  return `LICENSE_DB_${tool.toUpperCase().replace(/[^A-Z0-9]+/g, "_")}`;
}

function allowedWays(tool: Tool, at: Surroundings): readonly Way[] {
  const variable = `${variableFor(tool.name)}_WAY`;
  const only = at.env[variable];
  if (!only) {
    return tool.ways;
  }
  const ways = tool.ways.filter((way) => way.name === only);
  if (ways.length === 0) {
    const names = tool.ways.map((way) => way.name).join(", ");
    throw new Error(`${variable} is "${only}": allowed are ${names}. Unset it to try them in this order.`);
  }
  return ways;
}

/** The way of an override: the path in `variable`, if set, and then nothing else. */
export function override(variable: string, check: (path: string, at: Surroundings) => Promise<Finding | Miss>): Way {
  return {
    name: "override",
    title: `${variable}`,
    async find(at) {
      const path = at.env[variable];
      if (!path) {
        return { reason: "not set" };
      }
      const found = await check(path, at);
      return isMiss(found) ? { reason: `"${path}": ${found.reason}`, final: true } : found;
    },
  };
}

function asFound(tool: Tool, way: Way, found: Finding, failed: readonly Trial[] = []): FoundTool {
  return {
    name: tool.name,
    version: found.version,
    path: found.path,
    source: way.title,
    more: found.more ?? {},
    failed,
  };
}

/** Has a tool, as a step that tells how it was had. */
export function toolStep(tool: Tool, ensure: (progress: Progress) => Promise<FoundTool>): Step<FoundTool> {
  return {
    title: tool.name,
    run: ensure,
    outcome: ({ version, source, failed }) =>
      [`${version}, ${source}`, ...failed.map(({ way, reason }) => `not ${way}: ${shorten(reason)}`)].join("; "),
  };
}

function shorten(text: string): string {
  return text.length > 200 ? `... ${text.slice(-200)}` : text;
}

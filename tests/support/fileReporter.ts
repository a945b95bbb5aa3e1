import { relative } from "node:path";
import type { Reporter, TestModule } from "vitest/node";

/** What is told of a file when a process takes it up, and when its last hook has ended. */
export interface FileNews {
  readonly file: string;
  readonly at: number;
  /** Absent when it begins. */
  readonly end?: { readonly state: string; readonly tests: number };
}

/** Tells the process that started vitest of each file, while the others go on. */
export default class FileReporter implements Reporter {
  onTestModuleQueued(module: TestModule): void {
    tell({ file: nameOf(module), at: Date.now() });
  }

  onTestModuleEnd(module: TestModule): void {
    const tests = [...module.children.allTests()].length;
    tell({ file: nameOf(module), at: Date.now(), end: { state: module.state(), tests } });
  }
}

const nameOf = ({ moduleId }: TestModule): string => relative(process.cwd(), moduleId);
const tell = (news: FileNews): void => void process.send?.(news);

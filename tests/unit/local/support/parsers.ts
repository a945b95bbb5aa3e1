/** How the programs read their configuration, as far as it takes to see what ours says to them. */

export type Sections = Record<string, Record<string, string>>;

export interface Dialect {
  /** Text from here on is a comment; at the beginning of a line, or anywhere behind a blank. */
  readonly comments: { readonly whole: RegExp; readonly inline?: RegExp };
}

/** PgBouncer: comments take whole lines. */
export const pgbouncer: Dialect = { comments: { whole: /^[;#]/ } };
/** pgBackRest: the same, with # alone. */
export const pgbackrest: Dialect = { comments: { whole: /^#/ } };
/** supervisord: Python's configparser with comments anywhere behind a blank. */
export const supervisord: Dialect = { comments: { whole: /^[;#]/, inline: /\s[;#].*$/ } };

/** @throws on a line that is none, or a key that is there twice. */
export function parseIni(text: string, { comments }: Dialect): Sections {
  const sections: Sections = {};
  let current: Record<string, string> | undefined;
  for (const raw of text.split("\n")) {
    const line = (comments.inline ? raw.replace(comments.inline, "") : raw).trim();
    if (line === "" || comments.whole.test(line)) continue;
    const header = /^\[(.+)\]$/.exec(line);
    if (header?.[1] !== undefined) {
      if (sections[header[1]]) throw new Error(`two sections ${header[1]}`);
      current = sections[header[1]] = {};
      continue;
    }
    const at = line.indexOf("=");
    if (!current || at < 0) throw new Error(`no setting: ${line}`);
    const key = line.slice(0, at).trim();
    if (key in current) throw new Error(`two settings ${key}`);
    current[key] = line.slice(at + 1).trim();
  }
  return sections;
}

/** supervisord's commands: %% is %, then words as a POSIX shell splits them (Python's shlex). */
export const supervisordWords = (command: string): string[] => {
  if (/%(?!%)/.test(command.replaceAll("%%", ""))) throw new Error(`expands: ${command}`);
  return shellWords(command.replaceAll("%%", "%"));
};

/** supervisord's `environment`: KEY="value",… without any escapes. */
export const supervisordEnvironment = (line: string): Record<string, string> => {
  if (!/^([A-Z_]+="[^"']*"(,(?=.)|$))*$/.test(line)) throw new Error(`no environment: ${line}`);
  const pairs = line.replaceAll("%%", "%").matchAll(/([A-Z_]+)="([^"]*)"/g);
  return Object.fromEntries([...pairs].map(([, key, value]) => [key, value]));
};

/** systemd's ExecStart: double quotes, backslashes, %% for %. */
export const systemdWords = (command: string): string[] => {
  if (/%(?!%)/.test(command.replaceAll("%%", ""))) throw new Error(`expands: ${command}`);
  return shellWords(command.replaceAll("%%", "%"));
};

function shellWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const letter = text[index] as string;
    if (letter === "\\") word = (word ?? "") + (text[++index] ?? "");
    else if (letter === '"') {
      quoted = !quoted;
      word ??= "";
    } else if (letter === " " && !quoted) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (!quoted && /['\s]/.test(letter)) throw new Error(`splits at ${JSON.stringify(letter)}: ${text}`);
    else word = (word ?? "") + letter;
  }
  if (quoted) throw new Error(`open quote: ${text}`);
  return word === undefined ? words : [...words, word];
}

/** HAProxy: sections of lines of words. What would be special there is refused rather than read. */
export function parseHaproxy(text: string): Record<string, string[][]> {
  const sections: Record<string, string[][]> = {};
  let current: string[][] | undefined;
  for (const line of text.split("\n")) {
    if (line.trim() === "" || /^\s*#/.test(line)) continue;
    if (/["'\\#$]/.test(line)) throw new Error(`special: ${line}`);
    const words = line.trim().split(/\s+/);
    if (/^\S/.test(line)) current = sections[words.join(" ")] = [];
    else if (current) current.push(words);
    else throw new Error(`outside of sections: ${line}`);
  }
  return sections;
}

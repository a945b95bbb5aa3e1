/**
 * A statement without what may be somebody's secret. pg_stat_statements puts $1 in place of the values of queries, but not
 * of commands such as ALTER ROLE … PASSWORD '…'; so whatever stands between quotes goes, and so do comments.
 */
export function redact(text: string): string {
  return text
    .replace(LITERAL, (found) =>
      found.startsWith("--") || found.startsWith("/*") ? " " : found.startsWith('"') ? found : "'…'",
    )
    .replace(/\s+/g, " ")
    .trim();
}

/**
 * In the order of PostgreSQL's own lexer: comments, names in double quotes (which stay), strings with backslashes, strings,
 * and strings between dollars. One that never ends, as the text was cut off, goes to the end of it.
 */
const LITERAL =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|"(?:[^"]|"")*(?:"|$)|[eE]'(?:[^'\\]|''|\\[\s\S])*(?:'|\\?$)|(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*(?:'|$)|\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$[\s\S]*?(?:\$\1\$|$)/g;

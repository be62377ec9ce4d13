export interface ParameterReference {
  name: string;
  /** Index of the colon in the SQL. */
  start: number;
  /** Index after the name. */
  end: number;
}

/**
 * Finds every `:name` outside of strings, quoted identifiers, dollar quotes, comments, `::` casts and `:=`.
 *
 * An unterminated literal hides the rest of the SQL: PostgreSQL then reports the error.
 */
export function findParameters(sql: string): ParameterReference[] {
  const found: ParameterReference[] = [];
  for (let at = 0; at < sql.length; ) {
    const end = endOfOpaque(sql, at);
    if (end !== undefined) {
      at = end;
    } else if (sql.startsWith('::', at) || sql.startsWith(':=', at)) {
      at += 2;
    } else {
      const name = sql[at] === ':' ? matchAt(parameterName, sql, at + 1) : undefined;
      if (name !== undefined) found.push({ name, start: at, end: at + 1 + name.length });
      at += 1 + (name?.length ?? 0);
    }
  }
  return found;
}

/** The first keyword, in lower case and past comments and opening parentheses: `select`, `insert`, … */
export function firstKeyword(sql: string): string {
  for (let at = 0; at < sql.length; ) {
    const keyword = matchAt(word, sql, at);
    if (keyword !== undefined) return keyword.toLowerCase();
    at = endOfComment(sql, at) ?? at + 1;
  }
  return '';
}

const parameterName = /[A-Za-z0-9_]+/y;
/** A keyword, an identifier or a number. A dollar sign inside it does not start a dollar quote. */
const word = /[\w\u0080-\uffff][\w$\u0080-\uffff]*/y;
const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
/** PostgreSQL joins strings on consecutive lines, and escapes apply to all of them. */
const continuation = /\s*\n\s*'/y;

function endOfOpaque(sql: string, at: number): number | undefined {
  if (/^e'/i.test(sql.slice(at, at + 2))) return endOfEscapeString(sql, at + 2);
  if (sql[at] === "'") return endOfQuoted(sql, at + 1, "'");
  if (sql[at] === '"') return endOfQuoted(sql, at + 1, '"');
  const keyword = matchAt(word, sql, at);
  if (keyword !== undefined) return at + keyword.length;
  const tag = matchAt(dollarTag, sql, at);
  if (tag !== undefined) return after(tag, sql, at + tag.length);
  return endOfComment(sql, at);
}

function endOfComment(sql: string, at: number): number | undefined {
  if (sql.startsWith('--', at)) return after('\n', sql, at);
  return sql.startsWith('/*', at) ? endOfBlockComment(sql, at + 2) : undefined;
}

/** Block comments nest. */
function endOfBlockComment(sql: string, from: number): number {
  for (let at = from, depth = 1; at < sql.length; ) {
    if (sql.startsWith('/*', at)) {
      depth += 1;
      at += 2;
    } else if (sql.startsWith('*/', at)) {
      depth -= 1;
      at += 2;
      if (depth === 0) return at;
    } else at += 1;
  }
  return sql.length;
}

/** Reads a doubled quote as the end of a literal and the start of the next one: the result is the same. */
function endOfQuoted(sql: string, from: number, quote: string): number {
  return after(quote, sql, from);
}

function endOfEscapeString(sql: string, from: number): number {
  for (let at = from; at < sql.length; at += 1) {
    if (sql[at] === '\\') at += 1;
    else if (sql[at] === "'") {
      if (sql[at + 1] === "'") at += 1;
      else {
        const next = matchAt(continuation, sql, at + 1);
        if (next === undefined) return at + 1;
        at += next.length;
      }
    }
  }
  return sql.length;
}

function after(needle: string, sql: string, from: number): number {
  const at = sql.indexOf(needle, from);
  return at === -1 ? sql.length : at + needle.length;
}

function matchAt(pattern: RegExp, sql: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(sql)?.[0];
}

import { ApiError } from './api-error.ts';
import { bindValue } from './parameter-values.ts';
import type { SqlParameter } from './requests.ts';
import { findParameters } from './sql-parameters.ts';
import type { Statement } from './statement.ts';

/** SQL whose `:name`s have become `$1`, `$2`, …, ready for any number of parameter sets. */
export interface CompiledSql {
  /**
   * @throws ApiError BadRequestException when the set lacks a parameter or has one twice. A parameter that the
   * SQL does not mention is ignored.
   */
  bind(parameters: SqlParameter[]): Statement;
}

export function compileSql(sql: string): CompiledSql {
  const references = findParameters(sql);
  const names = [...new Set(references.map(({ name }) => name))];
  const text = rewrite(sql, references, names);
  return {
    bind(parameters) {
      const given = new Map(parameters.map((parameter) => [parameter.name, parameter]));
      if (given.size < parameters.length) {
        throw new ApiError('BadRequestException', 'A parameter name is given more than once');
      }
      const values = names.map((name) => {
        const parameter = given.get(name);
        if (parameter === undefined)
          throw new ApiError('BadRequestException', `Cannot find parameter: ${name}`);
        return bindValue(parameter);
      });
      return { text, values };
    },
  };
}

function rewrite(sql: string, references: ReturnType<typeof findParameters>, names: string[]) {
  const positions = new Map(names.map((name, index) => [name, `$${index + 1}`]));
  let text = '';
  let at = 0;
  for (const { name, start, end } of references) {
    text += sql.slice(at, start) + positions.get(name);
    at = end;
  }
  return text + sql.slice(at);
}

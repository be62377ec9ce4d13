import { ApiError } from './api-error.ts';
import { bindValue } from './parameter-values.ts';
import type { SqlParameter } from './requests.ts';
import { findParameters, type ParameterReference } from './sql-parameters.ts';
import type { Statement } from './statement.ts';

/** SQL in which each occurrence of a `:name` is a separate `$1`, `$2`, …. */
export interface CompiledSql {
  /**
   * Ignores parameters that the SQL does not mention.
   *
   * @throws ApiError BadRequestException when a parameter is missing or given twice.
   */
  bind(parameters: SqlParameter[]): Statement;
}

export function compileSql(sql: string): CompiledSql {
  const references = findParameters(sql);
  const text = rewrite(sql, references);
  return {
    bind(parameters) {
      const given = new Map(parameters.map((parameter) => [parameter.name, parameter]));
      if (given.size < parameters.length) {
        throw new ApiError('BadRequestException', 'A parameter name is given more than once');
      }
      const values = references.map(({ name }) => {
        const parameter = given.get(name);
        if (parameter === undefined)
          throw new ApiError('BadRequestException', `Cannot find parameter: ${name}`);
        return bindValue(parameter);
      });
      return { text, values };
    },
  };
}

function rewrite(sql: string, references: ParameterReference[]) {
  let text = '';
  let at = 0;
  for (const [index, { start, end }] of references.entries()) {
    text += `${sql.slice(at, start)}$${index + 1}`;
    at = end;
  }
  return text + sql.slice(at);
}

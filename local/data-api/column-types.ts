/** Decides which member of a Field carries a value, and in which form. */
export type ValueKind =
  | 'boolean'
  | 'long'
  | 'double'
  | 'decimal'
  | 'blob'
  | 'string'
  | 'json'
  | 'temporal'
  | 'timestamptz';

export interface ColumnType {
  /** PostgreSQL's name, as in `pg_type`: `int4`, `_text`. */
  name: string;
  /** The number of java.sql.Types that the PostgreSQL JDBC driver reports. */
  jdbcType: number;
  /** Undefined when the service refuses to return such a value. */
  kind: ValueKind | undefined;
  /** Set when the type is an array. */
  element?: ColumnType;
  oid: number;
}

const arrayJdbcType = 2003;
export const otherJdbcType = 1111;
export const varcharJdbcType = 12;

/** An array type of 0 means that the service refuses to return arrays of the type. */
const scalars: [oid: number, arrayOid: number, name: string, jdbcType: number, kind: ValueKind][] = [
  [16, 1000, 'bool', -7, 'boolean'],
  [17, 1001, 'bytea', -2, 'blob'],
  [19, 1003, 'name', varcharJdbcType, 'string'],
  [20, 1016, 'int8', -5, 'long'],
  [21, 1005, 'int2', 5, 'long'],
  [23, 1007, 'int4', 4, 'long'],
  [25, 1009, 'text', varcharJdbcType, 'string'],
  [26, 1028, 'oid', -5, 'string'],
  [114, 199, 'json', otherJdbcType, 'json'],
  [650, 651, 'cidr', otherJdbcType, 'string'],
  [700, 1021, 'float4', 7, 'double'],
  [701, 1022, 'float8', 8, 'double'],
  [869, 1041, 'inet', otherJdbcType, 'string'],
  [1042, 1014, 'bpchar', 1, 'string'],
  [1043, 1015, 'varchar', varcharJdbcType, 'string'],
  [1082, 1182, 'date', 91, 'temporal'],
  [1083, 1183, 'time', 92, 'temporal'],
  [1114, 1115, 'timestamp', 93, 'temporal'],
  [1184, 1185, 'timestamptz', 93, 'timestamptz'],
  [1700, 1231, 'numeric', 2, 'decimal'],
  [2950, 2951, 'uuid', otherJdbcType, 'string'],
  [3802, 3807, 'jsonb', otherJdbcType, 'json'],
  [3904, 0, 'int4range', otherJdbcType, 'string'],
  [3906, 0, 'numrange', otherJdbcType, 'string'],
  // A function that returns void yields an empty string.
  [2278, 0, 'void', otherJdbcType, 'string'],
];

/** Types whose object identifiers are the same in every database. Enums and extensions' types are in its catalogue. */
export const builtInTypes: ReadonlyMap<number, ColumnType> = new Map(
  scalars.flatMap(([oid, arrayOid, name, jdbcType, kind]): [number, ColumnType][] => {
    const scalar: ColumnType = { oid, name, jdbcType, kind };
    if (arrayOid === 0) return [[oid, scalar]];
    return [
      [oid, scalar],
      [arrayOid, arrayOf(scalar, arrayOid, `_${name}`)],
    ];
  }),
);

export function arrayOf(element: ColumnType, oid: number, name: string): ColumnType {
  // A Field's array has no member for bytes.
  const kind = element.kind === 'blob' ? undefined : element.kind;
  return { oid, name, jdbcType: arrayJdbcType, kind, element };
}

/** Types that the service names in capitals when it refuses them. */
const capitalized = new Set(
  'box circle interval line lseg macaddr money path point polygon timetz xml'.split(' '),
);

/** The type's name in the service's error message. */
export function refusedName({ name }: ColumnType): string {
  if (name === 'char') return '"CHAR"';
  return capitalized.has(name) ? name.toUpperCase() : name;
}

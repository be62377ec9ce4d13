/**
 * What stands for AWS and Django's database in every benchmark, on 127.0.0.1: one PostgreSQL with a database for each
 * number of topics, the Data API over each of them, one DynamoDB. They run in the benchmark's own process; whatever is
 * measured runs in a process of its own.
 */
export interface World {
  /** A database with so many topics, made at the first call. */
  at(rows: number): Promise<Place>;
  /** DynamoDB's address. */
  dynamoDb: string;
  stop(): Promise<void>;
}

export interface Place {
  rows: number;
  /** `postgres://user:password@host:port/database` */
  databaseUrl: string;
  database: string;
  /** The Data API over this database. */
  dataApi: string;
  /** The DynamoDB table of this database's published snapshot. */
  cacheTable: string;
  /** The environment of both functions, as a deployment would set it. */
  environment: Record<string, string>;
}

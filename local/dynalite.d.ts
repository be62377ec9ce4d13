declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** A DynamoDB server, not yet listening. `path`: where its data is kept; in memory without. */
  export default function dynalite(options?: {
    path?: string;
    createTableMs?: number;
    deleteTableMs?: number;
  }): Server;
}

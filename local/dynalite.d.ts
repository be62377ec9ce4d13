declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** A DynamoDB server that is not listening yet. `path`: the folder of its data; default: memory. */
  export default function dynalite(options?: {
    path?: string;
    createTableMs?: number;
    deleteTableMs?: number;
  }): Server;
}

/** The part of dynalite that tests use; it has no types of its own. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  export default function createServer(options?: {
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }): Server;
}

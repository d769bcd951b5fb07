// Tables of several control planes on one store; empty where there is one alone.
import type { Generated } from 'kysely';

export interface NodeTables {
  /** Control planes that serve. */
  nodes: {
    id: string;
    host: string;
    started_at: number;
    /** Counts up while it lives: others watch it move, and compare no clocks. */
    beat: number;
  };
  /** What one node's transactions had to tell, for the others; in the order of the commits. */
  node_news: {
    position: Generated<number>;
    node_id: string;
    at: number;
    hints: string;
  };
}
